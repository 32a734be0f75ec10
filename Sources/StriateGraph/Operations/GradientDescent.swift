/// One step of stochastic gradient descent, by PyTorch's rule:
///
///     g ← g + weightDecay·w;  v ← momentum·v + g;  w ← w − rate·(nesterov ? g + momentum·v : v)
///
/// Inputs: parameter w, its gradient g, the rate (scalar), and the velocity v where `momentum` is not 0.
/// Results: the new parameter, and the new velocity where there is one.
public struct GradientDescent: Operation {
    public var momentum: Float
    public var weightDecay: Float
    public var isNesterov: Bool

    public init(momentum: Float = 0, weightDecay: Float = 0, isNesterov: Bool = false) {
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.isNesterov = isNesterov
    }

    public var description: String {
        "gradient-descent" + (momentum == 0 ? "" : " momentum \(momentum)") + (isNesterov ? " nesterov" : "")
            + (weightDecay == 0 ? "" : " decay \(weightDecay)")
    }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(
            inputs.count == (momentum == 0 ? 3 : 4) && inputs[1] == inputs[0] && inputs[2] == .shared(.scalar)
                && inputs.dropFirst(3).allSatisfy { $0 == inputs[0] },
            "a step of gradient descent takes parameter, gradient, rate and velocity, not \(inputs)")
        return Array(repeating: inputs[0], count: momentum == 0 ? 1 : 2)
    }
}

/// One step of stochastic diagonal Levenberg–Marquardt (LeCun et al., 1998, eqs. 18 and 21): `w ← w − rate/(damping + h)·g`, each
/// parameter with its own second derivative h.
///
/// Inputs: parameter w, its gradient g, the rate η (scalar), the estimate h. Result: the new parameter.
public struct LevenbergMarquardt: Operation {
    /// μ, which bounds every step by `rate/μ` times the gradient.
    public var damping: Float

    public init(damping: Float) { self.damping = damping }

    public var description: String { "levenberg-marquardt damping \(damping)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(
            inputs.count == 4 && inputs[1] == inputs[0] && inputs[2] == .shared(.scalar) && inputs[3] == inputs[0],
            "a step of Levenberg–Marquardt takes parameter, gradient, rate and second derivative, not \(inputs)")
        return [inputs[0]]
    }
}
