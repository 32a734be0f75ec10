/// One step of Adam (Kingma and Ba, 2015) by PyTorch's rule, after t steps with this one:
///
///     g ← g + weightDecay·w;  m ← m + (1 − β₁)·(g − m);  v ← β₂·v + (1 − β₂)·g²
///     w ← w − rate·c₁·m / (√v·c₂ + epsilon),  c₁ = 1/(1 − β₁ᵗ),  c₂ = 1/√(1 − β₂ᵗ)
///
/// and where the decay is decoupled (AdamW; Loshchilov and Hutter, 2019) w becomes `(1 − rate·weightDecay)·w` instead of joining g.
///
/// A ``ParameterUpdate``: its scalars are c₁ and c₂, and 1 − β₁ where `isMomentumFed`; its states m and v.
public struct Adam: ParameterUpdate {
    /// Doubles, as 1 − β is rounded less than a float's.
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Float
    public var weightDecay: Float
    public var isDecoupled: Bool
    /// Whether every step is given its own 1 − β₁, in the place of `beta1`.
    public var isMomentumFed = false
    public var extras = UpdateExtras()

    public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0, isDecoupled: Bool = false) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.isDecoupled = isDecoupled
    }

    public var scalarCount: Int { isMomentumFed ? 3 : 2 }
    public var tensorCount: Int { 2 }
    public var stateCount: Int { 2 }

    public var description: String {
        "adam \(isMomentumFed ? "fed" : "\(beta1)") \(beta2)" + (weightDecay == 0 ? "" : " \(isDecoupled ? "decoupled " : "")decay \(weightDecay)") + extras.description
    }
}

/// One step of RMSprop (Tieleman and Hinton, 2012; centred: Graves, 2013) by PyTorch's rule:
///
///     g ← g + weightDecay·w;  s ← alpha·s + (1 − alpha)·g²;  centred: a ← a + (1 − alpha)·(g − a),  r = √(s − a²), else r = √s
///     b ← momentum·b + g/(r + epsilon);  w ← w − rate·b
///
/// A ``ParameterUpdate``: its states are s, a where `isCentered`, and b where `momentum` is not 0.
public struct RMSProp: ParameterUpdate {
    public var alpha: Double
    public var epsilon: Float
    public var momentum: Float
    public var weightDecay: Float
    public var isCentered: Bool
    public var extras = UpdateExtras()

    public init(alpha: Double = 0.99, epsilon: Float = 1e-8, momentum: Float = 0, weightDecay: Float = 0, isCentered: Bool = false) {
        self.alpha = alpha
        self.epsilon = epsilon
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.isCentered = isCentered
    }

    public var scalarCount: Int { 0 }
    public var tensorCount: Int { stateCount }
    public var stateCount: Int { 1 + (isCentered ? 1 : 0) + (momentum == 0 ? 0 : 1) }

    public var description: String {
        "rmsprop \(alpha)" + (isCentered ? " centred" : "") + (momentum == 0 ? "" : " momentum \(momentum)")
            + (weightDecay == 0 ? "" : " decay \(weightDecay)") + extras.description
    }
}
