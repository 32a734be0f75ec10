/// The largest or the mean value of each window, channel by channel. Input `[C, H, W]`, result `[C, H', W']`.
public struct Pool: Operation {
    public enum Kind: Hashable, Sendable { case average, max }

    public var kind: Kind
    public var window: Window
    /// Whether padding counts as zeros in a mean (PyTorch's and Keras's defaults differ: true and false). What a window rounded up
    /// reaches beyond the padding never counts. No matter to a max pool.
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
        let padding = window.padding, reach = window.reach
        try require(
            max(padding.top, padding.bottom) < reach.rows && max(padding.left, padding.right) < reach.columns,
            "a pool's padding (\(padding)) is smaller than its kernel (\(window.kernel))")
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

/// Means over as many regions as the result shall have, whatever the picture's size: region i of n along an axis of extent e covers
/// `floor(i·e/n) ..< ceil((i+1)·e/n)` (PyTorch's `AdaptiveAvgPool2d`). Input `[C, H, W]`, result `[C, size.rows, size.columns]`.
public struct AdaptiveAveragePool: Operation {
    public var size: Extent

    public init(_ size: Extent) { self.size = size }

    public var description: String { "adaptive-average-pool to \(size)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let (channels, picture) = try inputs[0].picture(for: "an adaptive pool")
        try require(size.rows > 0 && size.columns > 0 && picture.count > 0, "cannot pool \(picture) to \(size)")
        return [.batched([channels, size.rows, size.columns])]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        let gradient = AdaptiveAveragePoolGradient(inputShape: graph[node.inputs[0]].shape)
        return [try graph.append(gradient, [upstream])[0]]
    }
}

/// Spreads each upstream value evenly over its region. Input `[C, n, m]`, result `inputShape`.
public struct AdaptiveAveragePoolGradient: Operation {
    public var inputShape: Shape

    public init(inputShape: Shape) { self.inputShape = inputShape }

    public var description: String { "adaptive-average-pool-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.batched(inputShape)] }
}

extension Graph {
    /// An ordinary pool where the regions are all alike and lie side by side, nothing at all where each is one element.
    public mutating func adaptiveAveragePool(_ x: Value, to size: Extent) throws(ShapeError) -> Value {
        let (_, picture) = try self[x].picture(for: "an adaptive pool")
        if picture == size { return x }
        guard size.rows > 0, size.columns > 0, picture.rows % size.rows == 0, picture.columns % size.columns == 0 else {
            return try append(AdaptiveAveragePool(size), [x])[0]
        }
        let kernel = Extent(picture.rows / size.rows, picture.columns / size.columns)
        return try averagePool(x, window: Window(kernel: kernel, stride: kernel))
    }

    public mutating func averagePool(_ x: Value, window: Window, countsPadding: Bool = true) throws(ShapeError) -> Value {
        try append(Pool(.average, window: window, countsPadding: countsPadding), [x])[0]
    }

    public mutating func maxPool(_ x: Value, window: Window) throws(ShapeError) -> Value {
        try append(Pool(.max, window: window), [x])[0]
    }
}
