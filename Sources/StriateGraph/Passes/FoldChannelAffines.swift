extension Graph {
    /// Multiplies a channel-wise scale into the weight of the convolution or linear layer before it, and into its bias, to which it adds
    /// the offset: batch normalisation costs nothing at inference. Only where nothing else reads the values between.
    ///
    /// The new weight is computed from the old one in the graph, so that variables keep their names and meaning.
    public func foldingChannelAffines() -> Graph {
        let uses = self.uses, producers = self.producers
        func onlyRead(_ value: Value) -> Node? { uses[value.index] == 1 ? nodes[producers[value.index]] : nil }

        var foldings = [Int: Folding]()  // by the result of the affine
        var absorbed = Set<Value>()
        for node in nodes where node.operation is ChannelAffine {
            guard var layer = onlyRead(node.inputs[0]) else { continue }
            var bias: Value?
            if layer.operation is AddBias, let before = onlyRead(layer.inputs[0]) {
                bias = layer.inputs[1]
                layer = before
            }
            guard isPlainLayer(layer.operation) else { continue }
            foldings[node.results[0].index] = Folding(layer: layer, bias: bias, affine: node)
            absorbed.formUnion([layer.results[0], node.inputs[0]])
        }
        return rebuilt { node, map, graph in
            if absorbed.contains(node.results[0]) { return nil }
            guard let folding = foldings[node.results[0].index] else { return graph.appendFitting(node.operation, node.inputs.map(map)) }
            graph.path = folding.layer.path
            return [folding.append(to: &graph, map)]
        }
    }
}

/// A layer, its bias where it has one, and the scale and offset behind them.
private struct Folding {
    let layer: Node
    let bias: Value?
    let affine: Node

    /// `(W·x + b)·s + t = (W·s)·x + (b·s + t)`
    func append(to graph: inout Graph, _ map: (Value) -> Value) -> Value {
        let weight = map(layer.inputs[1]), scale = map(affine.inputs[1])
        let shape = graph[weight].shape
        let rows = Shape([shape[0]] + Array(repeating: 1, count: shape.rank - 1))
        let perOutput = graph.appendFitting(Reshape(rows), [scale])[0]
        let scaled = graph.appendFitting(Arithmetic(.multiply), [weight, perOutput])[0]
        var offset = affine.inputs.count > 2 ? map(affine.inputs[2]) : nil
        if let bias {
            let product = graph.appendFitting(Arithmetic(.multiply), [map(bias), scale])[0]
            offset = offset.map { graph.appendFitting(Arithmetic(.add), [product, $0])[0] } ?? product
        }
        let sums = graph.appendFitting(layer.operation, [map(layer.inputs[0]), scaled])[0]
        return offset.map { graph.appendFitting(AddBias(), [sums, $0])[0] } ?? sums
    }
}
