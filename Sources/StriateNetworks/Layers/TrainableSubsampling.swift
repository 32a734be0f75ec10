public import StriateGraph

/// The subsampling of LeCun et al. (1998): the sum of each window times a coefficient plus a bias, one pair for each map. `[C, H, W]` to
/// `[C, H/kernel, W/kernel]`; the squashing function is a layer of its own.
///
/// Parameters: `coefficient` `[C]` and `bias` `[C]`. A unit's inputs are the elements of its window.
public struct TrainableSubsampling: Layer {
    public var kernel: Extent
    public var coefficientInitializer: Initializer
    public var biasInitializer: Initializer

    public init(
        _ kernel: Extent = 2, coefficientInitializer: Initializer = .lecunUniform, biasInitializer: Initializer = .lecunUniform
    ) {
        self.kernel = kernel
        self.coefficientInitializer = coefficientInitializer
        self.biasInitializer = biasInitializer
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let means = try trace.graph.averagePool(x, window: Window(kernel: kernel, stride: kernel))
        let sums = try trace.graph.multiply(means, by: Float(kernel.count))
        let maps = trace.graph[x].shape[0], fans = Fans(input: kernel.count, output: 1)
        let coefficient = try trace.parameter("coefficient", [maps], coefficientInitializer, fans: fans)
        let bias = try trace.parameter("bias", [maps], biasInitializer, fans: fans)
        return try trace.graph.channelAffine(sums, scale: coefficient, offset: bias)
    }
}
