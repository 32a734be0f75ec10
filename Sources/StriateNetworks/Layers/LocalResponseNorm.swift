public import StriateGraph

/// `x / (k + alpha/size · S)^beta`, S the sum of squares over `size` neighbouring channels at the same place (Krizhevsky et al., 2012).
///
/// The division of alpha by `size` is PyTorch's, ONNX's and Caffe's; the paper's formula has none, so that its alpha is `size` times
/// smaller than this one.
public struct LocalResponseNorm: Layer {
    public var operation: LocalResponseNormalization

    public init(size: Int, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1) {
        operation = LocalResponseNormalization(size: size, alpha: alpha, beta: beta, k: k)
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.localResponseNormalization(x, operation)
    }
}
