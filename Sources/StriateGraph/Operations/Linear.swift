/// `y = W·x`. Inputs: features `[in]`, weight `[out, in]`, and the bias `[out]` where `hasBias`. Result `[out]`.
/// Bias and activation stand here only once ``Graph/fusingBiasAndActivation()`` has put them here.
public struct Linear: Operation {
    public var hasBias: Bool
    public var activation: Activation.Kind?

    public init(hasBias: Bool = false, activation: Activation.Kind? = nil) {
        self.hasBias = hasBias
        self.activation = activation
    }

    public var description: String { "linear" + (hasBias ? " + bias" : "") + (activation.map { " + \($0)" } ?? "") }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let (x, weight) = (inputs[0], inputs[1].shape)
        try require(
            x.isBatched && x.shape.rank == 1, "a linear layer takes features (one axis), not \(x.shape); flatten the pictures first")
        try require(
            !inputs[1].isBatched && weight.rank == 2 && weight[1] == x.shape[0],
            "a linear weight of \(weight) does not fit \(x.shape[0]) features")
        if hasBias { try require(inputs[2] == .shared([weight[0]]), "the bias of \(weight[0]) features cannot be \(inputs[2])") }
        return [.batched([weight[0]])]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        precondition(!hasBias && activation == nil, "gradients are taken before fusing")
        guard let upstream = upstream[0] else { return [nil, nil] }
        return [
            try graph.append(LinearInputGradient(), [upstream, node.inputs[1]])[0],
            try graph.append(LinearWeightGradient(), [node.inputs[0], upstream])[0],
        ]
    }

    public func multiplyAdds(for inputs: [ValueType]) -> Int { inputs[1].shape.count }
}

/// Gradient with respect to a linear layer's input. Inputs: upstream `[out]`, weight `[out, in]`. Result `[in]`.
public struct LinearInputGradient: Operation {
    public var description: String { "linear-input-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.batched([inputs[1].shape[1]])] }
    public func multiplyAdds(for inputs: [ValueType]) -> Int { inputs[1].shape.count }
}

/// Gradient with respect to a linear layer's weight, summed over the batch. Inputs: features `[in]`, upstream `[out]`.
public struct LinearWeightGradient: Operation {
    public var description: String { "linear-weight-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [.shared([inputs[1].shape[0], inputs[0].shape[0]])] }
    public func multiplyAdds(for inputs: [ValueType]) -> Int { inputs[0].shape[0] * inputs[1].shape[0] }
}

extension Graph {
    public mutating func linear(_ x: Value, weight: Value) throws(ShapeError) -> Value { try append(Linear(), [x, weight])[0] }
}
