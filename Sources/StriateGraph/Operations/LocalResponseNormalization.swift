/// `x / (k + alpha/size · S)^beta`, S the sum of squares over a window of `size` channels around each channel, at one pixel
/// (Krizhevsky et al., 2012). The division by `size` is PyTorch's, ONNX's and Caffe's; the paper's formula has none.
///
/// The window of channel c is `c − before … c − before + size − 1`; channels beyond the ends count as zero. `[C, …]` to the same.
public struct LocalResponseNormalization: Operation {
    public var size: Int
    /// How many channels of the window lie before its own: `size/2` in PyTorch, `(size − 1)/2` in ONNX. They differ for even sizes.
    public var before: Int
    public var alpha: Float
    public var beta: Float
    public var k: Float

    /// - Parameter before: nil for PyTorch's.
    public init(size: Int, before: Int? = nil, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1) {
        self.size = size
        self.before = before ?? size / 2
        self.alpha = alpha
        self.beta = beta
        self.k = k
    }

    public var description: String { "local-response-normalization over \(size) channels" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(
            inputs[0].isBatched && inputs[0].shape.rank > 0, "local response normalisation takes a batch of pictures, not \(inputs[0])")
        try require(size > 0 && (0..<size).contains(before), "a window of \(size) channels, \(before) of them before its own, does not exist")
        return [inputs[0]]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.append(LocalResponseNormalizationGradient(forward: self), [node.inputs[0], upstream])[0]]
    }
}

/// With D = k + alpha/size·S: `dx_c = g_c·D_c^−beta − 2·beta·alpha/size·x_c · Σ g_i·x_i·D_i^(−beta−1)` over the channels i whose window
/// holds c. Inputs: x, upstream.
public struct LocalResponseNormalizationGradient: Operation {
    public var forward: LocalResponseNormalization

    public init(forward: LocalResponseNormalization) { self.forward = forward }

    public var description: String { "\(forward)-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }
}

extension Graph {
    public mutating func localResponseNormalization(_ x: Value, _ operation: LocalResponseNormalization) throws(ShapeError) -> Value {
        try append(operation, [x])[0]
    }
}
