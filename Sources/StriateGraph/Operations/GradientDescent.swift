/// One step of stochastic gradient descent, by PyTorch's rule:
///
///     g ← scale·(g + weightDecay·w);  v ← momentum·v + g;  w ← w − rate·(nesterov ? g + momentum·v : v)
///
/// and where the decay is decoupled (Loshchilov and Hutter, 2019) `g ← scale·g` and `w ← (1 − rate·weightDecay)·w − rate·…` instead.
///
/// A ``ParameterUpdate``: its scalars are the scale where `isScaled` (else 1) and the momentum where `isMomentumFed`, its state the velocity v
/// where it has a momentum.
public struct GradientDescent: ParameterUpdate {
    public var momentum: Float
    public var weightDecay: Float
    public var isNesterov: Bool
    public var isDecoupled: Bool
    /// Whether a number scales the gradient, such as the trust ratio of LARS.
    public var isScaled: Bool
    /// Whether every step is given its own momentum, in the place of `momentum`.
    public var isMomentumFed = false
    public var extras = UpdateExtras()

    public init(
        momentum: Float = 0, weightDecay: Float = 0, isNesterov: Bool = false, isDecoupled: Bool = false, isScaled: Bool = false
    ) {
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.isNesterov = isNesterov
        self.isDecoupled = isDecoupled
        self.isScaled = isScaled
    }

    public var scalarCount: Int { (isScaled ? 1 : 0) + (isMomentumFed ? 1 : 0) }
    public var tensorCount: Int { stateCount }
    public var stateCount: Int { isMomentumFed || momentum != 0 ? 1 : 0 }

    public var description: String {
        "gradient-descent" + (isMomentumFed ? " momentum fed" : momentum == 0 ? "" : " momentum \(momentum)") + (isNesterov ? " nesterov" : "")
            + (weightDecay == 0 ? "" : " \(isDecoupled ? "decoupled " : "")decay \(weightDecay)") + (isScaled ? " scaled" : "") + extras.description
    }
}

/// One step of stochastic diagonal Levenberg–Marquardt (LeCun et al., 1998, eqs. 18 and 21): `w ← w − rate/(damping + h)·g`, each
/// parameter with its own second derivative h.
///
/// A ``ParameterUpdate`` whose only tensor is the estimate h, which it leaves as it is.
public struct LevenbergMarquardt: ParameterUpdate {
    /// μ, which bounds every step by `rate/μ` times the gradient.
    public var damping: Float
    public var extras = UpdateExtras()

    public init(damping: Float) { self.damping = damping }

    public var scalarCount: Int { 0 }
    public var tensorCount: Int { 1 }
    public var stateCount: Int { 0 }
    public var description: String { "levenberg-marquardt damping \(damping)" + extras.description }
}
