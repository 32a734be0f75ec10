extension Graph {
    /// A copy in which `transform` decides what becomes of each node: the tool that passes are written with.
    ///
    /// `transform` sees nodes in order, appends what it wants to the new graph and returns the new results. `map` gives the new
    /// value for an old one. Returning nil drops the node; nothing that stays may read its results.
    func rebuilt(
        _ transform: (_ node: Node, _ map: (Value) -> Value, _ graph: inout Graph) -> [Value]?
    ) -> Graph {
        var graph = Graph()
        var moved = [Value?](repeating: nil, count: types.count)
        func map(_ value: Value) -> Value {
            guard let new = moved[value.index] else { fatalError("a pass dropped %\(value.index), which is still read") }
            return new
        }
        for node in nodes {
            graph.path = node.path
            guard let results = transform(node, map, &graph) else { continue }
            for (old, new) in zip(node.results, results) { moved[old.index] = new }
        }
        for output in outputs { graph.output(output.name, map(output.value)) }
        for update in updates { graph.update(map(update.variable), to: map(update.value)) }
        graph.path = path
        return graph
    }

    /// Appends an operation whose inputs a pass has shown to fit.
    mutating func appendFitting(_ operation: any Operation, _ inputs: [Value]) -> [Value] {
        do { return try append(operation, inputs) } catch { fatalError("a pass broke a shape: \(error)") }
    }
}
