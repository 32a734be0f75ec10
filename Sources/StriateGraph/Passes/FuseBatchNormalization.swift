extension Graph {
    /// Lets a batch normalisation add the residual and apply the ReLU that follow in the pass in which it writes its result, and
    /// its gradient take up what stands before it: the ReLU's gradient and the sum of what several readers of its result hand back.
    ///
    /// For graphs that hold the backward operations already, as these read the ReLU's result alone.
    public func fusingBatchNormalization() -> Graph { fusingIntoNormalizationGradients().fusingIntoNormalizations() }

    // MARK: - Backward

    private func fusingIntoNormalizationGradients() -> Graph {
        let search = UpstreamSearch(self)
        var fused = [Int: (gradient: Int, upstream: Upstream)]()  // by the node that makes the upstream value
        for (index, node) in nodes.enumerated() where node.operation is BatchNormalizationGradient {
            guard let (head, upstream) = search.upstream(of: node), fused[head] == nil else { continue }
            fused[head] = (index, upstream)
        }
        let absorbed = Set(fused.values.flatMap(\.upstream.absorbed))
        var gradients = [Int: [Value]]()  // results of gradients that stand earlier now, by the old node's first result
        return rebuilt { node, map, graph in
            if let results = gradients[node.results[0].index] { return results }
            let index = search.producers[node.results[0].index]
            if absorbed.contains(index) { return nil }
            guard let (place, upstream) = fused[index], var operation = nodes[place].operation as? BatchNormalizationGradient else {
                return graph.appendFitting(node.operation, node.inputs.map(map))
            }
            let gradient = nodes[place]
            operation.mask = upstream.mask?.kind
            operation.upstreams = upstream.addends.count
            operation.returnsUpstream = search.uses[node.results[0].index] > 1
            graph.path = gradient.path
            let inputs = gradient.inputs[..<4] + (upstream.mask.map { [$0.input] } ?? []) + upstream.addends
            let results = graph.appendFitting(operation, inputs.map(map))
            gradients[gradient.results[0].index] = Array(results[..<3])
            return operation.returnsUpstream ? [results[3]] : nil
        }
    }

    /// What a gradient of a batch normalisation can take up.
    fileprivate struct Upstream {
        var mask: (kind: BatchNormalizationGradient.Mask, input: Value)?
        var addends: [Value]
        /// Nodes that are left without readers.
        var absorbed: [Int]
    }

    private struct UpstreamSearch {
        let graph: Graph
        let uses: [Int]
        let producers: [Int]

        init(_ graph: Graph) {
            self.graph = graph
            uses = graph.uses
            producers = graph.producers
        }

        /// The node that makes a gradient's upstream value and what it makes it of; nil where that is nothing to take up.
        func upstream(of gradient: Node) -> (head: Int, upstream: Upstream)? {
            guard let operation = gradient.operation as? BatchNormalizationGradient, operation.mask == nil, operation.upstreams == 1 else {
                return nil
            }
            let head = producers[gradient.inputs[4].index], node = graph.nodes[head]
            var upstream = Upstream(addends: [], absorbed: [])
            if let activation = node.operation as? ActivationGradient, activation.kind == .relu {
                let shift = shift(of: gradient, rectifiedTo: node.inputs[0])
                upstream.mask = shift.map { (.normalized, $0) } ?? (.result, node.inputs[0])
                addends(of: node.inputs[1], &upstream)
            } else if isSum(node) {
                for input in node.inputs { addends(of: input, &upstream) }
            } else {
                return nil
            }
            // The fused operation stands where the upstream value was made.
            let needed = gradient.inputs[..<4] + (upstream.mask.map { [$0.input] } ?? [])
            guard needed.allSatisfy({ producers[$0.index] < head }) else { return nil }
            return (head, upstream)
        }

        /// The values that a chain of sums adds up, in their order; one that something else reads counts as a whole.
        private func addends(of value: Value, _ upstream: inout Upstream) {
            let index = producers[value.index], node = graph.nodes[index]
            // Only from left to right: other sums would round otherwise.
            guard uses[value.index] == 1, isSum(node), upstream.addends.isEmpty else {
                upstream.addends.append(value)
                return
            }
            upstream.absorbed.append(index)
            for input in node.inputs { addends(of: input, &upstream) }
        }

        private func isSum(_ node: Node) -> Bool {
            node.operation as? Arithmetic == Arithmetic(.add) && node.inputs.allSatisfy { graph[$0] == graph[node.results[0]] }
        }

        /// The shift of the normalisation whose gradient this is, if `result` is what a ReLU makes of nothing but its result.
        private func shift(of gradient: Node, rectifiedTo result: Value) -> Value? {
            let forward = graph.nodes[producers[gradient.inputs[2].index]], activation = graph.nodes[producers[result.index]]
            guard let operation = forward.operation as? BatchNormalization, !operation.addsResidual, !operation.appliesReLU,
                Array(forward.inputs[..<2]) == Array(gradient.inputs[..<2]), activation.operation as? Activation == Activation(.relu),
                activation.inputs[0] == forward.results[0]
            else { return nil }
            return forward.inputs[2]
        }
    }

    // MARK: - Forward

    private func fusingIntoNormalizations() -> Graph {
        let uses = self.uses, producers = self.producers
        var readers = [Int: Node]()
        for node in nodes { for input in node.inputs { readers[input.index] = node } }
        func onlyReader(of value: Value) -> Node? { uses[value.index] == 1 ? readers[value.index] : nil }

        var absorbed = [Int: Value]()  // what takes the place of a node's result that a normalisation makes now
        return rebuilt { node, map, graph in
            if let result = absorbed[node.results[0].index] { return [result] }
            guard var operation = node.operation as? BatchNormalization, !operation.addsResidual, !operation.appliesReLU else {
                return graph.appendFitting(node.operation, node.inputs.map(map))
            }
            var inputs = node.inputs, last = node.results[0], taken = [Value]()
            if let sum = onlyReader(of: last), sum.operation as? Arithmetic == Arithmetic(.add),
                let residual = sum.inputs.first(where: { $0 != last }), self[residual] == self[last],
                // The residual must stand before this node: of two normalisations that are added, the later one adds.
                producers[residual.index] < producers[last.index]
            {
                operation.addsResidual = true
                inputs.append(residual)
                last = sum.results[0]
                taken.append(last)
            }
            if let next = onlyReader(of: last), next.operation as? Activation == Activation(.relu) {
                operation.appliesReLU = true
                taken.append(next.results[0])
            }
            let results = graph.appendFitting(operation, inputs.map(map))
            for value in taken { absorbed[value.index] = results[0] }
            return results
        }
    }
}
