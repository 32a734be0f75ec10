public import StriateGraph

/// Layers one after another under one name, such as torchvision's `features` and `classifier`.
public struct Sequential: Layer {
    public var layers: [any Layer]

    public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.apply(layers, to: x) }
}

/// Each of the layers applied to the same input, and their results joined along the channels (of features: one behind the other).
///
///     Branches {
///         Conv2D(64, kernel: 1)
///         Sequential { Conv2D(96, kernel: 1); ReLU(); Conv2D(128, kernel: 3, padding: 1) }
///     }
///
/// A branch goes by its name, or else by its position.
public struct Branches: Layer {
    public var branches: [any Layer]

    public init(@LayerBuilder _ branches: () -> [any Layer]) { self.branches = branches() }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        var results = [Value]()
        for (position, branch) in branches.enumerated() {
            results.append(try trace.apply(branch, to: x, at: position))
        }
        return try trace.graph.concatenate(results)
    }
}
