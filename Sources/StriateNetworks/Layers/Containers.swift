public import StriateGraph

/// Layers one after another under one name, such as torchvision's `features` and `classifier`.
public struct Sequential: Layer {
    public var layers: [any Layer]

    public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.apply(layers, to: x) }
}

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
        let result = try trace.apply(body, to: x)
        let shortcut = shortcut
        let beside = shortcut.isEmpty ? x : try trace.apply(Sequential { shortcut }, to: x, as: "downsample")
        return try trace.graph.add(result, beside)
    }
}
