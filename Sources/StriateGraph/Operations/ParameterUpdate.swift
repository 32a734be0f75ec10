/// An optimiser's rule as one fused operation: what a parameter and the rule's own state become in a step.
///
/// Inputs, in this order: the parameter w, its gradient g, the rate (scalar), ``scalarCount`` more scalars, and ``tensorCount`` tensors of
/// w's type, of which the first ``stateCount`` are state that takes new values; then the gate (scalar) where ``UpdateExtras/isGated``, and
/// the average of w and a share (scalar) where ``UpdateExtras/isAveraged``.
/// Results: the new w, the new states in their order, and the new average where there is one.
public protocol ParameterUpdate: Operation {
    /// How many numbers a step is given beside the rate.
    var scalarCount: Int { get }
    /// How many tensors of the parameter's shape the rule reads beside the parameter and its gradient.
    var tensorCount: Int { get }
    /// How many of them take new values.
    var stateCount: Int { get }
    var extras: UpdateExtras { get set }
}

/// What any rule can do beside its own.
public struct UpdateExtras: Hashable, Sendable {
    /// With a gate of 0 nothing changes: not the parameter, no state, no average.
    public var isGated: Bool
    /// An average follows the new parameter: `average ← average + share·(w − average)`.
    public var isAveraged: Bool

    public init(isGated: Bool = false, isAveraged: Bool = false) {
        self.isGated = isGated
        self.isAveraged = isAveraged
    }

    var description: String { (isGated ? " gated" : "") + (isAveraged ? " averaged" : "") }
}

extension ParameterUpdate {
    /// Where the rule's tensors begin among the inputs.
    public var firstTensor: Int { 3 + scalarCount }
    /// Where the gate stands among the inputs; nil without.
    public var gate: Int? { extras.isGated ? firstTensor + tensorCount : nil }
    /// Where the average stands among the inputs, just before its share; nil without.
    public var average: Int? { extras.isAveraged ? firstTensor + tensorCount + (extras.isGated ? 1 : 0) : nil }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let scalars = Array(repeating: ValueType.shared(.scalar), count: 1 + scalarCount)
        let parameter = inputs[0], tensors = Array(repeating: parameter, count: tensorCount)
        let expected = [parameter, parameter] + scalars + tensors + (extras.isGated ? [.shared(.scalar)] : [])
            + (extras.isAveraged ? [parameter, .shared(.scalar)] : [])
        try require(
            !parameter.isBatched && inputs == expected,
            "a step of \(self) takes parameter, gradient, rate, \(scalarCount) more numbers and \(tensorCount) tensors, not \(inputs)")
        return Array(repeating: parameter, count: 1 + stateCount + (extras.isAveraged ? 1 : 0))
    }
}
