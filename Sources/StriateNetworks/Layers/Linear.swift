public import StriateGraph

/// `y = W·x + b`, from the features of the layer before to `outputs` features.
///
/// Parameters: `weight` `[outputs, inputs]`, and `bias` `[outputs]` unless `bias` is false.
public struct Linear: Layer {
    public var outputs: Int
    public var bias: Bool
    public var weightInitializer: Initializer?
    public var biasInitializer: Initializer?

    /// - Parameter weightInitializer: nil for PyTorch's default, as for the bias.
    public init(_ outputs: Int, bias: Bool = true, weightInitializer: Initializer? = nil, biasInitializer: Initializer? = nil) {
        self.outputs = outputs
        self.bias = bias
        self.weightInitializer = weightInitializer
        self.biasInitializer = biasInitializer
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let shape = trace.graph[x].shape
        guard shape.rank == 1 else {
            throw trace.error("a linear layer takes features (one axis), not \(shape); put Flatten() before it")
        }
        guard outputs > 0 else { throw trace.error("a linear layer needs outputs, not \(outputs)") }
        let fans = Fans(input: shape[0], output: outputs)
        let weight = try trace.weight([outputs, shape[0]], weightInitializer, fans: fans)
        let offset = bias ? try trace.bias(outputs, biasInitializer, fans: fans) : nil
        let sums = try trace.graph.linear(x, weight: weight)
        return if let offset { try trace.graph.addBias(sums, offset) } else { sums }
    }
}
