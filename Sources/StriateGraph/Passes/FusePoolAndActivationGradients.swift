extension Graph {
    /// Spreads a pool's gradient and multiplies it by the slope of the activation before the pool in one go, so that the
    /// largest maps of a network are written once, not twice. Only where windows tile the picture: each element is then in
    /// just one of them.
    public func fusingPoolAndActivationGradients() -> Graph {
        let uses = self.uses, producers = self.producers
        var spread = [Int: Node]()  // gradients of pools that only an activation's gradient reads, by their result
        for node in nodes {
            guard let gradient = node.operation as? ActivationGradient else { continue }
            let pool = nodes[producers[node.inputs[1].index]]
            guard uses[node.inputs[1].index] == 1, let fused = fused(pool, gradient, activated: node.inputs[0]) else { continue }
            spread[node.results[0].index] = Node(operation: fused.operation, inputs: fused.inputs, results: node.results, path: node.path)
        }
        return rebuilt { node, map, graph in
            let node = spread[node.results[0].index] ?? node
            return graph.appendFitting(node.operation, node.inputs.map(map))
        }.removingDeadValues()
    }

    private func fused(
        _ pool: Node, _ gradient: ActivationGradient, activated: Value
    ) -> (operation: PoolActivationGradient, inputs: [Value])? {
        switch pool.operation {
        case let average as AveragePoolGradient where tiles(average.window, average.inputShape):
            let operation = PoolActivationGradient(pool: .average, window: average.window, activation: gradient.kind)
            return (operation, [activated, pool.inputs[0]])
        case let max as MaxPoolGradient where tiles(max.window, self[activated].shape) && pool.inputs[0] == activated:
            let operation = PoolActivationGradient(pool: .max, window: max.window, activation: gradient.kind)
            return (operation, [activated, pool.inputs[2], pool.inputs[1]])
        default: return nil
        }
    }

    private func tiles(_ window: Window, _ picture: Shape) -> Bool {
        window == Window(kernel: window.kernel, stride: window.kernel) && picture[1] % window.kernel.rows == 0
            && picture[2] % window.kernel.columns == 0
    }
}
