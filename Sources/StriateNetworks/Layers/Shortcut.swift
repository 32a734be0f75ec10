public import StriateGraph

/// What leads past a residual block where the block changes the picture's size or the number of channels; elsewhere it is the identity.
/// The options are those of He et al. (2016), section 4.1.
public enum Shortcut: Hashable, Sendable {
    /// Option A, without parameters: see ``SubsampledIdentity``.
    case subsampledIdentity
    /// Option B: a 1×1 convolution with the block's stride, without bias, and batch norm.
    case projection

    /// The layers from pictures of `shape` to `width` channels; none where the block changes nothing.
    @LayerBuilder
    func layers(from shape: Shape, to width: Int, stride: Int) -> [any Layer] {
        if stride != 1 || shape.extents.first != width {
            switch self {
            case .subsampledIdentity: SubsampledIdentity(width, stride: stride)
            case .projection:
                residualConvolution(width, kernel: 1, stride: stride)
                BatchNorm()
            }
        }
    }
}

/// Every `stride`th row and column of the picture, from the first on, with channels of zeros around its own until there are `width`:
/// one half before them and the rest behind. `[C, H, W]` to `[width, ceil(H/stride), ceil(W/stride)]`.
public struct SubsampledIdentity: Layer {
    public var width: Int
    public var stride: Int

    public init(_ width: Int, stride: Int = 2) {
        self.width = width
        self.stride = stride
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let shape = trace.graph[x].shape
        guard shape.rank == 3, shape[0] <= width, stride > 0 else {
            throw trace.error("a shortcut of stride \(stride) to \(width) channels does not fit \(shape)")
        }
        let rows = try trace.graph.gather(x, axis: 1, Array(Swift.stride(from: 0, to: shape[1], by: stride)))
        let picture = try trace.graph.gather(rows, axis: 2, Array(Swift.stride(from: 0, to: shape[2], by: stride)))
        let before = (width - shape[0]) / 2
        let channels = (0..<width).map { (0..<shape[0]).contains($0 - before) ? $0 - before : Gather.filled }
        return try trace.graph.gather(picture, axis: 0, channels)
    }
}
