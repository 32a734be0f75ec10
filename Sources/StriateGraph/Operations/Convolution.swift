/// Cross-correlation (the kernel is not flipped), as every framework means by "convolution".
///
/// Inputs: pictures `[C, H, W]`, weight `[O, C/groups, kH, kW]`, and the bias `[O]` where `hasBias`. Result `[O, H', W']`.
/// Bias, activation and pool stand here only once passes have put them here (``Graph/fusingBiasAndActivation()``,
/// ``Graph/fusingPools()``). With a pool there is a second result: the first one after a 2×2 pool, `[O, H'/2, W'/2]`.
public struct Convolution: Operation {
    public var window: Window
    public var groups: Int
    public var hasBias: Bool
    public var activation: Activation.Kind?
    public var pool: Pool.Kind?
    /// How many pairs of channels a ``ConnectionMask`` of the weight leaves, where one does: what is counted, not what is computed.
    public var connections: Int?
    /// Of the operands (``Graph/allowing(_:)``).
    public var precision = Precision.float32

    public init(window: Window, groups: Int = 1, hasBias: Bool = false, activation: Activation.Kind? = nil) {
        self.window = window
        self.groups = groups
        self.hasBias = hasBias
        self.activation = activation
    }

    public var description: String {
        "convolution \(window)" + (groups > 1 ? " groups \(groups)" : "") + (hasBias ? " + bias" : "")
            + (activation.map { " + \($0)" } ?? "") + (pool.map { " + \($0)-pool" } ?? "")
    }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let (channels, size) = try inputs[0].picture(for: "a convolution")
        let weight = inputs[1].shape
        try require(!inputs[1].isBatched && weight.rank == 4, "a convolution's weight is outputs×channels×rows×columns, not \(weight)")
        try require(
            groups > 0 && channels % groups == 0 && weight[0] % groups == 0,
            "\(groups) groups do not divide \(channels) input and \(weight[0]) output channels")
        try require(
            weight[1] == channels / groups && weight[2] == window.kernel.rows && weight[3] == window.kernel.columns,
            "a weight of \(weight) does not fit \(channels) channels in \(groups) groups and a kernel of \(window.kernel)")
        try require(!window.roundsUp, "a convolution's output size is never rounded up")
        if hasBias { try require(inputs[2] == .shared([weight[0]]), "the bias of \(weight[0]) channels cannot be \(inputs[2])") }
        let output = try window.outputSize(for: size)
        let result = ValueType.batched([weight[0], output.rows, output.columns])
        return pool == nil ? [result] : [result, .batched([weight[0], output.rows / 2, output.columns / 2])]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        precondition(!hasBias && activation == nil && pool == nil, "gradients are taken before fusing")
        guard let upstream = upstream[0] else { return [nil, nil] }
        let (x, weight) = (node.inputs[0], node.inputs[1])
        let toInput = ConvolutionInputGradient(window: window, groups: groups, inputShape: graph[x].shape, precision: precision)
        let toWeight = ConvolutionWeightGradient(
            window: window, groups: groups, weightShape: graph[weight].shape, precision: precision)
        return [try graph.append(toInput, [upstream, weight])[0], try graph.append(toWeight, [x, upstream])[0]]
    }

    public func multiplyAdds(for inputs: [ValueType]) -> Int {
        guard let output = try? resultTypes(for: inputs)[0].shape else { return 0 }
        let weight = inputs[1].shape
        let pairs = connections ?? weight[0] * weight[1]
        return weight[0] == 0 ? 0 : output.count / weight[0] * pairs * window.kernel.count
    }
}

/// Gradient with respect to a convolution's input. Inputs: upstream `[O, H', W']`, weight. Result `[C, H, W]`.
public struct ConvolutionInputGradient: Operation {
    public var window: Window
    public var groups: Int
    public var inputShape: Shape
    public var precision = Precision.float32

    public var description: String { "convolution-input-gradient \(window)" + (groups > 1 ? " groups \(groups)" : "") }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.batched(inputShape)] }
    public func multiplyAdds(for inputs: [ValueType]) -> Int {
        inputs[0].shape.count * inputs[1].shape.count / inputs[1].shape[0]
    }
}

/// Gradient with respect to a convolution's weight, summed over the batch. Inputs: pictures `[C, H, W]`, upstream `[O, H', W']`.
public struct ConvolutionWeightGradient: Operation {
    public var window: Window
    public var groups: Int
    public var weightShape: Shape
    public var precision = Precision.float32

    public var description: String { "convolution-weight-gradient \(window)" + (groups > 1 ? " groups \(groups)" : "") }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.shared(weightShape)] }
    public func multiplyAdds(for inputs: [ValueType]) -> Int { inputs[1].shape.count * weightShape.count / weightShape[0] }
}

extension Graph {
    public mutating func convolution(_ x: Value, weight: Value, window: Window, groups: Int = 1) throws(ShapeError) -> Value {
        try append(Convolution(window: window, groups: groups), [x, weight])[0]
    }
}
