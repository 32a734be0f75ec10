// What happens to gradients between the backward pass and an optimiser's rule.

/// `a·x + b·y`, element by element. Inputs: x, a (scalar), y, b (scalar), all shared. Where x is a variable that takes the result, it is
/// computed in place.
public struct WeightedSum: Operation {
    public init() {}

    public var description: String { "weighted-sum" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let scalar = ValueType.shared(.scalar)
        try require(
            inputs.count == 4 && !inputs[0].isBatched && inputs[1] == scalar && inputs[2] == inputs[0] && inputs[3] == scalar,
            "a weighted sum takes two shared values, each with a number, not \(inputs)")
        return [inputs[0]]
    }
}

/// The Euclidean norm of all elements of all inputs together, as if they were one vector. Inputs: shared values, at least one.
public struct EuclideanNorm: Operation {
    public init() {}

    public var description: String { "norm" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(!inputs.isEmpty && inputs.allSatisfy { !$0.isBatched }, "a norm takes values that all images share, not \(inputs)")
        return [.shared(.scalar)]
    }
}

/// The ratio by which LARS scales a gradient: `trust·|w| / (|g| + weightDecay·|w| + epsilon)` (You, Gitman and Ginsburg, 2017), or 1 where
/// either norm is 0. Inputs: |w| and |g|. Result: a scalar.
public struct TrustRatio: Operation {
    public var trust: Float
    public var weightDecay: Float
    public var epsilon: Float

    public init(trust: Float = 0.001, weightDecay: Float = 0, epsilon: Float = 1e-8) {
        self.trust = trust
        self.weightDecay = weightDecay
        self.epsilon = epsilon
    }

    public var description: String { "trust-ratio \(trust)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let scalar = ValueType.shared(.scalar)
        try require(inputs == [scalar, scalar], "a trust ratio takes two norms, not \(inputs)")
        return [scalar]
    }
}

/// Muon's momentum (Jordan, 2024): `v ← v + (1 − momentum)·(g − v)` and `u = nesterov ? g + momentum·(v − g) : v`.
///
/// Inputs: v, the gradient g, and the gate (scalar) where `isGated`: with 0, v stays. Results: the new v, and u.
public struct AverageMomentum: Operation {
    public var momentum: Double
    public var isNesterov: Bool
    public var isGated: Bool

    public init(momentum: Double, isNesterov: Bool, isGated: Bool) {
        self.momentum = momentum
        self.isNesterov = isNesterov
        self.isGated = isGated
    }

    public var description: String { "average-momentum \(momentum)" + (isNesterov ? " nesterov" : "") + (isGated ? " gated" : "") }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(
            inputs.count == (isGated ? 3 : 2) && !inputs[0].isBatched && inputs[1] == inputs[0]
                && inputs.dropFirst(2).allSatisfy { $0 == .shared(.scalar) },
            "an average momentum takes what it was, the gradient and a gate, not \(inputs)")
        return [inputs[0], inputs[0]]
    }
}

/// The nearly orthogonal matrix with the singular vectors of another: Newton–Schulz steps of fifth order with Muon's coefficients (Jordan,
/// 2024), after which singular values lie around 1. Input: shared, seen as a matrix of its first extent by all others; result alike.
///
///     X = M / max(|M|, epsilon);  five times: G = X·Xᵀ,  X ← a·X + (b·G + c·G²)·X
public struct Orthogonalization: Operation {
    public static let steps = 5
    public static let epsilon: Float = 1e-7
    public static let coefficients: (a: Float, b: Float, c: Float) = (3.4445, -4.7750, 2.0315)

    public init() {}

    public var description: String { "orthogonalization" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(
            !inputs[0].isBatched && inputs[0].shape.rank > 1 && inputs[0].shape.count > 0,
            "only weights of several axes are seen as matrices, not \(inputs[0])")
        return [inputs[0]]
    }
}

extension Graph {
    public mutating func weightedSum(_ x: Value, _ a: Value, _ y: Value, _ b: Value) throws(ShapeError) -> Value {
        try append(WeightedSum(), [x, a, y, b])[0]
    }

    public mutating func norm(_ values: [Value]) throws(ShapeError) -> Value { try append(EuclideanNorm(), values)[0] }
}
