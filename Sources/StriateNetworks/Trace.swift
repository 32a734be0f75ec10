public import StriateGraph

/// What a network becomes while it is traced: the graph so far, the parameters it asked for, and the path of the layer at work.
public struct Trace: Sendable {
    /// What the graph is for: some layers do different things (or nothing) at inference.
    public enum Mode: Hashable, Sendable { case training, inference }

    /// The operations so far. Layers append to it.
    public var graph: Graph
    public let mode: Mode
    /// How weights and biases start, where the user chose one for the whole network.
    public let initialization: Initialization?
    /// In the order in which the layers asked for them.
    public private(set) var parameters: [Parameter] = []
    /// The logits of each ``Auxiliary`` head and the weight of their loss; none at inference.
    public private(set) var auxiliaries: [(path: String, value: Value, weight: Float)] = []
    /// What each layer made, containers before what they hold.
    public private(set) var layers: [TracedLayer] = []

    /// How the network is kept from learning by heart.
    public let regularization: Regularization
    /// Dropout layers and residual blocks so far.
    private(set) var dropouts = 0
    private(set) var residualBlocks = 0
    /// Residual blocks of the whole network, which only a trace before this one can tell.
    private let allResidualBlocks: Int

    private var paths: Set<String> = []
    /// Whether the layer at work belongs to an auxiliary head.
    private var isAuxiliary = false

    init(
        graph: Graph, mode: Mode, initialization: Initialization?, regularization: Regularization = Regularization(), residualBlocks: Int = 0
    ) {
        self.graph = graph
        self.regularization = regularization
        allResidualBlocks = residualBlocks
        self.mode = mode
        self.initialization = initialization
    }

    /// The path of the layer that is being traced, such as `features.3`; empty at the root.
    public var path: String { graph.path }

    /// A ``ShapeError`` at the current path.
    public func error(_ message: String) -> ShapeError { ShapeError(path: path, message) }

    /// Declares a parameter of the current layer: `weight` in `features.3` becomes `features.3.weight`.
    ///
    /// - Parameters:
    ///   - fans: The inputs and outputs of a unit, which most initialisers need.
    ///   - role: Whether it is learnt, or follows the batches of training as a running statistic does.
    ///   - connections: Which inputs each unit has, where not all; see ``Parameter/connections``.
    /// - Throws: ``ShapeError`` where the path is taken or the shape holds more than 2³¹ − 1 numbers.
    public mutating func parameter(
        _ name: String, _ shape: [Int], _ initializer: Initializer, fans: Fans = Fans(input: 1, output: 1),
        role: Variable.Role = .parameter, connections: ConnectionTable? = nil
    ) throws(ShapeError) -> Value {
        let path = joined(name)
        let extents = shape.map(String.init).joined(separator: "×")
        guard Shape.checkedCount(shape) != nil else { throw error("a \(name) of \(extents) is too large") }
        guard paths.insert(path).inserted else { throw error("two parameters are called \(path); give the layers different names") }
        parameters.append(Parameter(
            path: path, shape: Shape(shape), role: role, isAuxiliary: isAuxiliary, initializer: initializer, fans: fans,
            connections: connections))
        return graph.variable(path, Shape(shape), role: role)
    }

    /// Dropout, in training alone.
    mutating func dropout(_ x: Value, rate: Float) throws(ShapeError) -> Value {
        dropouts += 1
        return mode == .training ? try graph.dropout(x, rate: regularization.dropout ?? rate) : x
    }

    /// The branch of the next residual block, which falls for some images in training.
    mutating func stochasticDepth(_ branch: Value) throws(ShapeError) -> Value {
        residualBlocks += 1
        guard mode == .training, allResidualBlocks > 0 else { return branch }
        let rate = regularization.stochasticDepth * Float(residualBlocks) / Float(allResidualBlocks)
        return try graph.stochasticDepth(branch, rate: rate)
    }

    /// Applies the layers of an auxiliary head. At inference they are traced for their parameters alone: nothing of them stays in
    /// the graph, so that the same weights fit both modes.
    mutating func applyAuxiliary(_ layers: [any Layer], weight: Float, to x: Value) throws(ShapeError) {
        var beside = self
        beside.isAuxiliary = true
        let logits = try beside.apply(layers, to: x)
        beside.isAuxiliary = isAuxiliary
        if mode == .training {
            self = beside
            auxiliaries.append((path, logits, weight))
        } else {
            (parameters, paths) = (beside.parameters, beside.paths)
        }
    }

    /// Applies layers one after another. Each goes by its name, or else by its position.
    public mutating func apply(_ layers: [any Layer], to x: Value) throws(ShapeError) -> Value {
        var x = x
        for (position, layer) in layers.enumerated() { x = try apply(layer, to: x, at: position) }
        return x
    }

    /// Applies a layer that goes by its name, or else by its position among others.
    mutating func apply(_ layer: any Layer, to x: Value, at position: Int) throws(ShapeError) -> Value {
        try apply(layer, to: x, as: (layer as? Named)?.name ?? String(position))
    }

    /// Applies one layer one step further down the path.
    public mutating func apply(_ layer: any Layer, to x: Value, as step: String) throws(ShapeError) -> Value {
        guard !step.isEmpty, !step.contains(".") else {
            throw error("a layer's name is not empty and has no full stop: \"\(step)\"")
        }
        let enclosing = path
        graph.path = joined(step)
        defer { graph.path = enclosing }

        let index = layers.count, firstNode = graph.nodes.count, firstParameter = parameters.count
        layers.append(TracedLayer(path: path, kind: layer.kind, input: graph[x].shape, value: x))
        let result = try layer.apply(to: x, in: &self)

        layers[index].value = result
        layers[index].output = graph[result].shape
        layers[index].isContainer = layers.count > index + 1
        layers[index].parameterCount = parameters[firstParameter...].reduce(0) { $0 + $1.publishedCount }
        layers[index].multiplyAdds = graph.nodes[firstNode...].reduce(0) { sum, node in
            sum + node.operation.multiplyAdds(for: node.inputs.map { graph[$0] })
        }
        layers[index].connectionCount = graph.nodes[firstNode...].reduce(0) { $0 + graph.connectionCount(of: $1) }
        return result
    }

    private func joined(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

/// What one layer of a traced network made: a row of `summary`'s table.
public struct TracedLayer: Sendable, Hashable {
    /// Such as `features.3`.
    public let path: String
    /// Such as `Conv2D`.
    public let kind: String
    public let input: Shape
    public internal(set) var output: Shape
    /// The layer's result, in the graph that was traced.
    public internal(set) var value: Value
    /// Whether the layer holds others, whose numbers are counted in its own.
    public internal(set) var isContainer = false
    /// Of learnt numbers, auxiliary heads left out.
    public internal(set) var parameterCount = 0
    /// For one image, as the literature counts them: convolutions and linear layers, no biases.
    public internal(set) var multiplyAdds = 0
    /// For one image, links from inputs to units, those of biases included, as LeCun et al. (1998) count them.
    public internal(set) var connectionCount = 0

    init(path: String, kind: String, input: Shape, value: Value) {
        (self.path, self.kind, self.input, self.value) = (path, kind, input, value)
        output = input
    }

    /// Bytes of the parameters and of the result for one image, as 32-bit floats.
    public var memory: Int { (parameterCount + output.count) * 4 }
}
