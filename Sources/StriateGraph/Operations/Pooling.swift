/// The largest or the mean value of each window, channel by channel. Input `[C, H, W]`, result `[C, H', W']`.
public struct Pool: Operation {
    public enum Kind: Hashable, Sendable { case average, max }

    public var kind: Kind
    public var window: Window
    /// Whether padding counts as zeros in a mean (PyTorch's and Keras's defaults differ: true and false). No matter to a max pool.
    public var countsPadding: Bool

    public init(_ kind: Kind, window: Window, countsPadding: Bool = true) {
        self.kind = kind
        self.window = window
        self.countsPadding = countsPadding
    }

    public var description: String { "\(kind)-pool \(window)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let (channels, size) = try inputs[0].picture(for: "a pool")
        // A window wholly in the padding would have no value to choose.
        try require(
            window.padding.rows * 2 <= window.reach.rows && window.padding.columns * 2 <= window.reach.columns,
            "a pool's padding (\(window.padding)) is at most half its kernel (\(window.kernel))")
        let output = try window.outputSize(for: size)
        return [.batched([channels, output.rows, output.columns])]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        let x = node.inputs[0]
        switch kind {
        case .average:
            let gradient = AveragePoolGradient(window: window, countsPadding: countsPadding, inputShape: graph[x].shape)
            return [try graph.append(gradient, [upstream])[0]]
        case .max:
            return [try graph.append(MaxPoolGradient(window: window), [x, node.results[0], upstream])[0]]
        }
    }
}

/// Spreads each upstream value evenly over its window. Input `[C, H', W']`, result `[C, H, W]`.
public struct AveragePoolGradient: Operation {
    public var window: Window
    public var countsPadding: Bool
    public var inputShape: Shape

    public init(window: Window, countsPadding: Bool, inputShape: Shape) {
        self.window = window
        self.countsPadding = countsPadding
        self.inputShape = inputShape
    }

    public var description: String { "average-pool-gradient \(window)" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.batched(inputShape)] }
}

/// Gives each upstream value to the first largest element of its window, row by row. Inputs: the pool's input and result, upstream.
public struct MaxPoolGradient: Operation {
    public var window: Window

    public var description: String { "max-pool-gradient \(window)" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }
}

/// A pool's gradient times the slope of the activation that fed the pool, for windows that tile the picture.
///
/// Inputs: the activation's result `[C, H, W]`, upstream `[C, H', W']`, and for a max pool its result. Result `[C, H, W]`.
/// Made by ``Graph/fusingPoolAndActivationGradients()``.
public struct PoolActivationGradient: Operation {
    public var pool: Pool.Kind
    public var window: Window
    public var activation: Activation.Kind

    public var description: String { "\(pool)-pool-and-\(activation)-gradient \(window)" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }
}

extension Graph {
    public mutating func averagePool(_ x: Value, window: Window, countsPadding: Bool = true) throws(ShapeError) -> Value {
        try append(Pool(.average, window: window, countsPadding: countsPadding), [x])[0]
    }

    public mutating func maxPool(_ x: Value, window: Window) throws(ShapeError) -> Value {
        try append(Pool(.max, window: window), [x])[0]
    }
}
