/// `(x − mean) / √(variance + epsilon) · scale + shift` with each channel's mean and (biased) variance over the batch and all
/// positions (Ioffe and Szegedy, 2015): the training form. At inference it is ``Graph/normalize(_:scale:shift:mean:variance:epsilon:)``.
///
/// Inputs: x `[C, …]`, scale `[C]`, shift `[C]`, and where `addsResidual` a value of x's type that is added to the normalised ones.
/// Results: the normalised values, and the batch's mean `[C]` and variance `[C]`, shared.
/// Residual and ReLU stand here only once ``Graph/fusingBatchNormalization()`` has put them here.
public struct BatchNormalization: Operation {
    public var epsilon: Float
    public var addsResidual = false
    /// Whether the result (the residual included) is `max(·, 0)`.
    public var appliesReLU = false

    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

    public var description: String {
        "batch-normalization" + (addsResidual ? " + residual" : "") + (appliesReLU ? " + relu" : "")
    }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let x = inputs[0]
        try require(x.isBatched && x.shape.rank > 0, "batch normalisation takes a batch of pictures or features, not \(x)")
        let channels = ValueType.shared([x.shape[0]])
        try require(
            inputs[1] == channels && inputs[2] == channels,
            "a scale of \(inputs[1].shape) and a shift of \(inputs[2].shape) do not fit the \(x.shape[0]) channels of \(x.shape)")
        if addsResidual { try require(inputs[3] == x, "a residual of \(inputs[3]) cannot be added to \(x)") }
        return [x, channels, channels]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        precondition(!addsResidual && !appliesReLU, "gradients are taken before fusing")
        // Mean and variance feed the running statistics alone, through which nothing flows back.
        guard let upstream = upstream[0] else { return [nil, nil, nil] }
        let inputs = [node.inputs[0], node.inputs[1], node.results[1], node.results[2], upstream]
        return try graph.append(BatchNormalizationGradient(epsilon: epsilon), inputs).map { $0 }
    }
}

/// With x̂ = (x − mean)/√(variance + epsilon) and m the number of elements of a channel in the batch:
///
///     dscale = Σ upstream·x̂;  dshift = Σ upstream;  dx = scale/√(variance + epsilon) · (upstream − dshift/m − x̂·dscale/m)
///
/// Inputs: x `[C, …]`, scale `[C]`, mean `[C]`, variance `[C]`, what `mask` needs, and the upstream values, all of x's type.
/// Results: dx, dscale `[C]`, dshift `[C]`, and upstream as it was summed and masked where `returnsUpstream`.
/// All but one upstream value without a mask is ``Graph/fusingBatchNormalization()``'s doing.
public struct BatchNormalizationGradient: Operation {
    /// How the gradient of a ReLU behind the normalisation knows where its result is above 0; elsewhere upstream counts as 0.
    public enum Mask: Hashable, Sendable {
        /// The normalised values are computed from x once more: the input is the shift `[C]`. For a ReLU of nothing else.
        case normalized
        /// The input is the ReLU's result, of x's type.
        case result
    }

    public var epsilon: Float
    public var mask: Mask?
    /// How many upstream values there are: their sum counts, added up in their order.
    public var upstreams = 1
    public var returnsUpstream = false

    public init(epsilon: Float) { self.epsilon = epsilon }

    public var description: String {
        "batch-normalization-gradient" + (upstreams > 1 ? " of \(upstreams)" : "") + (mask == nil ? "" : " + relu")
    }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let x = inputs[0], first = mask == nil ? 4 : 5
        try require(
            inputs.count == first + upstreams && inputs[first...].allSatisfy { $0 == x },
            "\(upstreams) gradients of a batch normalisation have the type of its input, \(x)")
        switch mask {
        case nil: break
        case .normalized: try require(inputs[4] == inputs[1], "a shift of \(inputs[4]) does not fit \(x)")
        case .result: try require(inputs[4] == x, "a result of \(inputs[4]) does not fit \(x)")
        }
        return [x, inputs[1], inputs[1]] + (returnsUpstream ? [x] : [])
    }
}

/// What evaluation normalises by, followed while training as PyTorch does:
///
///     mean ← (1 − momentum)·mean + momentum·batch mean;  variance likewise with the unbiased batch variance, m/(m − 1) times the biased
///
/// m is images × positions; where it is 1, the biased variance stands.
/// Inputs: running mean, running variance, batch mean, biased batch variance, all `[C]`. Results: the new mean and variance.
public struct RunningStatistics: Operation {
    public var momentum: Float
    /// Elements of one channel in one image.
    public var positions: Int

    public init(momentum: Float = 0.1, positions: Int) {
        self.momentum = momentum
        self.positions = positions
    }

    public var description: String { "running-statistics momentum \(momentum)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(
            inputs.count == 4 && inputs.allSatisfy { $0 == inputs[0] && !$0.isBatched },
            "running statistics take four values of each channel, not \(inputs)")
        return [inputs[0], inputs[0]]
    }
}

extension Graph {
    /// Batch normalisation by known statistics: a scale and an offset for each channel, computed from variables alone.
    ///
    /// - Parameters: `scale`, `shift`, `mean` and `variance` are shared, `[C]`.
    public mutating func normalize(
        _ x: Value, scale: Value, shift: Value, mean: Value, variance: Value, epsilon: Float = 1e-5
    ) throws(ShapeError) -> Value {
        let inverse = try apply(.reciprocalSquareRoot, try add(variance, constant(Tensor(epsilon))))
        let slope = try arithmetic(.multiply, scale, inverse)
        let offset = try arithmetic(.subtract, shift, try arithmetic(.multiply, mean, slope))
        return try channelAffine(x, scale: slope, offset: offset)
    }
}
