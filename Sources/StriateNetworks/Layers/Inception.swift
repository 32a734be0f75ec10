public import StriateGraph

/// An Inception module (Szegedy et al., 2015, figure 2b): four branches of the same picture, joined along the channels in this order.
///
///     branch1   1×1
///     branch2   1×1 reduction, 3×3
///     branch3   1×1 reduction, large kernel
///     branch4   max pool 3×3 stride 1, 1×1 projection
///
/// `[C, H, W]` to `[one + three + five + pool, H, W]`. Parameters have torchvision's names: `branch2.0.conv.weight`.
public struct Inception: Layer {
    /// The channels that each branch makes, and those of the two reductions.
    public struct Widths: Sendable {
        public var one: Int
        public var three: (reduced: Int, full: Int)
        public var five: (reduced: Int, full: Int)
        public var pool: Int

        public init(_ one: Int, _ three: (reduced: Int, full: Int), _ five: (reduced: Int, full: Int), _ pool: Int) {
            (self.one, self.three, self.five, self.pool) = (one, three, five, pool)
        }
    }

    public var widths: Widths
    /// Of the third branch: 5×5 in the paper, 3×3 in torchvision.
    public var largeKernel: Int
    /// Makes each convolution, which keeps the picture's size.
    public var unit: @Sendable (_ width: Int, _ kernel: Int) -> ConvUnit

    public init(
        _ widths: Widths, largeKernel: Int = 5, unit: @escaping @Sendable (_ width: Int, _ kernel: Int) -> ConvUnit
    ) {
        self.widths = widths
        self.largeKernel = largeKernel
        self.unit = unit
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try Branches {
            unit(widths.one, 1).named("branch1")
            Sequential { unit(widths.three.reduced, 1); unit(widths.three.full, 3) }.named("branch2")
            Sequential { unit(widths.five.reduced, 1); unit(widths.five.full, largeKernel) }.named("branch3")
            Sequential { MaxPool(3, stride: 1, padding: 1); unit(widths.pool, 1) }.named("branch4")
        }.apply(to: x, in: &trace)
    }
}
