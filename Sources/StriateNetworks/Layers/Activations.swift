public import StriateGraph

/// `1 / (1 + e⁻ˣ)`, element by element.
public struct Sigmoid: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.activation(.sigmoid, x) }
}

/// The hyperbolic tangent, element by element.
public struct Tanh: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.activation(.tanh, x) }
}

/// `1.7159·tanh(2x/3)`, element by element: the squashing function of LeNet-5 (1998, appendix A).
public struct ScaledTanh: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.activation(.scaledTanh, x) }
}

/// `max(x, 0)`, element by element.
public struct ReLU: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.activation(.relu, x) }
}

/// An activation whose function is chosen elsewhere, such as by `--activation`.
public struct ActivationLayer: Layer {
    public var function: Activation.Kind

    public init(_ function: Activation.Kind) { self.function = function }

    public var kind: String {
        switch function {
        case .sigmoid: "Sigmoid"
        case .tanh: "Tanh"
        case .scaledTanh: "ScaledTanh"
        case .relu: "ReLU"
        }
    }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.activation(function, x) }
}
