#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
public import StriateEngine
public import StriateGraph

/// The slowest engine there is: scalar loops over doubles, one operation after another, nothing fused, nothing shared.
/// It is what other engines are compared with, and is itself compared with PyTorch's golden values.
public struct ReferenceEngine: Engine {
    public init() {}

    public func compile(_ graph: Graph, batch: Int) throws(EngineError) -> any Program { ReferenceProgram(graph, batch: batch) }
}

public final class ReferenceProgram: Program {
    public let graph: Graph
    public let batch: Int
    private var state: [String: [Double]] = [:]
    private var results: [[Double]] = []
    private var count = 0

    /// How near the last run came to a decision that rounding could turn: the distance of a ReLU's input from 0, or between
    /// the two largest values in a max pool's window, relative to the largest magnitude around. Engines may differ below.
    public private(set) var margin = Double.infinity

    public init(_ graph: Graph, batch: Int) {
        self.graph = graph
        self.batch = batch
        for (variable, _) in graph.variables { state[variable.name] = Array(repeating: 0, count: variable.shape.count) }
    }

    public var memory: ProgramMemory {
        let images = graph.types.reduce(0) { $0 + $1.shape.count * ($1.isBatched ? batch : 1) }
        return ProgramMemory(
            arena: images * 8, arenaWithoutReuse: images * 8, variables: state.values.reduce(0) { $0 + $1.count * 8 })
    }

    public var variables: Weights {
        var weights = Weights()
        for (variable, _) in graph.variables { weights[variable.name] = Tensor(variable.shape, state[variable.name]!.map(Float.init)) }
        return weights
    }

    public func load(_ weights: Weights) throws(EngineError) {
        for (path, tensor) in weights {
            guard let known = state[path], known.count == tensor.shape.count else {
                throw EngineError("no variable \(path) of \(tensor.shape)")
            }
        }
        for (path, tensor) in weights { state[path] = tensor.values.map(Double.init) }
    }

    public func run(_ feed: Feed) throws(EngineError) {
        guard (1...batch).contains(feed.count) else { throw EngineError("\(feed.count) images in a program for \(batch)") }
        count = feed.count
        margin = .infinity
        results = Array(repeating: [], count: graph.types.count)
        for node in graph.nodes {
            let inputs = node.inputs.map { results[$0.index] }
            for (result, elements) in zip(node.results, evaluate(node, inputs, feed)) { results[result.index] = elements }
        }
        // What lives from run to run is a float, as in every engine.
        let new = graph.updates.map { results[$0.value.index].map { Double(Float($0)) } }
        for (update, elements) in zip(graph.updates, new) {
            for (variable, value) in graph.variables where value == update.variable { state[variable.name] = elements }
        }
    }

    public func output(_ name: String) -> Tensor {
        let value = graph.output(named: name)!, type = graph[value]
        return Tensor(type.isBatched ? Shape([count] + type.shape.extents) : type.shape, results[value.index].map(Float.init))
    }

    /// An output of the last run, unrounded.
    public func elements(of name: String) -> [Double] { results[graph.output(named: name)!.index] }
}

extension ReferenceProgram {
    private func evaluate(_ node: Node, _ inputs: [[Double]], _ feed: Feed) -> [[Double]] {
        let types = node.inputs.map { graph[$0] }, type = graph[node.results[0]]
        func images(_ compute: (_ image: Int) -> [Double]) -> [[Double]] { [(0..<count).flatMap(compute)] }
        func image(_ index: Int, of input: Int) -> ArraySlice<Double> {
            let size = types[input].shape.count
            return inputs[input][index * size..<(index + 1) * size]
        }

        switch node.operation {
        case let input as Input:
            guard input.type.isBatched else { return [[Double(feed.scalars[input.name]!)]] }
            return [feed.inputs[input.name]!.numbers(of: input.type.shape.count)]
        case let variable as Variable: return [state[variable.name]!]
        case let constant as Constant: return [constant.tensor.values.map(Double.init)]

        case let convolution as Convolution:
            let sums = convolve(inputs[0], inputs[1], types[0].shape, types[1].shape, type.shape, convolution.window, convolution.groups)
            let result = finish(sums, bias: convolution.hasBias ? inputs[2] : nil, convolution.activation, type.shape)
            guard let kind = convolution.pool else { return [result] }
            let pool = Pool(kind, window: Window(kernel: 2, stride: 2))
            return [result, self.pool(result, type.shape, graph[node.results[1]].shape, pool)]
        case let gradient as ConvolutionInputGradient:
            return [convolutionInputGradient(inputs[0], inputs[1], types[0].shape, types[1].shape, gradient)]
        case let gradient as ConvolutionWeightGradient:
            return [convolutionWeightGradient(inputs[0], inputs[1], types[0].shape, types[1].shape, gradient)]

        case let linear as Linear:
            let (features, outputs) = (types[0].shape[0], type.shape[0])
            var sums = [Double]()
            for image in 0..<count {
                for o in 0..<outputs {
                    sums.append((0..<features).reduce(0) { $0 + inputs[1][o * features + $1] * inputs[0][image * features + $1] })
                }
            }
            return [finish(sums, bias: linear.hasBias ? inputs[2] : nil, linear.activation, type.shape)]
        case is LinearInputGradient:
            let (outputs, features) = (types[1].shape[0], types[1].shape[1])
            return images { image in
                (0..<features).map { i in (0..<outputs).reduce(0) { $0 + inputs[0][image * outputs + $1] * inputs[1][$1 * features + i] } }
            }
        case is LinearWeightGradient:
            let (features, outputs) = (types[0].shape[0], types[1].shape[0])
            return [(0..<outputs * features).map { place in
                let (o, i) = place.quotientAndRemainder(dividingBy: features)
                return (0..<count).reduce(0) { $0 + inputs[1][$1 * outputs + o] * inputs[0][$1 * features + i] }
            }]

        case let pool as Pool: return [self.pool(inputs[0], types[0].shape, type.shape, pool)]
        case let gradient as AveragePoolGradient: return [averagePoolGradient(inputs[0], types[0].shape, gradient)]
        case let gradient as MaxPoolGradient:
            return [maxPoolGradient(inputs[0], inputs[2], types[0].shape, types[2].shape, gradient.window)]
        case let gradient as PoolActivationGradient:
            let upstream = switch gradient.pool {
            case .average:
                averagePoolGradient(
                    inputs[1], types[1].shape,
                    AveragePoolGradient(window: gradient.window, countsPadding: true, inputShape: type.shape))
            case .max: maxPoolGradient(inputs[0], inputs[1], types[0].shape, types[1].shape, gradient.window)
            }
            return [zip(inputs[0], upstream).map { slope(gradient.activation, at: $0, $1) }]

        case let activation as Activation: return [activate(inputs[0], activation.kind)]
        case let gradient as ActivationGradient: return [zip(inputs[0], inputs[1]).map { slope(gradient.kind, at: $0, $1) }]

        case let arithmetic as Arithmetic where arithmetic.kind == .add && types[0] == types[1]: return [zip(inputs[0], inputs[1]).map(+)]
        case is AddBias: return [finish(inputs[0], bias: inputs[1], nil, type.shape)]
        case is ChannelSum:
            var sums = Array(repeating: 0.0, count: type.shape.count)
            let area = types[0].shape.count / sums.count
            for (index, element) in inputs[0].enumerated() { sums[index / area % sums.count] += element }
            return [sums]
        case let affine as Affine:
            let channels = affine.scale.count, area = type.shape.count / channels
            return [inputs[0].enumerated().map { index, element in
                let channel = index / area % channels
                return element * Double(affine.scale[channel]) + Double(affine.offset[channel])
            }]
        case is Reshape: return [inputs[0]]
        case let reduction as BatchReduction:
            let sums = (0..<type.shape.count).map { place in (0..<count).reduce(0.0) { $0 + inputs[0][$1 * type.shape.count + place] } }
            return [reduction.kind == .mean ? sums.map { $0 / Double(count) } : sums]
        case let broadcast as BatchBroadcast:
            return images { _ in inputs[0].map { broadcast.kind == .mean ? $0 / Double(count) : $0 } }

        case is SoftmaxCrossEntropy:
            return images { index in
                let logits = image(index, of: 0), largest = logits.max()!
                let sum = logits.reduce(0) { $0 + exp($1 - largest) }
                return [largest + log(sum) - logits[logits.startIndex + Int(inputs[1][index])]]
            }
        case is SoftmaxCrossEntropyGradient:
            return images { index in
                let logits = image(index, of: 0), largest = logits.max()!
                let sum = logits.reduce(0) { $0 + exp($1 - largest) }
                return logits.enumerated().map { (exp($1 - largest) / sum - ($0 == Int(inputs[1][index]) ? 1 : 0)) * inputs[2][index] }
            }
        case is Top1:
            return images { index in
                let logits = Array(image(index, of: 0)), best = logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
                noteRivals(logits)
                return [best == Int(inputs[1][index]) ? 1 : 0]
            }

        case let descent as GradientDescent:
            let rate = inputs[2][0], momentum = Double(descent.momentum), decay = Double(descent.weightDecay)
            var (parameters, velocities) = (inputs[0], inputs.count > 3 ? inputs[3] : [])
            for place in parameters.indices {
                let gradient = inputs[1][place] + decay * parameters[place]
                if velocities.isEmpty {
                    parameters[place] -= rate * gradient
                } else {
                    velocities[place] = momentum * velocities[place] + gradient
                    parameters[place] -= rate * (descent.isNesterov ? gradient + momentum * velocities[place] : velocities[place])
                }
            }
            return velocities.isEmpty ? [parameters] : [parameters, velocities]

        default: fatalError("the reference engine lacks \(node.operation)")
        }
    }

    /// Bias and activation, as fused operations end.
    private func finish(_ sums: [Double], bias: [Double]?, _ activation: Activation.Kind?, _ shape: Shape) -> [Double] {
        var elements = sums
        if let bias {
            let area = shape.count / shape[0]
            for index in elements.indices { elements[index] += bias[index / area % shape[0]] }
        }
        return activation.map { activate(elements, $0) } ?? elements
    }
}

// MARK: - Windows

/// Calls `body` for each output position and each tap of the kernel that falls on the picture, row by row.
private func forEachTap(
    _ window: Window, _ input: Shape, _ output: Shape, _ body: (_ output: Int, _ input: Int, _ tap: Int) -> Void
) {
    for row in 0..<output[1] {
        for column in 0..<output[2] {
            for tapRow in 0..<window.kernel.rows {
                for tapColumn in 0..<window.kernel.columns {
                    let inputRow = row * window.stride.rows + tapRow * window.dilation.rows - window.padding.top
                    let inputColumn = column * window.stride.columns + tapColumn * window.dilation.columns - window.padding.left
                    guard 0..<input[1] ~= inputRow, 0..<input[2] ~= inputColumn else { continue }
                    body(row * output[2] + column, inputRow * input[2] + inputColumn, tapRow * window.kernel.columns + tapColumn)
                }
            }
        }
    }
}

extension ReferenceProgram {
    /// Calls `body` with the offsets of the planes of each image that a convolution connects: input, output, kernel.
    private func forEachConnection(_ input: Shape, _ weight: Shape, _ output: Shape, _ groups: Int, _ body: (Int, Int, Int) -> Void) {
        let (inputArea, outputArea, taps) = (input[1] * input[2], output[1] * output[2], weight[2] * weight[3])
        for image in 0..<count {
            for o in 0..<output[0] {
                let group = o / (output[0] / groups)
                for c in 0..<weight[1] {
                    let inputPlane = image * input[0] + group * weight[1] + c
                    body(inputPlane * inputArea, (image * output[0] + o) * outputArea, (o * weight[1] + c) * taps)
                }
            }
        }
    }

    private func convolve(
        _ x: [Double], _ weights: [Double], _ input: Shape, _ weight: Shape, _ output: Shape, _ window: Window, _ groups: Int
    ) -> [Double] {
        var y = Array(repeating: 0.0, count: count * output.count)
        forEachConnection(input, weight, output, groups) { from, to, kernel in
            forEachTap(window, input, output) { y[to + $0] += x[from + $1] * weights[kernel + $2] }
        }
        return y
    }

    private func convolutionInputGradient(
        _ upstream: [Double], _ weights: [Double], _ output: Shape, _ weight: Shape, _ gradient: ConvolutionInputGradient
    ) -> [Double] {
        let input = gradient.inputShape
        var dx = Array(repeating: 0.0, count: count * input.count)
        forEachConnection(input, weight, output, gradient.groups) { from, to, kernel in
            forEachTap(gradient.window, input, output) { dx[from + $1] += upstream[to + $0] * weights[kernel + $2] }
        }
        return dx
    }

    private func convolutionWeightGradient(
        _ x: [Double], _ upstream: [Double], _ input: Shape, _ output: Shape, _ gradient: ConvolutionWeightGradient
    ) -> [Double] {
        let weight = gradient.weightShape
        var dw = Array(repeating: 0.0, count: weight.count)
        forEachConnection(input, weight, output, gradient.groups) { from, to, kernel in
            forEachTap(gradient.window, input, output) { dw[kernel + $2] += x[from + $1] * upstream[to + $0] }
        }
        return dw
    }

    private func pool(_ x: [Double], _ input: Shape, _ output: Shape, _ pool: Pool) -> [Double] {
        var y = [Double]()
        for plane in 0..<count * input[0] {
            for window in windows(of: plane, x, input, output, pool.window) {
                let values = window.map { x[$0] }
                switch pool.kind {
                case .average: y.append(values.reduce(0, +) / Double(pool.countsPadding ? pool.window.kernel.count : values.count))
                // A dilated window can miss a small picture altogether.
                case .max: y.append(values.first(where: \.isNaN) ?? values.max() ?? -.infinity)
                }
            }
        }
        return y
    }

    private func averagePoolGradient(_ upstream: [Double], _ output: Shape, _ gradient: AveragePoolGradient) -> [Double] {
        let input = gradient.inputShape
        var dx = Array(repeating: 0.0, count: count * input.count)
        for plane in 0..<count * input[0] {
            for (position, window) in windows(of: plane, dx, input, output, gradient.window).enumerated() {
                let share = gradient.countsPadding ? gradient.window.kernel.count : window.count
                for place in window { dx[place] += upstream[plane * output[1] * output[2] + position] / Double(share) }
            }
        }
        return dx
    }

    private func maxPoolGradient(_ x: [Double], _ upstream: [Double], _ input: Shape, _ output: Shape, _ window: Window) -> [Double] {
        var dx = Array(repeating: 0.0, count: x.count)
        for plane in 0..<count * input[0] {
            for (position, places) in windows(of: plane, x, input, output, window).enumerated() {
                let values = places.map { x[$0] }
                guard let largest = values.max(), let first = values.firstIndex(of: largest) else { continue }
                noteRivals(values)
                let winner = places[first]
                dx[winner] += upstream[plane * output[1] * output[2] + position]
            }
        }
        return dx
    }

    /// For each output position the places in `x` that its window covers, row by row.
    private func windows(of plane: Int, _ x: [Double], _ input: Shape, _ output: Shape, _ window: Window) -> [[Int]] {
        var places = Array(repeating: [Int](), count: output[1] * output[2])
        forEachTap(window, input, output) { to, from, _ in places[to].append(plane * input[1] * input[2] + from) }
        return places
    }
}

// MARK: - Functions of one element

extension ReferenceProgram {
    private func activate(_ x: [Double], _ kind: Activation.Kind) -> [Double] {
        switch kind {
        case .sigmoid: return x.map { 1 / (1 + exp(-$0)) }
        case .tanh: return x.map(tanh)
        case .scaledTanh: return x.map { Double(Activation.squashAmplitude) * tanh(Double(Activation.squashSlope) * $0) }
        case .relu:
            let scale = x.reduce(0) { max($0, abs($1)) }
            for element in x where element != 0 { margin = min(margin, abs(element) / scale) }
            return x.map { $0.isNaN || $0 > 0 ? $0 : 0 }
        }
    }

    /// `upstream · f′`, from the result of f.
    private func slope(_ kind: Activation.Kind, at y: Double, _ upstream: Double) -> Double {
        let (amplitude, slope) = (Double(Activation.squashAmplitude), Double(Activation.squashSlope))
        return switch kind {
        case .sigmoid: upstream * y * (1 - y)
        case .tanh: upstream * (1 - y * y)
        case .scaledTanh: upstream * slope / amplitude * (amplitude * amplitude - y * y)
        case .relu: y <= 0 ? 0 : upstream
        }
    }

    private func noteRivals(_ values: [Double]) {
        let sorted = values.sorted(by: >)
        guard sorted.count > 1, sorted[0] != sorted[1] else { return }
        margin = min(margin, (sorted[0] - sorted[1]) / max(abs(sorted[0]), abs(sorted[sorted.count - 1])))
    }
}

extension Source {
    /// The samples that its rows name, one after another.
    fileprivate func numbers(of size: Int) -> [Double] {
        rows.flatMap { row in
            (row * size..<(row + 1) * size).map { place in
                switch elements {
                case .bytes(let bytes): Double(bytes[place])
                case .integers(let integers): Double(integers[place])
                case .floats(let floats): Double(floats[place])
                }
            }
        }
    }
}
