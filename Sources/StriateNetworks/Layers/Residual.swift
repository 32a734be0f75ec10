public import StriateGraph

/// `body(x) + shortcut(x)`, where the shortcut is `x` itself unless given (He et al., 2016).
///
/// The body's layers stand directly below the block's path and the shortcut's below `downsample`, as in torchvision's blocks.
public struct Residual: Layer {
    public var body: [any Layer]
    public var shortcut: [any Layer]

    public init(@LayerBuilder _ body: () -> [any Layer], @LayerBuilder shortcut: () -> [any Layer] = { [] }) {
        self.body = body()
        self.shortcut = shortcut()
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let result = try trace.stochasticDepth(try trace.apply(body, to: x))
        let shortcut = shortcut
        let beside = shortcut.isEmpty ? x : try trace.apply(Sequential { shortcut }, to: x, as: "downsample")
        return try trace.graph.add(result, beside)
    }
}

/// Two 3×3 convolutions beside a shortcut (He et al., 2016, figure 5, left): `[C, H, W]` to `[width, H/stride, W/stride]`.
///
///     conv1 3×3 stride – bn1 – ReLU – conv2 3×3 – bn2 – add – ReLU
public struct BasicBlock: Layer {
    public var width: Int
    public var stride: Int
    public var shortcut: Shortcut
    /// How the scale of the last batch norm starts; with 0 the block starts as its shortcut.
    public var lastScale: Initializer

    public init(_ width: Int, stride: Int = 1, shortcut: Shortcut = .projection, lastScale: Initializer = .ones) {
        self.width = width
        self.stride = stride
        self.shortcut = shortcut
        self.lastScale = lastScale
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let sum = try Residual {
            residualConvolution(width, kernel: 3, stride: stride).named("conv1")
            BatchNorm().named("bn1")
            ReLU().named("relu1")
            residualConvolution(width, kernel: 3).named("conv2")
            BatchNorm(weightInitializer: lastScale).named("bn2")
        } shortcut: {
            shortcut.layers(from: trace.graph[x].shape, to: width, stride: stride)
        }.apply(to: x, in: &trace)
        return try trace.apply(ReLU(), to: sum, as: "relu2")
    }
}

/// A 3×3 convolution between two of 1×1, beside a shortcut (He et al., 2016, figure 5, right): `[C, H, W]` to
/// `[4·width, H/stride, W/stride]`.
///
///     conv1 1×1 – bn1 – ReLU – conv2 3×3 stride – bn2 – ReLU – conv3 1×1 – bn3 – add – ReLU
///
/// The stride is the 3×3 convolution's, as in torchvision ("v1.5"); the paper strides in `conv1`.
public struct Bottleneck: Layer {
    /// How many times wider than the 3×3 convolution the block's result is.
    public static let expansion = 4

    public var width: Int
    public var stride: Int
    public var shortcut: Shortcut
    /// How the scale of the last batch norm starts; with 0 the block starts as its shortcut.
    public var lastScale: Initializer

    public init(_ width: Int, stride: Int = 1, shortcut: Shortcut = .projection, lastScale: Initializer = .ones) {
        self.width = width
        self.stride = stride
        self.shortcut = shortcut
        self.lastScale = lastScale
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let outputs = width * Bottleneck.expansion
        let sum = try Residual {
            residualConvolution(width, kernel: 1).named("conv1")
            BatchNorm().named("bn1")
            ReLU().named("relu1")
            residualConvolution(width, kernel: 3, stride: stride).named("conv2")
            BatchNorm().named("bn2")
            ReLU().named("relu2")
            residualConvolution(outputs, kernel: 1).named("conv3")
            BatchNorm(weightInitializer: lastScale).named("bn3")
        } shortcut: {
            shortcut.layers(from: trace.graph[x].shape, to: outputs, stride: stride)
        }.apply(to: x, in: &trace)
        return try trace.apply(ReLU(), to: sum, as: "relu3")
    }
}

/// A convolution as residual blocks have them: without bias, since batch norm follows, and padded so that only the stride shrinks the
/// picture. It starts as torchvision's do.
func residualConvolution(_ width: Int, kernel: Int, stride: Int = 1) -> Conv2D {
    Conv2D(
        width, kernel: Extent(kernel), stride: Extent(stride), padding: Padding(kernel / 2, kernel / 2), bias: false,
        weightInitializer: .heNormalFanOut)
}
