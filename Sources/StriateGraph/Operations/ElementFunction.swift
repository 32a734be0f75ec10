/// A function of each element alone whose slope is told from its *input* (``Activation``'s is told from the result). Input and
/// result have the same type, batched or shared.
public struct ElementFunction: Operation {
    public enum Kind: Hashable, Sendable {
        /// x where positive, else `slope · x`.
        case leakyReLU(slope: Float)
        /// x where positive, else `scale · (eˣ − 1)`.
        case elu(scale: Float)
        /// `x · Φ(x)` with the normal distribution function Φ (Hendrycks and Gimpel, 2016), or its approximation by tanh.
        case gelu(approximatedByTanh: Bool)
        /// `min(max(slope · x + offset, 0), 1)`; PyTorch: 1/6 and 1/2, ONNX: 0.2 and 0.5.
        case hardSigmoid(slope: Float, offset: Float)
        /// `x · min(max(x/6 + 1/2, 0), 1)` (Howard et al., 2019).
        case hardSwish
        /// `x · sigmoid(x)`, also called swish.
        case silu
        /// `log(1 + eˣ)`
        case softplus
        /// `min(max(x, low), high)`
        case clip(low: Float, high: Float)
        case exp, log, squareRoot, reciprocalSquareRoot, reciprocal, absolute, erf
        /// No gradient flows through these.
        case sign, floor, ceil, round
    }

    public var kind: Kind

    public init(_ kind: Kind) { self.kind = kind }

    public var description: String { "\(kind)" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        switch kind {
        case .sign, .floor, .ceil, .round: return [nil]
        default: return [try graph.append(ElementFunctionGradient(kind: kind), [node.inputs[0], upstream])[0]]
        }
    }
}

/// `upstream · f′(x)`. Inputs: x, upstream. At a kink the slope is PyTorch's: 0 at both ends of `clip` outside, that of the left
/// side for ReLU's relatives.
public struct ElementFunctionGradient: Operation {
    public var kind: ElementFunction.Kind

    public init(kind: ElementFunction.Kind) { self.kind = kind }

    public var description: String { "\(kind)-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }
}

extension Graph {
    public mutating func apply(_ function: ElementFunction.Kind, _ x: Value) throws(ShapeError) -> Value {
        try append(ElementFunction(function), [x])[0]
    }
}
