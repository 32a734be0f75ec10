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

/// `min(max(x, 0), 6)`, element by element.
public struct ReLU6: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.apply(.clip(low: 0, high: 6), x)
    }
}

/// `x` where positive, else `slope · x`, element by element.
public struct LeakyReLU: Layer {
    public var slope: Float

    public init(slope: Float = 0.01) { self.slope = slope }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.apply(.leakyReLU(slope: slope), x)
    }
}

/// `x` where positive, else `scale · (eˣ − 1)`, element by element (Clevert et al., 2016).
public struct ELU: Layer {
    public var scale: Float

    public init(scale: Float = 1) { self.scale = scale }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.apply(.elu(scale: scale), x)
    }
}

/// `x · Φ(x)` with the normal distribution function Φ, element by element (Hendrycks and Gimpel, 2016).
public struct GELU: Layer {
    public var isApproximatedByTanh: Bool

    public init(isApproximatedByTanh: Bool = false) { self.isApproximatedByTanh = isApproximatedByTanh }

    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.apply(.gelu(approximatedByTanh: isApproximatedByTanh), x)
    }
}

/// `x · sigmoid(x)`, element by element; also called swish.
public struct SiLU: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.apply(.silu, x) }
}

/// `min(max(x/6 + 1/2, 0), 1)`, element by element: PyTorch's constants.
public struct HardSigmoid: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.apply(.hardSigmoid(slope: 1 / 6, offset: 0.5), x)
    }
}

/// `x · min(max(x/6 + 1/2, 0), 1)`, element by element (Howard et al., 2019).
public struct HardSwish: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.apply(.hardSwish, x) }
}

/// `log(1 + eˣ)`, element by element.
public struct Softplus: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.apply(.softplus, x) }
}

/// `eˣ / Σ eˣ` along the first axis: over the features, or over the channels at each place.
public struct Softmax: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value { try trace.graph.softmax(x) }
}

/// The logarithm of ``Softmax``, without its overflow.
public struct LogSoftmax: Layer {
    public init() {}
    public func apply(to x: Value, in trace: inout Trace) throws(ShapeError) -> Value {
        try trace.graph.append(StriateGraph.Softmax(isLogarithm: true), [x])[0]
    }
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
