public import StriateGraph

/// A network applied to pictures of one shape: its forward graph, its parameters, and what each layer makes.
public struct TracedNetwork: Sendable {
    /// The forward graph, with the output ``outputName``. Training appends to it.
    public internal(set) var graph: Graph
    /// The network's only input: bytes (0…255) named ``pixelsName`` where the graph normalises them, else numbers named
    /// ``inputName``.
    public let input: Value
    /// What the network answers: one number for each class.
    public internal(set) var logits: Value
    /// In the order of the layers: learnt ones and running statistics. Those of auxiliary heads are among them at inference too,
    /// although the graph has no use for them there.
    public let parameters: [Parameter]
    /// The logits of each auxiliary head and the weight of their loss beside the network's own; none at inference.
    public let auxiliaries: [(path: String, value: Value, weight: Float)]
    /// Containers before what they hold.
    public let layers: [TracedLayer]

    public static let pixelsName = "pixels"
    public static let inputName = "input"
    public static let outputName = "logits"

    /// Traces `network` with pictures in bytes, which the graph itself normalises.
    ///
    /// - Throws: ``ShapeError`` naming the layer that does not fit.
    public init(
        _ network: any Layer, preprocessing: Preprocessing, initialization: Initialization? = nil, mode: Trace.Mode = .training,
        regularization: Regularization = Regularization()
    ) throws(ShapeError) {
        var graph = Graph()
        let pixels = graph.input(Self.pixelsName, preprocessing.shape)
        let x = try graph.normalized(pixels, by: preprocessing)
        try self.init(
            network, input: pixels, x: x, in: graph, initialization: initialization, mode: mode, regularization: regularization)
    }

    /// Traces `network` with numbers that nothing is done to, of shape `[channels, rows, columns]` as a rule.
    ///
    /// - Throws: ``ShapeError`` naming the layer that does not fit.
    public init(
        _ network: any Layer, input shape: Shape, initialization: Initialization? = nil, mode: Trace.Mode = .inference
    ) throws(ShapeError) {
        var graph = Graph()
        let x = graph.input(Self.inputName, shape)
        try self.init(network, input: x, x: x, in: graph, initialization: initialization, mode: mode)
    }

    private init(
        _ network: any Layer, input: Value, x: Value, in graph: Graph, initialization: Initialization?, mode: Trace.Mode,
        regularization: Regularization = Regularization()
    ) throws(ShapeError) {
        var residualBlocks = 0
        if regularization.stochasticDepth > 0 {
            var counting = Trace(graph: graph, mode: mode, initialization: initialization)
            _ = try network.apply(to: x, in: &counting)
            residualBlocks = counting.residualBlocks
            guard residualBlocks > 0 else { throw ShapeError("stochastic depth needs residual blocks, and the network has none") }
        }
        var trace = Trace(
            graph: graph, mode: mode, initialization: initialization, regularization: regularization, residualBlocks: residualBlocks)
        logits = try network.apply(to: x, in: &trace)
        guard regularization.dropout == nil || trace.dropouts > 0 else {
            throw ShapeError("a dropout rate needs dropout layers, and the network has none")
        }
        trace.graph.output(Self.outputName, logits)
        self.input = input
        self.graph = trace.graph
        parameters = trace.parameters
        auxiliaries = trace.auxiliaries
        layers = trace.layers
    }

    /// The same network with every logit times `factor`.
    func multiplyingLogits(by factor: Float) throws(ShapeError) -> TracedNetwork {
        var network = self
        network.logits = try network.graph.multiply(logits, by: factor)
        network.graph.output(Self.outputName, network.logits)
        return network
    }

    /// The same network with means of its logits over several views of its input.
    func averagingLogits(over views: [PictureView]) throws(ShapeError) -> TracedNetwork {
        var network = self
        network.logits = try network.graph.average(of: logits, over: views, of: input)
        network.graph.output(Self.outputName, network.logits)
        return network
    }

    /// The numbers that all parameters start from: the same for the same seed, in every process and on every machine.
    public func initialWeights(seed: UInt64) -> Weights {
        var weights = Weights()
        for parameter in parameters { weights[parameter.path] = parameter.initialTensor(seed: seed) }
        return weights
    }

    /// Of learnt numbers, as the literature counts them: no running statistics, no auxiliary heads.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.publishedCount } }

    /// Of learnt numbers in the auxiliary heads, in either mode.
    public var auxiliaryParameterCount: Int { parameters.reduce(0) { $0 + ($1.isAuxiliary ? $1.learntCount : 0) } }

    /// For one image, forward, as the literature counts them.
    public var multiplyAdds: Int { graph.multiplyAdds }

    /// For one image; see ``TracedLayer/connectionCount``.
    public var connectionCount: Int { graph.nodes.reduce(0) { $0 + graph.connectionCount(of: $1) } }

    /// The result of the layer with this path, for maps and raw outputs.
    public func value(ofLayer path: String) -> Value? { layers.first { $0.path == path }?.value }
}
