extension Graph {
    /// Lets a convolution or linear layer start its sums from the bias and finish with the activation, where nothing else
    /// reads the values between. Backward operations need only the activation's result, so training graphs fuse as well.
    public func fusingBiasAndActivation() -> Graph {
        let uses = self.uses
        var readers = [Int: Node]()
        for node in nodes { for input in node.inputs { readers[input.index] = node } }
        func onlyReader(of value: Value) -> Node? { uses[value.index] == 1 ? readers[value.index] : nil }

        var absorbed = [Int: [Value]]()  // results of nodes that a fused one has taken in, by their old result
        return rebuilt { node, map, graph in
            if let results = absorbed[node.results[0].index] { return results }
            guard isPlainLayer(node.operation) else { return graph.appendFitting(node.operation, node.inputs.map(map)) }

            var inputs = node.inputs, chain = [node]
            var hasBias = false, activation: Activation.Kind?
            // The bias must stand before this node, or the fused one could not read it.
            if let next = onlyReader(of: node.results[0]), next.operation is AddBias, next.inputs[0] == node.results[0],
                next.inputs[1].index < node.results[0].index
            {
                inputs.append(next.inputs[1])
                hasBias = true
                chain.append(next)
            }
            if let next = onlyReader(of: chain[chain.count - 1].results[0]), let function = next.operation as? Activation {
                activation = function.kind
                chain.append(next)
            }
            let operation = fused(node.operation, hasBias: hasBias, activation: activation)
            let results = graph.appendFitting(operation, inputs.map(map))
            for next in chain.dropFirst() { absorbed[next.results[0].index] = results }
            return results
        }
    }
}

/// Whether this is a convolution or linear layer with which nothing has been fused yet.
func isPlainLayer(_ operation: any Operation) -> Bool {
    switch operation {
    case let convolution as Convolution: !convolution.hasBias && convolution.activation == nil && convolution.pool == nil
    case let linear as Linear: !linear.hasBias && linear.activation == nil
    default: false
    }
}

private func fused(_ operation: any Operation, hasBias: Bool, activation: Activation.Kind?) -> any Operation {
    switch operation {
    case var convolution as Convolution:
        convolution.hasBias = hasBias
        convolution.activation = activation
        return convolution
    case var linear as Linear:
        linear.hasBias = hasBias
        linear.activation = activation
        return linear
    default: return operation
    }
}
