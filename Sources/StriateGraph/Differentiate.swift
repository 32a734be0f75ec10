extension Graph {
    /// Appends the backward operations of `loss` (reverse-mode differentiation).
    ///
    /// - Parameters:
    ///   - loss: A shared scalar.
    ///   - values: What to differentiate by, usually the variables that are parameters.
    /// - Returns: The gradient for each of `values`, in their order; nil where the loss does not depend on it.
    public mutating func differentiate(_ loss: Value, by values: [Value]) throws(ShapeError) -> [Value?] {
        guard self[loss] == .shared(.scalar) else { throw ShapeError("only one number can be differentiated, not \(self[loss])") }
        let forward = nodes
        let needed = dependents(on: values, in: forward)
        let enclosing = path
        defer { path = enclosing }

        var gradients = [Int: Value]()
        gradients[loss.index] = constant(Tensor(1))
        for node in forward.reversed() {
            guard node.inputs.contains(where: { needed[$0.index] }) else { continue }
            let upstream = node.results.map { gradients[$0.index] }
            guard upstream.contains(where: { $0 != nil }) else { continue }
            path = node.path
            let contributions = try node.operation.gradient(of: node, upstream: upstream, in: &self)
            for (input, contribution) in zip(node.inputs, contributions) where needed[input.index] {
                guard let contribution else { continue }
                gradients[input.index] = try gradients[input.index].map { (sum) throws(ShapeError) in try add(sum, contribution) } ?? contribution
            }
        }
        return values.map { gradients[$0.index] }
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
