/// A function of each element alone. Input and result have the same shape.
public struct Activation: Operation {
    public enum Kind: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        /// `1 / (1 + e⁻ˣ)`
        case sigmoid
        case tanh
        /// LeCun's squashing function `1.7159·tanh(2x/3)` (1998, appendix A).
        case scaledTanh = "scaled-tanh"
        /// `max(x, 0)`; NaN stays NaN, and the derivative at 0 is 0, both as in PyTorch.
        case relu

        public var description: String { rawValue }
    }

    /// A and S of LeCun's squashing function `A·tanh(S·x)`.
    public static let squashAmplitude: Float = 1.7159
    public static let squashSlope: Float = 2.0 / 3.0

    public var kind: Kind

    public init(_ kind: Kind) { self.kind = kind }

    public var description: String { kind.description }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.append(ActivationGradient(kind: kind), [node.results[0], upstream])[0]]
    }
}

/// `upstream · f′`, with f′ written in terms of the activation's *result*, so that its input need not be kept.
/// Inputs: the activation's result, upstream.
public struct ActivationGradient: Operation {
    public var kind: Activation.Kind

    public var description: String { "\(kind)-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }
}

extension Graph {
    public mutating func activation(_ kind: Activation.Kind, _ x: Value) throws(ShapeError) -> Value {
        try append(Activation(kind), [x])[0]
    }
}
