public import StriateGraph

/// Rows and columns of one number around each map: `[C, H, W]` to `[C, top + H + bottom, left + W + right]`.
public struct Pad: Layer {
    public var padding: Padding
    public var fill: Float

    public init(_ padding: Padding, with fill: Float = 0) {
        self.padding = padding
        self.fill = fill
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.pad(x, by: padding, with: fill)
    }
}
