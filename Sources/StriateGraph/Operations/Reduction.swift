/// The sum, mean, largest or smallest value along some axes. Batched or shared; the batch itself is ``BatchReduction``'s.
public struct Reduction: Operation {
    public enum Kind: String, Hashable, Sendable { case sum, mean, max, min }

    public var kind: Kind
    /// In rising order.
    public var axes: [Int]
    /// Whether the axes remain, with extent 1.
    public var keepsAxes: Bool

    public init(_ kind: Kind, axes: [Int], keepsAxes: Bool = false) {
        self.kind = kind
        self.axes = axes.sorted()
        self.keepsAxes = keepsAxes
    }

    public var description: String { "\(kind) over axes \(axes)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let shape = inputs[0].shape
        try require(
            axes.allSatisfy((0..<shape.rank).contains) && Set(axes).count == axes.count, "\(shape) has no axes \(axes) to reduce")
        try require(
            kind == .sum || axes.allSatisfy { shape[$0] > 0 }, "there is no \(kind) of no elements: \(shape) over axes \(axes)")
        return [ValueType(reduced(shape, keepingAxes: keepsAxes), isBatched: inputs[0].isBatched)]
    }

    private func reduced(_ shape: Shape, keepingAxes: Bool) -> Shape {
        Shape(shape.extents.enumerated().compactMap { axes.contains($0.offset) ? (keepingAxes ? 1 : nil) : $0.element })
    }

    /// Sums and means give each element its share. A largest or smallest value gives evenly to all elements that equal it.
    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        let x = node.inputs[0], shape = graph[x].shape, kept = reduced(shape, keepingAxes: true)
        let spread = try graph.broadcast(try graph.reshape(upstream, to: kept), to: shape)
        switch kind {
        case .sum: return [spread]
        case .mean:
            let count = axes.reduce(1) { $0 * shape[$1] }
            return [try graph.arithmetic(.divide, spread, graph.constant(Tensor(Float(count))))]
        case .max, .min:
            let best = try graph.reshape(node.results[0], to: kept)
            let winners = try graph.arithmetic(.equal, x, best)
            let count = try graph.reduce(.sum, winners, axes: axes, keepsAxes: true)
            return [try graph.arithmetic(.multiply, try graph.arithmetic(.divide, winners, count), spread)]
        }
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
    public mutating func reduce(
        _ kind: Reduction.Kind, _ x: Value, axes: [Int], keepsAxes: Bool = false
    ) throws(ShapeError) -> Value {
        try append(Reduction(kind, axes: axes, keepsAxes: keepsAxes), [x])[0]
    }
    public mutating func batchMean(_ x: Value) throws(ShapeError) -> Value { try append(BatchReduction(.mean), [x])[0] }
    public mutating func batchSum(_ x: Value) throws(ShapeError) -> Value { try append(BatchReduction(.sum), [x])[0] }
}
