extension Graph {
    /// Computes once what is computed twice: equal operations on the same values, sums and products in either order.
    public func mergingEqualValues() -> Graph {
        struct Key: Hashable {
            let operation: AnyHashable
            let inputs: [Value]
        }
        var known = [Key: [Value]]()
        return rebuilt { node, map, graph in
            let inputs = node.inputs.map(map)
            if node.operation is Input || node.operation is Variable { return graph.appendFitting(node.operation, inputs) }
            let isCommutative = [Arithmetic(.add), Arithmetic(.multiply)].contains { $0 == node.operation as? Arithmetic }
            let operands = isCommutative ? inputs.sorted { $0.index < $1.index } : inputs
            let key = Key(operation: AnyHashable(node.operation), inputs: operands)
            if let results = known[key] { return results }
            let results = graph.appendFitting(node.operation, inputs)
            known[key] = results
            return results
        }
    }
}
