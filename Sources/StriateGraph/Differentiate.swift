extension Graph {
    /// Appends the backward operations of `loss` (reverse-mode differentiation).
    ///
    /// - Parameters:
    ///   - loss: A shared scalar.
    ///   - values: What to differentiate by, usually the variables that are parameters.
    /// - Returns: The gradient for each of `values`, in their order; nil where the loss does not depend on it.
    public mutating func differentiate(_ loss: Value, by values: [Value]) throws(ShapeError) -> [Value?] {
        guard self[loss] == .shared(.scalar) else { throw ShapeError("only one number can be differentiated, not \(self[loss])") }
        let one = constant(Tensor(1))
        return try propagateBack(from: loss, one, to: values) { (operation, node, upstream, graph) throws(ShapeError) in
            try operation.gradient(of: node, upstream: upstream, in: &graph)
        }
    }

    /// Appends the Gauss–Newton back-propagation of diagonal second derivatives (LeCun et al., 1998, appendix C): the backward pass
    /// with weights, inputs and slopes squared.
    ///
    /// - Parameters:
    ///   - value: Where the pass begins, batched.
    ///   - curvature: The loss's second derivative by each element of `value`.
    ///   - values: The parameters.
    /// - Returns: For each parameter the sum over the batch, nil where `value` does not depend on it.
    /// - Throws: ``ShapeError`` naming an operation without a rule.
    public mutating func secondDerivatives(from value: Value, _ curvature: Value, by values: [Value]) throws(ShapeError) -> [Value?] {
        try propagateBack(from: value, curvature, to: values) { (operation, node, upstream, graph) throws(ShapeError) in
            try operation.curvature(of: node, upstream: upstream, in: &graph)
        }
    }

    /// Walks from `root` towards `values` and lets `rule` say what each operation hands to its inputs; contributions add up.
    private mutating func propagateBack(
        from root: Value, _ seed: Value, to values: [Value],
        rule: (any Operation, Node, [Value?], inout Graph) throws(ShapeError) -> [Value?]
    ) throws(ShapeError) -> [Value?] {
        let forward = nodes
        let needed = dependents(on: values, in: forward)
        let enclosing = path
        defer { path = enclosing }

        var sums = [root.index: seed]
        for node in forward.reversed() {
            guard node.inputs.contains(where: { needed[$0.index] }) else { continue }
            let upstream = node.results.map { sums[$0.index] }
            guard upstream.contains(where: { $0 != nil }) else { continue }
            path = node.path
            let contributions = try rule(node.operation, node, upstream, &self)
            for (input, contribution) in zip(node.inputs, contributions) where needed[input.index] {
                guard let contribution else { continue }
                sums[input.index] = try sums[input.index].map { (sum) throws(ShapeError) in try add(sum, contribution) } ?? contribution
            }
        }
        return values.map { sums[$0.index] }
    }

    /// For each value whether it depends on one of `values`: gradients flow only there.
    private func dependents(on values: [Value], in nodes: [Node]) -> [Bool] {
        var depends = Array(repeating: false, count: types.count)
        for value in values { depends[value.index] = true }
        for node in nodes where node.inputs.contains(where: { depends[$0.index] }) {
            for result in node.results { depends[result.index] = true }
        }
        return depends
    }
}
