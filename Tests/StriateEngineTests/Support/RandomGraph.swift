import StriateEngine
import StriateGraph

/// A small training step that nobody would think of: random layers, shapes, windows, outputs and optimiser.
struct RandomGraph {
    var graph = Graph()
    /// The most images that it is compiled for.
    let batch: Int
    private let shape: Shape
    private let takesBytes: Bool
    private let classes: Int
    private var random: SeededGenerator

    init(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed), path: "random graph")
        batch = [1, 2, 7, 15, 16, 17, 31, 33, 40][random.below(9)]
        shape = [1 + random.below(5), 1 + random.below(11), 1 + random.below(11)]
        takesBytes = random.below(3) == 0
        classes = 1 + random.below(12)
        self.random = random
        try build()
    }

    private mutating func build() throws {
        var x = graph.input("pixels", shape)
        let input = x
        if takesBytes {
            x = try graph.affine(
                x, scale: (0..<shape[0]).map { 1 / Float(100 + $0) }, offset: (0..<shape[0]).map { -1 + Float($0) / 4 })
        }
        for index in 0..<1 + below(6) {
            graph.path = "layer\(index)"
            x = try layer(index, x)
            // Named results must survive fusing, and be right.
            if below(3) == 0 { graph.output("layer \(index)", x) }
        }
        graph.path = "head"
        x = try graph.flatten(x)
        if below(2) == 0 {
            let features = 1 + below(40)
            x = try graph.linear(x, weight: graph.variable("hidden", [features, graph[x].shape.count]))
            x = try graph.addBias(x, graph.variable("hidden.bias", graph[x].shape))
            x = try graph.activation(kind(), x)
        }
        let logits = try graph.linear(x, weight: graph.variable("head", [classes, graph[x].shape.count]))
        graph.output("logits", logits)

        let hasMomentum = below(2) == 0
        let descent = GradientDescent(
            momentum: hasMomentum ? 0.75 : 0, weightDecay: below(2) == 0 ? 0.125 : 0, isNesterov: hasMomentum && below(2) == 0)
        for (name, gradient) in try graph.appendTraining(of: logits, descent) where below(2) == 0 {
            graph.output("gradient of \(name)", gradient)
        }
        if !takesBytes, below(2) == 0, let loss = graph.output(named: "loss"),
            let gradient = try graph.differentiate(loss, by: [input])[0]
        {
            graph.output("gradient of pixels", gradient)
        }
        switch below(5) {
        case 0: break
        case 1: graph = graph.fusingBiasAndActivation()
        case 2: graph = graph.removingDeadValues().mergingEqualValues()
        case 3: graph = graph.optimized()
        default: graph = graph.mergingEqualValues().fusingBiasAndActivation().removingDeadValues()
        }
    }

    mutating func below(_ bound: Int) -> Int { random.below(bound) }
    private mutating func extent(_ bound: Int) -> Extent { Extent(1 + below(bound), 1 + below(bound)) }
    mutating func kind() -> Activation.Kind { Activation.Kind.allCases[below(4)] }

    private mutating func layer(_ index: Int, _ x: Value) throws -> Value {
        switch below(16) {
        case 0, 1, 2: return try convolution(index, x)
        case 3, 4: return try pool(x)
        case 5: return try graph.activation(kind(), x)
        case 6: return try graph.affine(x, scale: [0.75], offset: [0.125])
        case 7, 8: return try normalization(index, x)
        case 9: return try graph.dropout(x, rate: [0.125, 0.5][below(2)])
        case 10: return try graph.adaptiveAveragePool(x, to: extent(5))
        case 11, 12: return try arrangement(index, x)
        case 13, 14: return try arithmetic(index, x)
        default: return try graph.add(x, try graph.activation(kind(), x))
        }
    }

    private mutating func normalization(_ index: Int, _ x: Value) throws -> Value {
        let channels = graph[x].shape[0]
        func parameter(_ name: String) -> Value { graph.variable("layer\(index).\(name)", [channels]) }
        switch below(3) {
        case 0: return try graph.channelAffine(x, scale: parameter("scale"), offset: parameter("offset"))
        case 1:
            let size = 1 + below(6)
            let rule = LocalResponseNormalization(
                size: size, before: below(size), alpha: 0.5, beta: [0.5, 0.75, 1][below(3)], k: 1 + Float(below(2)))
            return try graph.localResponseNormalization(x, rule)
        default:
            // A variance of next to nothing would magnify what rounding leaves.
            let results = try graph.append(BatchNormalization(epsilon: 0.125), [x, parameter("scale"), parameter("shift")])
            let (mean, variance) = (parameter("mean"), parameter("variance"))
            let followed = try graph.append(
                RunningStatistics(positions: graph[x].shape.count / channels), [mean, variance, results[1], results[2]])
            graph.update(mean, to: followed[0])
            graph.update(variance, to: followed[1])
            return try rectified(results[0], beside: x)
        }
    }

    /// What follows batch norms in real networks, and what passes look for: a residual, a ReLU, several readers.
    private mutating func rectified(_ x: Value, beside input: Value) throws -> Value {
        var y = x
        if below(3) == 0 { y = try below(2) == 0 ? graph.add(y, input) : graph.add(input, y) }
        if below(3) > 0 { y = try graph.activation(.relu, y) }
        guard below(3) == 0 else { return y }
        let others = [try graph.activation(.tanh, y), try graph.affine(y, scale: [0.5], offset: [0.25])]
        return try graph.add(try graph.add(y, others[0]), others[1])
    }

    private mutating func padding(_ bound: Int) -> Padding {
        below(3) == 0
            ? Padding(top: below(bound), bottom: below(bound), left: below(bound), right: below(bound)) : Padding(below(bound), below(bound))
    }

    /// Tries windows until one fits the picture, and gives up where none does.
    private mutating func convolution(_ index: Int, _ x: Value) throws -> Value {
        let channels = graph[x].shape[0]
        let divisors = (1...channels).filter { channels % $0 == 0 }
        for _ in 0..<10 {
            let groups = below(2) == 0 ? 1 : divisors[below(divisors.count)]
            let outputs = groups * (1 + below(max(1, 9 / groups)))
            let window = Window(
                kernel: extent(4), stride: extent(3), padding: padding(4), dilation: below(4) == 0 ? extent(3) : 1)
            guard let size = try? window.outputSize(for: Extent(graph[x].shape[1], graph[x].shape[2])), size.count <= 200 else { continue }
            let weight = graph.variable(
                "layer\(index).weight", [outputs, channels / groups, window.kernel.rows, window.kernel.columns])
            var y = try graph.convolution(x, weight: weight, window: window, groups: groups)
            if below(2) == 0 { y = try graph.addBias(y, graph.variable("layer\(index).bias", [outputs])) }
            if below(2) == 0 { y = try graph.activation(kind(), y) }
            return y
        }
        return x
    }

    private mutating func pool(_ x: Value) throws -> Value {
        for _ in 0..<10 {
            // Some pools tile the picture, as those of real networks do, and as one of the passes asks for.
            let shape = graph[x].shape
            func divisor(_ extent: Int) -> Int { [3, 2, 1].first { extent % $0 == 0 } ?? 1 }
            let tile = Extent(divisor(shape[1]), divisor(shape[2]))
            var window = below(3) == 0
                ? Window(kernel: tile, stride: tile)
                : Window(kernel: extent(4), stride: extent(3), padding: padding(3), roundsUp: below(3) == 0)
            if below(2) == 0 {
                // Taps further apart than the picture is wide could miss it altogether.
                if below(4) == 0 { window.dilation = Extent(1 + below(min(3, shape[1])), 1 + below(min(3, shape[2]))) }
                if let y = try? graph.maxPool(x, window: window) { return y }
            } else {
                let countsPadding = below(2) == 0
                if let y = try? graph.averagePool(x, window: window, countsPadding: countsPadding) { return y }
            }
        }
        return x
    }

    /// Some of the program's batch, drawn from a source that holds more samples, in any order and with repetitions.
    mutating func feed() -> Feed {
        let count = below(2) == 0 ? batch : 1 + below(batch), samples = count + below(4)
        let pixels = samples * shape.count
        let elements: Source.Elements = takesBytes
            ? .bytes((0..<pixels).map { _ in UInt8(below(256)) }) : .floats((0..<pixels).map { _ in random.uniform(in: -2..<2) })
        let rows = (0..<count).map { _ in below(samples) }[...]
        return Feed(
            count: count,
            inputs: [
                "pixels": Source(elements, rows: rows),
                "labels": Source(.integers((0..<samples).map { _ in Int32(below(classes)) }), rows: rows),
            ], scalars: ["rate": random.uniform(in: 0..<0.5)], seed: random.next())
    }
}
