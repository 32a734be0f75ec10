public import StriateGraph

/// A part of a network: a description without numbers inside, which appends graph operations when it is traced.
///
/// A layer of one's own is a value with one method:
///
///     struct Doubled: Layer {
///         func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
///             try trace.graph.multiply(x, by: 2)
///         }
///     }
public protocol Layer: Sendable {
    /// What tables call this layer, such as `Conv2D`. The type's name unless said otherwise.
    var kind: String { get }

    /// Appends the layer's operations to `trace.graph` and returns its result.
    ///
    /// - Parameter x: The batch of values that the layer before made.
    /// - Throws: ``ShapeError`` where the layer does not fit `x`; it names the layer's path.
    func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value
}

extension Layer {
    public var kind: String { String(describing: Self.self) }

    /// The same layer with a name: its step in the paths of its parameters, in place of its position in the body.
    public func named(_ name: String) -> Named { Named(name: name, layer: self) }
}

/// A network: a layer made of the layers in its body, applied one after another.
///
/// The path of a parameter is made of names as PyTorch's `state_dict` makes it: a layer that was ``Layer/named(_:)`` goes
/// by its name, any other by its position in the body (layers without parameters count too, as in a `Sequential`).
public protocol Network: Layer {
    @LayerBuilder var body: [any Layer] { get }
}

extension Network {
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.apply(body, to: x) }
}

/// A layer that goes by a name. Made by ``Layer/named(_:)``.
public struct Named: Layer {
    public let name: String
    public let layer: any Layer

    init(name: String, layer: any Layer) {
        self.name = name
        // The outermost name wins, and no path has two steps for one layer.
        self.layer = (layer as? Named)?.layer ?? layer
    }

    public var kind: String { layer.kind }
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try layer.apply(to: x, in: &trace) }
}
