public import StriateGraph

/// Cross-correlation with learnt kernels, `[C, H, W]` to `[outputs, H', W']`, where
/// H' = floor((H + 2·padding − kernel) / stride) + 1; the input channels are those of the layer before.
///
/// Parameters: `weight` `[outputs, C/groups, kH, kW]`, and `bias` `[outputs]` unless `bias` is false.
public struct Conv2D: Layer {
    public var outputs: Int
    public var window: Window
    public var groups: Int
    /// Which input channels each output channel sees, where not all.
    public var connections: ConnectionTable?
    public var bias: Bool
    public var weightInitializer: Initializer?
    public var biasInitializer: Initializer?

    /// - Parameters:
    ///   - outputs: The number of kernels, hence of maps that come out.
    ///   - groups: Into how many blocks the channels are split that do not see each other.
    ///   - connections: Which input channels each output channel sees; nil for all. The weight keeps its shape and is 0 elsewhere.
    ///   - weightInitializer: nil for PyTorch's default, as for the bias.
    public init(
        _ outputs: Int, kernel: Extent, stride: Extent = 1, padding: Padding = 0, dilation: Extent = 1, groups: Int = 1,
        connections: ConnectionTable? = nil, bias: Bool = true, weightInitializer: Initializer? = nil, biasInitializer: Initializer? = nil
    ) {
        self.outputs = outputs
        window = Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
        self.groups = groups
        self.connections = connections
        self.bias = bias
        self.weightInitializer = weightInitializer
        self.biasInitializer = biasInitializer
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        let shape = trace.graph[x].shape
        guard shape.rank == 3 else { throw trace.error("a convolution takes pictures (channels×rows×columns), not \(shape)") }
        guard outputs > 0, groups > 0, shape[0] % groups == 0, outputs % groups == 0 else {
            throw trace.error("\(groups) groups do not divide \(shape[0]) input and \(outputs) output channels")
        }
        guard window.kernel.rows > 0, window.kernel.columns > 0 else { throw trace.error("a kernel of \(window.kernel) has no taps") }

        if let connections, connections.inputs != shape[0] || connections.rows.count != outputs || groups != 1 {
            throw trace.error(
                "a table of \(connections.rows.count)×\(connections.inputs) connections does not fit \(shape[0]) input and \(outputs) output channels")
        }

        let channels = shape[0] / groups
        let fans = Fans(input: channels * window.kernel.count, output: outputs / groups * window.kernel.count)
        let weight = try trace.weight(
            [outputs, channels, window.kernel.rows, window.kernel.columns], weightInitializer, fans: fans, connections: connections)
        // Declared before the convolution, so that a pass can let the convolution start its sums from it.
        let offset = bias ? try trace.bias(outputs, biasInitializer, fans: fans, connections: connections) : nil
        let sums = if let connections {
            try trace.graph.convolution(x, weight: weight, window: window, connections: connections)
        } else {
            try trace.graph.convolution(x, weight: weight, window: window, groups: groups)
        }
        return if let offset { try trace.graph.addBias(sums, offset) } else { sums }
    }
}
