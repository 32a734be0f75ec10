public import StriateGraph

/// Batch normalisation (Ioffe and Szegedy, 2015): `(x − mean) / √(variance + epsilon) · weight + bias`, channel by channel. Takes
/// pictures or features; the shape stays.
///
/// Training normalises by the batch's own mean and variance and lets running ones follow; inference uses those. Parameters, all `[C]`:
/// `weight`, `bias`, and the running statistics `running_mean` and `running_var`. They start from 1, 0, 0 and 1, whatever
/// the network's initialisation.
public struct BatchNorm: Layer {
    public var epsilon: Float
    /// The share of a new batch in the running statistics.
    public var momentum: Float
    public var weightInitializer: Initializer

    public init(epsilon: Float = 1e-5, momentum: Float = 0.1, weightInitializer: Initializer = .ones) {
        self.epsilon = epsilon
        self.momentum = momentum
        self.weightInitializer = weightInitializer
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let shape = trace.graph[x].shape
        guard shape.rank > 0 else { throw trace.error("batch normalisation takes pictures or features, not single numbers") }
        let channels = [shape[0]]
        let scale = try trace.parameter("weight", channels, weightInitializer)
        let shift = try trace.parameter("bias", channels, .zeros)
        let mean = try trace.parameter("running_mean", channels, .zeros, role: .runningStatistic)
        let variance = try trace.parameter("running_var", channels, .ones, role: .runningStatistic)
        guard trace.mode == .training else {
            return try trace.graph.normalize(x, scale: scale, shift: shift, mean: mean, variance: variance, epsilon: epsilon)
        }
        let results = try trace.graph.append(BatchNormalization(epsilon: epsilon), [x, scale, shift])
        let following = RunningStatistics(momentum: momentum, positions: shape.count / shape[0])
        let followed = try trace.graph.append(following, [mean, variance, results[1], results[2]])
        trace.graph.update(mean, to: followed[0])
        trace.graph.update(variance, to: followed[1])
        return results[0]
    }
}
