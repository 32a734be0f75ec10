import StriateGraph
import StriateLanes

extension Lowering {
    mutating func lower(_ rule: GradientDescent, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }
        addUpdate(node, of: [node.inputs[0]] + node.inputs.dropFirst(3)) { places, results in
            Descent(
                rule: rule, parameter: places[inputs[0]], rate: places[inputs[2]], velocity: inputs.count > 3 ? places[inputs[3]] : nil,
                newParameter: places[results[0]], newVelocity: results.count > 1 ? places[results[1]] : nil)
        }
    }

    mutating func lower(_ rule: LevenbergMarquardt, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }
        addUpdate(node, of: [node.inputs[0]]) { places, results in
            DampedDescent(
                damping: rule.damping, parameter: places[inputs[0]], rate: places[inputs[2]], curvature: places[inputs[3]],
                newParameter: places[results[0]])
        }
    }

    /// An optimiser's step along the gradient that is the node's second input. Where that comes from a linear layer and goes nowhere
    /// else, it is computed on the way.
    private mutating func addUpdate(
        _ node: Node, of variables: [Value], rule: @escaping @Sendable (_ places: Placement, _ results: [Buffer]) -> some ParameterUpdate
    ) {
        let inputs = node.inputs.map { buffer(of: $0) }, count = graph[node.results[0]].shape.count
        let (results, made, overwritten) = makeUpdates(node, of: variables)
        let gradient = inputs[1], others = [inputs[0]] + inputs.dropFirst(2)
        if uses[node.inputs[1].index] == 1, let (product, images, upstream, nodes) = takeOuterProduct(gradient) {
            addBatchStep(
                "outer product and \(node.operation)", reads: [images, upstream] + others, writes: made, overwrites: overwritten,
                others: nodes
            ) {
                OuterProductUpdateStep(product: product, x: $0[images], upstream: $0[upstream], rule: rule($0, results))
            }
        } else {
            addBatchStep("\(node.operation)", reads: inputs, writes: made, overwrites: overwritten) {
                UpdateStep(rule: rule($0, results), gradient: $0[gradient], count: count)
            }
        }
    }

    /// Places for a node's results, each what one of its inputs becomes: where that is a variable that nothing else reads afterwards,
    /// its own place.
    ///
    /// - Returns: All places; those that were made; those that the step overwrites.
    mutating func makeUpdates(_ node: Node, of variables: [Value]) -> (results: [Buffer], made: [Buffer], overwritten: [Buffer]) {
        var made = [Buffer](), overwritten = [Buffer]()
        let results = zip(node.results, variables).map { result, variable in
            if isInPlace(result, variable) {
                alias(result, to: buffer(of: variable))
                overwritten.append(buffer(of: variable))
            } else {
                made.append(makeBuffer(for: result))
            }
            return buffer(of: result)
        }
        return (results, made, overwritten)
    }

    /// Whether a result is just what a variable becomes, so that it can be computed where the variable is.
    private func isInPlace(_ result: Value, _ variable: Value) -> Bool {
        graph.updates.contains { $0.variable == variable && $0.value == result }
            && graph.updates.count { $0.variable == variable } == 1
            // Who reads the new value must not find the old one there.
            && !graph.nodes.contains { $0.inputs.contains(result) }
    }
}
