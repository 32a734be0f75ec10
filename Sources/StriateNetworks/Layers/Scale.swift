public import StriateGraph

/// Every number times the same constant: the shape stays.
public struct Scale: Layer {
    public var factor: Float

    public init(_ factor: Float) { self.factor = factor }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.multiply(x, by: factor) }
}
