public import StriateGraph

/// The mean of each window, channel by channel: `[C, H, W]` to `[C, H', W']` with a convolution's output sizes.
public struct AveragePool: Layer {
    public var window: Window
    /// Whether padding counts as zeros in a mean.
    public var countsPadding: Bool

    /// - Parameters:
    ///   - stride: The kernel's size unless given: windows then lie side by side.
    ///   - roundsUp: Whether a last window counts that reaches over the far edge ("ceil mode").
    ///   - countsPadding: True as in PyTorch; Keras and ONNX default to false.
    public init(
        _ kernel: Extent, stride: Extent? = nil, padding: Padding = 0, roundsUp: Bool = false, countsPadding: Bool = true
    ) {
        window = Window(kernel: kernel, stride: stride ?? kernel, padding: padding, roundsUp: roundsUp)
        self.countsPadding = countsPadding
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.averagePool(x, window: window, countsPadding: countsPadding)
    }
}

/// The largest value of each window, channel by channel: `[C, H, W]` to `[C, H', W']`. Padding never wins.
public struct MaxPool: Layer {
    public var window: Window

    /// - Parameters:
    ///   - stride: The kernel's size unless given: windows then lie side by side.
    ///   - roundsUp: Whether a last window counts that reaches over the far edge ("ceil mode").
    public init(_ kernel: Extent, stride: Extent? = nil, padding: Padding = 0, roundsUp: Bool = false) {
        window = Window(kernel: kernel, stride: stride ?? kernel, padding: padding, roundsUp: roundsUp)
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.maxPool(x, window: window)
    }
}

/// Means over so many regions that the result has a given size, whatever the picture's: `[C, H, W]` to `[C, rows, columns]`. Region i
/// of n along an axis of extent e covers `floor(i·e/n) ..< ceil((i+1)·e/n)`, as in PyTorch.
public struct AdaptiveAveragePool: Layer {
    public var size: Extent

    public init(_ size: Extent) { self.size = size }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.adaptiveAveragePool(x, to: size)
    }
}

/// The mean of each channel: `[C, H, W]` to `[C, 1, 1]`.
public struct GlobalAveragePool: Layer {
    public init() {}

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.adaptiveAveragePool(x, to: 1) }
}

/// The largest value of each channel: `[C, H, W]` to `[C, 1, 1]`.
public struct GlobalMaxPool: Layer {
    public init() {}

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let shape = trace.graph[x].shape
        guard shape.rank == 3 else { throw trace.error("pooling takes pictures, not \(shape)") }
        return try trace.graph.maxPool(x, window: Window(kernel: Extent(shape[1], shape[2]), stride: 1, padding: 0))
    }
}

/// A pool whose kind is chosen elsewhere, such as by `--pooling`.
public struct PoolLayer: Layer {
    public var pool: Pool.Kind
    public var window: Window

    /// - Parameter stride: The kernel's size unless given.
    public init(_ pool: Pool.Kind, _ kernel: Extent, stride: Extent? = nil, padding: Padding = 0) {
        self.pool = pool
        window = Window(kernel: kernel, stride: stride ?? kernel, padding: padding)
    }

    public var kind: String { pool == .max ? "MaxPool" : "AveragePool" }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        switch pool {
        case .average: try trace.graph.averagePool(x, window: window)
        case .max: try trace.graph.maxPool(x, window: window)
        }
    }
}
