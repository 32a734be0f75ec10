extension Graph {
    /// Drops every operation that no output and no update depends on, such as the gradient of the first layer's input.
    /// Inputs stay, so that what a program is fed does not depend on what it computes.
    public func removingDeadValues() -> Graph {
        var alive = Array(repeating: false, count: types.count)
        for output in outputs { alive[output.value.index] = true }
        for update in updates {
            alive[update.value.index] = true
            alive[update.variable.index] = true
        }
        for node in nodes.reversed() where node.results.contains(where: { alive[$0.index] }) {
            for input in node.inputs { alive[input.index] = true }
        }
        return rebuilt { node, map, graph in
            guard node.operation is Input || node.results.contains(where: { alive[$0.index] }) else { return nil }
            return graph.appendFitting(node.operation, node.inputs.map(map))
        }
    }
}
