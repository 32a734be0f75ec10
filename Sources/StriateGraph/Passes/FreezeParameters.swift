extension Graph {
    /// The same training graph with batch normalisations whose scale and shift are frozen as at inference: by their running statistics,
    /// which stay as they are too.
    ///
    /// - Parameter frozen: The names of variables.
    public func freezingBatchNormalization(of frozen: Set<String>) -> Graph {
        let producers = self.producers
        func isFrozen(_ value: Value) -> Bool { (nodes[producers[value.index]].operation as? Variable).map { frozen.contains($0.name) } ?? false }
        // The statistics' node by the batch's mean that it follows.
        var followers = [Value: Node]()
        for node in nodes where node.operation is RunningStatistics { followers[node.inputs[2]] = node }
        var stopped = Set<Value>()
        return rebuilt { node, map, graph in
            if let normalization = node.operation as? BatchNormalization, isFrozen(node.inputs[1]), isFrozen(node.inputs[2]),
                let follower = followers[node.results[1]]
            {
                stopped.insert(node.results[1])
                let (mean, variance) = (map(follower.inputs[0]), map(follower.inputs[1]))
                let normalized = graph.appendFixedNormalization(normalization, node.inputs.map(map), mean: mean, variance: variance)
                return [normalized, mean, variance]
            }
            // What they took from the batch is now themselves.
            if node.operation is RunningStatistics, stopped.contains(node.inputs[2]) { return node.inputs[0..<2].map(map) }
            return graph.appendFitting(node.operation, node.inputs.map(map))
        }
    }

    private mutating func appendFixedNormalization(
        _ normalization: BatchNormalization, _ inputs: [Value], mean: Value, variance: Value
    ) -> Value {
        do {
            return try normalize(
                inputs[0], scale: inputs[1], shift: inputs[2], mean: mean, variance: variance, epsilon: normalization.epsilon)
        } catch { fatalError("a pass broke a shape: \(error)") }
    }
}
