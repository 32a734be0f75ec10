/// Adds one number to every element of a channel. Inputs: `[C, …]` for each image, bias `[C]`.
public struct AddBias: Operation {
    public init() {}

    public var description: String { "add-bias" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let x = inputs[0]
        try require(
            x.isBatched && x.shape.rank > 0 && inputs[1] == .shared([x.shape[0]]),
            "a bias of \(inputs[1].shape) does not fit \(x.shape)")
        return [x]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil, nil] }
        return [upstream, try graph.append(ChannelSum(), [upstream])[0]]
    }
}

/// The sum over the batch and over all positions of each channel: a bias's gradient. Input `[C, …]`, result `[C]` shared.
public struct ChannelSum: Operation {
    public init() {}

    public var description: String { "channel-sum" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.shared([inputs[0].shape[0]])] }
}

/// `x · scale + offset` with numbers that never change: one pair for all elements, or one for each channel.
public struct Affine: Operation {
    public var scale: [Float]
    public var offset: [Float]

    /// - Precondition: as many scales as offsets, at least one.
    public init(scale: [Float], offset: [Float]) {
        precondition(scale.count == offset.count && !scale.isEmpty, "a scale and an offset for each channel")
        self.scale = scale
        self.offset = offset
    }

    public var description: String {
        scale.count == 1 ? "affine x·\(scale[0]) + \(offset[0])" : "affine of \(scale.count) channels"
    }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let x = inputs[0]
        try require(
            x.isBatched && (scale.count == 1 || (x.shape.rank > 0 && x.shape[0] == scale.count)),
            "constants for \(scale.count) channels do not fit \(x.shape)")
        return [x]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.append(Affine(scale: scale, offset: scale.map { _ in 0 }), [upstream])[0]]
    }
}

/// `x · scale + offset`, a scale and an offset for each channel. Inputs: `[C, …]` for each image, scale `[C]`, and offset `[C]` where
/// `hasOffset`. What batch normalisation is at inference; passes fold it into the convolution before it.
public struct ChannelAffine: Operation {
    public var hasOffset: Bool

    public init(hasOffset: Bool = true) { self.hasOffset = hasOffset }

    public var description: String { "channel-scale" + (hasOffset ? "-and-offset" : "") }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let x = inputs[0]
        try require(x.isBatched && x.shape.rank > 0, "channels are scaled in batches of pictures or features, not in \(x)")
        for input in inputs.dropFirst() {
            try require(input == .shared([x.shape[0]]), "a scale or offset of \(input.shape) does not fit the \(x.shape[0]) channels of \(x.shape)")
        }
        return [x]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return node.inputs.map { _ in nil } }
        let toX = try graph.append(ChannelAffine(hasOffset: false), [upstream, node.inputs[1]])[0]
        let toScale = try graph.append(ChannelDot(), [node.inputs[0], upstream])[0]
        return [toX, toScale] + (hasOffset ? [try graph.append(ChannelSum(), [upstream])[0]] : [])
    }
}

/// The sum of `a · b` over the batch and over all positions of each channel: a scale's gradient. Inputs `[C, …]`, result `[C]` shared.
public struct ChannelDot: Operation {
    public init() {}

    public var description: String { "channel-dot" }
    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(inputs[0] == inputs[1] && inputs[0].isBatched && inputs[0].shape.rank > 0, "cannot multiply \(inputs[0]) and \(inputs[1]) channel by channel")
        return [.shared([inputs[0].shape[0]])]
    }
}

extension Graph {
    public mutating func addBias(_ x: Value, _ bias: Value) throws(ShapeError) -> Value { try append(AddBias(), [x, bias])[0] }
    public mutating func affine(_ x: Value, scale: [Float], offset: [Float]) throws(ShapeError) -> Value {
        try append(Affine(scale: scale, offset: offset), [x])[0]
    }
    public mutating func multiply(_ x: Value, by factor: Float) throws(ShapeError) -> Value {
        try affine(x, scale: [factor], offset: [0])
    }
    public mutating func channelAffine(_ x: Value, scale: Value, offset: Value) throws(ShapeError) -> Value {
        try append(ChannelAffine(), [x, scale, offset])[0]
    }
}
