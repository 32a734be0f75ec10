import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Every engine computes what PyTorch computes, forward and backward.
@Suite struct GoldenTests {
    enum Engines: CaseIterable, Sendable {
        case reference, lanes

        func make() throws -> any Engine { self == .reference ? ReferenceEngine() : try LaneEngine(threads: 2) }
    }

    @Test(arguments: Engines.allCases, try Golden(files: "golden", "golden-normalization").cases)
    func agreesWithPyTorch(engine: Engines, golden: GoldenCase) throws {
        if golden.numbers.operation == "gradient-descent" {
            try expectSteps(of: golden, on: engine.make())
        } else {
            try expectValues(of: golden, on: engine.make())
        }
    }

    private static let inference: Set = [
        "convolution", "linear", "pool", "activation", "add", "add-bias", "affine", "channel-affine", "adaptive-average-pool",
        "local-response-normalization", "squared-distance",
    ]

    /// Forward alone, on lanes of channels: values that those hold are pictures and vectors.
    @Test(arguments: try Golden(files: "golden", "golden-normalization").cases.filter { inference.contains($0.numbers.operation) })
    func agreesWithPyTorchOneImageAtATime(golden: GoldenCase) throws {
        let x = try #require(golden.input("x")).shape
        guard [2, 4].contains(x.rank), x.count > 0 else { return }
        try expectValues(of: golden, on: SingleImageTests.ChannelEngine(), isForwardAlone: true)
    }

    @Test func theFixtureCoversEveryOperation() throws {
        let operations = Set(try Golden(files: "golden", "golden-normalization").cases.map(\.numbers.operation))
        #expect(operations == [
            "convolution", "linear", "pool", "activation", "add", "add-bias", "affine", "reshape", "batch-reduction",
            "softmax-cross-entropy", "top-1", "gradient-descent",
            "channel-affine", "channel-dot", "batch-normalization", "running-statistics", "adaptive-average-pool",
            "local-response-normalization", "squared-distance", "label-logit", "levenberg-marquardt",
        ])
    }
}

/// One operation in a graph of its own, with the gradients of its inputs beside it.
private func expectValues(of golden: GoldenCase, on engine: any Engine, isForwardAlone: Bool = false) throws {
    var graph = Graph(), weights = Weights(), inputs = [String: Source]()
    let numbers = golden.numbers

    func batched(_ name: String, _ tensor: Tensor) -> Value {
        let elements: Source.Elements = name == "labels" ? .integers(tensor.values.map { Int32($0) }) : .floats(tensor.values)
        inputs[name] = Source(elements, first: numbers.batch)
        return graph.input(name, Shape(Array(tensor.shape.extents.dropFirst())))
    }
    func shared(_ name: String, _ tensor: Tensor) -> Value {
        weights[name] = tensor
        return graph.variable(name, tensor.shape)
    }

    let operation = try operation(of: golden)
    var names = [String](), operands = [Value]()
    for name in ["x", "labels", "other"] {
        if let tensor = golden.input(name) { (names, operands) = (names + [name], operands + [batched(name, tensor)]) }
    }
    for name in ["weight", "bias", "mean", "variance", "batchMean", "batchVariance", "gradient", "rate", "estimate"] {
        if let tensor = golden.input(name) { (names, operands) = (names + [name], operands + [shared(name, tensor)]) }
    }
    let results = try graph.append(operation, operands), y = results[0]
    for (index, result) in results.enumerated() { graph.output(index == 0 ? "y" : "y\(index)", result) }
    if !isForwardAlone, let tensor = golden.input("upstream") {
        let upstream = graph[y].isBatched ? batched("upstream", tensor) : shared("upstream", tensor)
        let node = try #require(graph.nodes.first { $0.results.contains(y) })
        for (name, gradient) in zip(names, try operation.gradient(of: node, upstream: [upstream] + results.dropFirst().map { _ in nil }, in: &graph)) {
            if let gradient { graph.output("d" + name, gradient) }
        }
    }

    let program = try engine.compile(graph, batch: numbers.batch)
    try program.load(weights)
    try program.run(Feed(count: numbers.batch, inputs: inputs))
    for (name, _) in graph.outputs { golden.expect(name, program.output(name)) }
    let others = isForwardAlone ? [] : ["dx", "dother", "dweight", "dbias"]
    for name in ["y", "y1", "y2"] + others where golden.stored[name] != nil {
        #expect(graph.output(named: name) != nil, "nothing computes \(name)")
    }
}

private func operation(of golden: GoldenCase) throws -> any Operation {
    let numbers = golden.numbers
    let activation = try numbers.activation.map { try #require(Activation.Kind(rawValue: $0)) }
    switch numbers.operation {
    case "convolution":
        return Convolution(
            window: try golden.window(), groups: try #require(numbers.groups), hasBias: golden.input("bias") != nil,
            activation: activation)
    case "linear": return Linear(hasBias: golden.input("bias") != nil, activation: activation)
    case "pool":
        return Pool(
            numbers.kind == "max" ? .max : .average, window: try golden.window(), countsPadding: numbers.countsPadding == true)
    case "activation": return Activation(try #require(numbers.kind.flatMap(Activation.Kind.init)))
    case "add": return Arithmetic(.add)
    case "add-bias": return AddBias()
    case "affine":
        return Affine(scale: try #require(golden.input("scale")).values, offset: try #require(golden.input("offset")).values)
    case "reshape": return Reshape(Shape(try #require(numbers.shape)))
    case "batch-reduction": return BatchReduction(numbers.kind == "mean" ? .mean : .sum)
    case "softmax-cross-entropy": return SoftmaxCrossEntropy(background: numbers.background)
    case "label-logit": return LabelLogit()
    case "squared-distance": return SquaredDistance()
    case "levenberg-marquardt": return LevenbergMarquardt(damping: try #require(numbers.damping))
    case "channel-affine": return ChannelAffine(hasOffset: golden.input("bias") != nil)
    case "channel-dot": return ChannelDot()
    case "batch-normalization": return BatchNormalization(epsilon: try #require(numbers.epsilon))
    case "running-statistics":
        return RunningStatistics(momentum: try #require(numbers.momentum), positions: try #require(numbers.positions))
    case "local-response-normalization":
        return LocalResponseNormalization(
            size: try #require(numbers.size)[0], before: numbers.before, alpha: try #require(numbers.alpha), beta: try #require(numbers.beta),
            k: try #require(numbers.k))
    case "adaptive-average-pool":
        let size = try #require(numbers.size)
        return AdaptiveAveragePool(Extent(size[0], size[1]))
    case "top-1": return Top1()
    default: throw EngineError("the fixture has an operation that this test lacks: \(numbers.operation)")
    }
}

/// Several steps of an optimiser, each with a gradient of its own.
private func expectSteps(of golden: GoldenCase, on engine: any Engine) throws {
    let start = try #require(golden.input("w")), gradients = try #require(golden.input("gradients"))
    let numbers = golden.numbers, shape = start.shape
    let descent = GradientDescent(
        momentum: try #require(numbers.momentum), weightDecay: try #require(numbers.weightDecay),
        isNesterov: numbers.isNesterov == true)

    var graph = Graph()
    let w = graph.variable("w", shape), g = graph.variable("g", shape), rate = graph.scalarInput("rate")
    let v = descent.momentum == 0 ? nil : graph.variable("v", shape, role: .optimizerState)
    let results = try graph.append(descent, [w, g, rate] + (v.map { [$0] } ?? []))
    graph.update(w, to: results[0])
    if let v { graph.update(v, to: results[1]) }

    let program = try engine.compile(graph, batch: 1)
    var loaded = Weights(), found = [Float](), velocities = [Float]()
    loaded["w"] = start
    for (step, rate) in try #require(numbers.rates).enumerated() {
        loaded["g"] = Tensor(shape, Array(gradients.values[step * shape.count..<(step + 1) * shape.count]))
        try program.load(loaded)
        loaded = Weights()
        try program.run(Feed(count: 1, inputs: [:], scalars: ["rate": rate]))
        found += try #require(program.variables["w"]).values
        if v != nil { velocities += try #require(program.variables["v"]).values }
    }
    golden.expect("weights", Tensor(gradients.shape, found))
    if v != nil { golden.expect("velocities", Tensor(gradients.shape, velocities)) }
}
