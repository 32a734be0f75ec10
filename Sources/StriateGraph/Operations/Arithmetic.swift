/// The sum of two values of one type.
public struct Add: Operation {
    public init() {}

    public var description: String { "add" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(inputs[0] == inputs[1], "cannot add \(inputs[0].shape) and \(inputs[1].shape)")
        return [inputs[0]]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) -> [Value?] { [upstream[0], upstream[0]] }
}

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

/// The same elements, row-major, in another shape.
public struct Reshape: Operation {
    public var shape: Shape

    public init(_ shape: Shape) { self.shape = shape }

    public var description: String { "reshape to \(shape)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(inputs[0].shape.count == shape.count, "cannot reshape \(inputs[0].shape) to \(shape)")
        return [ValueType(shape, isBatched: inputs[0].isBatched)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.append(Reshape(graph[node.inputs[0]].shape), [upstream])[0]]
    }
}

/// The mean (or sum) over the images of the batch. Input batched, result shared, of the same shape.
public struct BatchReduction: Operation {
    public enum Kind: Hashable, Sendable { case mean, sum }

    public var kind: Kind

    public init(_ kind: Kind) { self.kind = kind }

    public var description: String { "batch-\(kind)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(inputs[0].isBatched, "only values of each image can be reduced over the batch")
        return [.shared(inputs[0].shape)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.append(BatchBroadcast(kind), [upstream])[0]]
    }
}

/// Gives every image of the batch a shared value (for a mean, divided by the number of images); places without an image get 0.
public struct BatchBroadcast: Operation {
    public var kind: BatchReduction.Kind

    public init(_ kind: BatchReduction.Kind) { self.kind = kind }

    public var description: String { "batch-broadcast for a \(kind)" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.batched(inputs[0].shape)] }
}

extension Graph {
    public mutating func add(_ a: Value, _ b: Value) throws(ShapeError) -> Value { try append(Add(), [a, b])[0] }
    public mutating func addBias(_ x: Value, _ bias: Value) throws(ShapeError) -> Value { try append(AddBias(), [x, bias])[0] }
    public mutating func affine(_ x: Value, scale: [Float], offset: [Float]) throws(ShapeError) -> Value {
        try append(Affine(scale: scale, offset: offset), [x])[0]
    }
    public mutating func multiply(_ x: Value, by factor: Float) throws(ShapeError) -> Value {
        try affine(x, scale: [factor], offset: [0])
    }
    public mutating func reshape(_ x: Value, to shape: Shape) throws(ShapeError) -> Value { try append(Reshape(shape), [x])[0] }
    public mutating func flatten(_ x: Value) throws(ShapeError) -> Value { try reshape(x, to: [self[x].shape.count]) }
    public mutating func batchMean(_ x: Value) throws(ShapeError) -> Value { try append(BatchReduction(.mean), [x])[0] }
    public mutating func batchSum(_ x: Value) throws(ShapeError) -> Value { try append(BatchReduction(.sum), [x])[0] }
}
