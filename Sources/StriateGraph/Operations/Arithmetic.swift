/// An operation on pairs of elements. Shapes are matched by NumPy's broadcasting, image by image; a shared operand meets every image.
///
/// The result is batched if either operand is.
public struct Arithmetic: Operation {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case add, subtract, multiply, divide, maximum, minimum
        /// `aᵇ`
        case power
        /// 1 where they are equal, or where a is greater, else 0. No gradient flows.
        case equal, greater
    }

    public var kind: Kind

    public init(_ kind: Kind) { self.kind = kind }

    public var description: String { kind.rawValue }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let (a, b) = (inputs[0], inputs[1])
        guard let shape = a.shape.broadcast(with: b.shape) else {
            throw ShapeError("cannot \(kind.rawValue) \(a.shape) and \(b.shape)")
        }
        return [ValueType(shape, isBatched: a.isBatched || b.isBatched)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let g = upstream[0] else { return [nil, nil] }
        let (a, b) = (node.inputs[0], node.inputs[1])
        let toA: Value, toB: Value
        switch kind {
        case .add: (toA, toB) = (g, g)
        case .subtract: (toA, toB) = (g, try graph.negative(g))
        case .multiply: (toA, toB) = (try graph.arithmetic(.multiply, g, b), try graph.arithmetic(.multiply, g, a))
        case .divide:
            toA = try graph.arithmetic(.divide, g, b)
            toB = try graph.negative(try graph.arithmetic(.multiply, toA, node.results[0]))
        case .maximum, .minimum:
            let (larger, smaller) = kind == .maximum ? (a, b) : (b, a)
            // Equal elements share evenly, as in PyTorch.
            let half = graph.constant(Tensor(0.5)), ties = try graph.arithmetic(.multiply, try graph.arithmetic(.equal, a, b), half)
            let winsA = try graph.add(try graph.arithmetic(.greater, larger, smaller), ties)
            toA = try graph.arithmetic(.multiply, g, winsA)
            toB = try graph.arithmetic(.subtract, g, toA)
        case .power:
            let one = graph.constant(Tensor(1))
            let slope = try graph.arithmetic(.multiply, b, try graph.arithmetic(.power, a, try graph.arithmetic(.subtract, b, one)))
            toA = try graph.arithmetic(.multiply, g, slope)
            let logarithm = try graph.apply(.log, a)
            toB = try graph.arithmetic(.multiply, g, try graph.arithmetic(.multiply, node.results[0], logarithm))
        case .equal, .greater: return [nil, nil]
        }
        return [try graph.undoBroadcast(toA, to: graph[a]), try graph.undoBroadcast(toB, to: graph[b])]
    }
}

extension Graph {
    public mutating func arithmetic(_ kind: Arithmetic.Kind, _ a: Value, _ b: Value) throws(ShapeError) -> Value {
        try append(Arithmetic(kind), [a, b])[0]
    }
    public mutating func add(_ a: Value, _ b: Value) throws(ShapeError) -> Value { try arithmetic(.add, a, b) }
    public mutating func negative(_ x: Value) throws(ShapeError) -> Value {
        try arithmetic(.multiply, x, constant(Tensor(-1)))
    }

    /// The gradient of an operand that was broadcast: the sum over what it was repeated along, images included.
    mutating func undoBroadcast(_ gradient: Value, to type: ValueType) throws(ShapeError) -> Value {
        let shape = self[gradient].shape, added = shape.rank - type.shape.rank
        let axes = (0..<shape.rank).filter { $0 < added || (type.shape[$0 - added] == 1 && shape[$0] != 1) }
        var sum = axes.isEmpty ? gradient : try reduce(.sum, gradient, axes: axes)
        sum = try reshape(sum, to: type.shape)
        return self[sum].isBatched && !type.isBatched ? try batchSum(sum) : sum
    }
}
