public import StriateGraph

/// Sets each element to 0 with the probability `rate` and divides the others by `1 − rate`, in training only (Srivastava et al., 2014).
public struct Dropout: Layer {
    public var rate: Float

    /// - Parameter rate: In 0 ..< 1; PyTorch's default unless given.
    public init(_ rate: Float = 0.5) { self.rate = rate }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.dropout(x, rate: rate)
    }
}
