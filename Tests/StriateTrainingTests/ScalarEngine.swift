import StriateEngine
import StriateGraph

/// A second, slow engine in plain loops over single numbers: what training does is tested without the lanes, and the lanes
/// against it. It knows the operations of fully connected networks.
struct ScalarEngine: Engine {
    func compile(_ graph: Graph, batch: Int) throws(EngineError) -> any Program { ScalarProgram(graph, batch: batch) }
}

final class ScalarProgram: Program {
    let graph: Graph
    let batch: Int
    let memory = ProgramMemory(arena: 0, arenaWithoutReuse: 0, variables: 0)
    private(set) var variables = Weights()
    private var values: [[Float]] = []
    private var count = 0

    init(_ graph: Graph, batch: Int) {
        self.graph = graph
        self.batch = batch
        for (variable, _) in graph.variables { variables[variable.name] = Tensor(variable.shape, repeating: 0) }
    }

    func load(_ weights: Weights) throws(EngineError) {
        for (path, tensor) in weights where variables[path]?.shape != tensor.shape { throw EngineError("no variable \(path) of \(tensor.shape)") }
        for (path, tensor) in weights { variables[path] = tensor }
    }

    func output(_ name: String) -> Tensor {
        let value = graph.output(named: name)!
        let type = graph[value]
        return Tensor(type.isBatched ? Shape([count] + type.shape.extents) : type.shape, values[value.index])
    }

    func run(_ feed: Feed) throws(EngineError) {
        guard (1...batch).contains(feed.count) else { throw EngineError("\(feed.count) images in a program for \(batch)") }
        count = feed.count
        values = Array(repeating: [], count: graph.types.count)
        for node in graph.nodes {
            for (result, numbers) in zip(node.results, try results(of: node, feed)) { values[result.index] = numbers }
        }
        let names = Dictionary(uniqueKeysWithValues: graph.variables.map { ($0.value, $0.variable) })
        for (value, new) in graph.updates {
            guard let variable = names[value] else { throw EngineError("an update of what is no variable") }
            variables[variable.name] = Tensor(variable.shape, values[new.index])
        }
    }

    private func results(of node: Node, _ feed: Feed) throws(EngineError) -> [[Float]] {
        let x = node.inputs.map { values[$0.index] }
        func size(_ input: Int) -> Int { graph[node.inputs[input]].shape.count }
        /// One number for each image from each image's own.
        func image(_ n: Int, _ input: Int) -> ArraySlice<Float> { x[input][n * size(input)..<(n + 1) * size(input)] }

        switch node.operation {
        case let input as Input:
            guard input.type.isBatched else { return [[try scalar(input.name, feed)]] }
            return [try samples(input, feed)]
        case let variable as Variable: return [variables[variable.name]!.values]
        case let constant as Constant: return [constant.tensor.values]
        case is Add: return [zip(x[0], x[1]).map(+)]
        case is Reshape: return [x[0]]
        case let affine as Affine:
            let channel = size(0) / affine.scale.count
            return [x[0].indices.map { x[0][$0] * affine.scale[$0 % size(0) / channel] + affine.offset[$0 % size(0) / channel] }]
        case is AddBias: return [x[0].indices.map { x[0][$0] + x[1][$0 % size(0)] }]
        case is ChannelSum: return [(0..<size(0)).map { channel in (0..<count).reduce(0) { $0 + x[0][$1 * size(0) + channel] } }]
        case let activation as Activation: return [x[0].map { apply(activation.kind, $0) }]
        case let gradient as ActivationGradient: return [zip(x[0], x[1]).map { slope(gradient.kind, $0) * $1 }]
        case let linear as Linear:
            let outputs = graph[node.results[0]].shape.count, inputs = size(0)
            return [(0..<count * outputs).map { place in
                let (n, o) = (place / outputs, place % outputs)
                var sum = linear.hasBias ? x[2][o] : 0
                for i in 0..<inputs { sum += x[0][n * inputs + i] * x[1][o * inputs + i] }
                return linear.activation.map { apply($0, sum) } ?? sum
            }]
        case is LinearInputGradient:
            let outputs = size(0), inputs = size(1) / outputs
            return [(0..<count * inputs).map { place in
                (0..<outputs).reduce(0) { $0 + x[0][place / inputs * outputs + $1] * x[1][$1 * inputs + place % inputs] }
            }]
        case is LinearWeightGradient:
            let inputs = size(0), outputs = size(1)
            return [(0..<outputs * inputs).map { place in
                (0..<count).reduce(0) { $0 + x[1][$1 * outputs + place / inputs] * x[0][$1 * inputs + place % inputs] }
            }]
        case is SoftmaxCrossEntropy: return [(0..<count).map { loss(image($0, 0), Int(x[1][$0])) }]
        case is SoftmaxCrossEntropyGradient:
            return [(0..<count).flatMap { n in
                softmax(image(n, 0)).enumerated().map { ($1 - ($0 == Int(x[1][n]) ? 1 : 0)) * x[2][n] }
            }]
        case is Top1:
            return [(0..<count).map { n in
                let logits = Array(image(n, 0))
                return logits.firstIndex(of: logits.max()!) == Int(x[1][n]) ? 1 : 0
            }]
        case let reduction as BatchReduction:
            let sums = (0..<size(0)).map { element in (0..<count).reduce(Float(0)) { $0 + x[0][$1 * size(0) + element] } }
            return [reduction.kind == .mean ? sums.map { $0 / Float(count) } : sums]
        case let broadcast as BatchBroadcast:
            let numbers = broadcast.kind == .mean ? x[0].map { $0 / Float(count) } : x[0]
            return [(0..<count).flatMap { _ in numbers }]
        case let rule as GradientDescent: return step(rule, x)
        default: throw EngineError("\(node.operation) is none of the scalar engine's operations")
        }
    }

    private func scalar(_ name: String, _ feed: Feed) throws(EngineError) -> Float {
        guard let number = feed.scalars[name] else { throw EngineError("\(name) is not fed") }
        return number
    }

    private func samples(_ input: Input, _ feed: Feed) throws(EngineError) -> [Float] {
        guard let source = feed.inputs[input.name], source.rows.count == feed.count else { throw EngineError("\(input.name) is not fed") }
        let size = input.type.shape.count
        return source.rows.flatMap { row in
            (row * size..<(row + 1) * size).map { element in
                switch source.elements {
                case .bytes(let bytes): Float(bytes[element])
                case .integers(let integers): Float(integers[element])
                case .floats(let floats): floats[element]
                }
            }
        }
    }

    private func step(_ rule: GradientDescent, _ x: [[Float]]) -> [[Float]] {
        let gradient = zip(x[0], x[1]).map { $1 + rule.weightDecay * $0 }
        guard rule.momentum != 0 else { return [zip(x[0], gradient).map { $0 - x[2][0] * $1 }] }
        let velocity = zip(x[3], gradient).map { rule.momentum * $0 + $1 }
        let moves = rule.isNesterov ? zip(gradient, velocity).map { $0 + rule.momentum * $1 } : velocity
        return [zip(x[0], moves).map { $0 - x[2][0] * $1 }, velocity]
    }
}

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

private func apply(_ kind: Activation.Kind, _ x: Float) -> Float {
    switch kind {
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    case .scaledTanh: Activation.squashAmplitude * tanh(Activation.squashSlope * x)
    case .relu: x > 0 || x.isNaN ? x : 0
    }
}

/// From the activation's result.
private func slope(_ kind: Activation.Kind, _ y: Float) -> Float {
    switch kind {
    case .sigmoid: y * (1 - y)
    case .tanh: 1 - y * y
    case .scaledTanh:
        Activation.squashSlope / Activation.squashAmplitude * (Activation.squashAmplitude * Activation.squashAmplitude - y * y)
    case .relu: y > 0 ? 1 : 0
    }
}

private func softmax(_ logits: ArraySlice<Float>) -> [Float] {
    let largest = logits.max()!
    let powers = logits.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

private func loss(_ logits: ArraySlice<Float>, _ label: Int) -> Float {
    let largest = logits.max()!
    return log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest - logits[logits.startIndex + label]
}
