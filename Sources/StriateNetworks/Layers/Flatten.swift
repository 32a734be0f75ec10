public import StriateGraph

/// All values of an image on one axis: by channel, then row, then column, as PyTorch does.
public struct Flatten: Layer {
    public init() {}

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.flatten(x) }
}
