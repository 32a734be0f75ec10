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

extension Graph {
    public mutating func weightedSum(_ x: Value, _ a: Value, _ y: Value, _ b: Value) throws(ShapeError) -> Value {
        try append(WeightedSum(), [x, a, y, b])[0]
    }

    public mutating func norm(_ values: [Value]) throws(ShapeError) -> Value { try append(EuclideanNorm(), values)[0] }
}
