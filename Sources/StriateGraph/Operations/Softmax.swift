/// `eˣ / Σ eˣ` along an axis, or its logarithm; shifted by the largest element, so that nothing overflows. Batched values.
public struct Softmax: Operation {
    public var axis: Int
    public var isLogarithm: Bool

    public init(axis: Int = 0, isLogarithm: Bool = false) {
        self.axis = axis
        self.isLogarithm = isLogarithm
    }

    public var description: String { (isLogarithm ? "log-softmax" : "softmax") + " along axis \(axis)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let shape = inputs[0].shape
        try require(
            inputs[0].isBatched && (0..<shape.rank).contains(axis) && shape[axis] > 0, "no softmax of \(shape) along axis \(axis)")
        return [inputs[0]]
    }

    /// `y·(g − Σ g·y)`, and `g − softmax(x)·Σ g` for the logarithm.
    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let g = upstream[0] else { return [nil] }
        let y = node.results[0]
        if isLogarithm {
            let sum = try graph.reduce(.sum, g, axes: [axis], keepsAxes: true)
            return [try graph.arithmetic(.subtract, g, try graph.arithmetic(.multiply, try graph.apply(.exp, y), sum))]
        }
        let sum = try graph.reduce(.sum, try graph.arithmetic(.multiply, g, y), axes: [axis], keepsAxes: true)
        return [try graph.arithmetic(.multiply, y, try graph.arithmetic(.subtract, g, sum))]
    }
}

extension Graph {
    public mutating func softmax(_ x: Value, axis: Int = 0) throws(ShapeError) -> Value { try append(Softmax(axis: axis), [x])[0] }
}
