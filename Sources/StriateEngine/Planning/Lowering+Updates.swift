import StriateGraph
import StriateLanes

extension Lowering {
    /// An optimiser's step along the gradient that is the node's second input. Where that comes from a linear layer and goes nowhere
    /// else, it is computed on the way.
    mutating func lower(_ rule: some LaneUpdate, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }, count = graph[node.results[0]].shape.count
        let states = node.inputs[rule.firstTensor..<rule.firstTensor + rule.stateCount]
        let (results, made, overwritten) = makeUpdates(node, of: [node.inputs[0]] + states + (rule.average.map { [node.inputs[$0]] } ?? []))
        @Sendable func places(_ placement: Placement) -> UpdatePlaces {
            UpdatePlaces(
                inputs: inputs.map { placement[$0] }, results: results.map { placement[$0] }, firstTensor: rule.firstTensor,
                stateCount: rule.stateCount, gate: rule.gate, average: rule.average)
        }
        let gradient = inputs[1], others = [inputs[0]] + inputs.dropFirst(2)
        if uses[node.inputs[1].index] == 1, let (product, images, upstream, nodes) = takeOuterProduct(gradient) {
            addBatchStep(
                "outer product and \(rule)", reads: [images, upstream] + others, writes: made, overwrites: overwritten, others: nodes
            ) {
                OuterProductUpdateStep(product: product, x: $0[images], upstream: $0[upstream], rule: rule, places: places($0))
            }
        } else {
            addBatchStep("\(rule)", reads: inputs, writes: made, overwrites: overwritten) {
                UpdateStep(rule: rule, places: places($0), gradient: $0[gradient], count: count)
            }
        }
    }

    mutating func lower(_ sum: WeightedSum, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }, pieces = Parts(floats: graph[node.results[0]].shape.count)
        let (results, made, overwritten) = makeUpdates(node, of: [node.inputs[0]])
        addBatchStep("\(sum)", reads: inputs, writes: made, overwrites: overwritten) {
            WeightedSumStep(
                x: $0[inputs[0]], a: $0[inputs[1]], y: $0[inputs[2]], b: $0[inputs[3]], result: $0[results[0]], pieces: pieces)
        }
    }

    mutating func lower(_ norm: EuclideanNorm, _ node: Node) {
        addNorm(of: node.inputs, makeBuffer(for: node.results[0]), name: "\(norm)")
    }

    mutating func lower(_ ratio: TrustRatio, _ node: Node) {
        let (w, g) = (buffer(of: node.inputs[0]), buffer(of: node.inputs[1])), result = makeBuffer(for: node.results[0])
        addBatchStep("\(ratio)", reads: [w, g], writes: [result]) {
            TrustRatioStep(ratio: ratio, w: $0[w], g: $0[g], result: $0[result])
        }
    }

    mutating func lower(_ momentum: AverageMomentum, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }, pieces = Parts(floats: graph[node.results[0]].shape.count)
        let (results, made, overwritten) = makeUpdates(node, of: [node.inputs[0]]), direction = makeBuffer(for: node.results[1])
        addBatchStep("\(momentum)", reads: inputs, writes: made + [direction], overwrites: overwritten) {
            AverageMomentumStep(
                momentum: momentum, v: $0[inputs[0]], gradient: $0[inputs[1]], gate: momentum.isGated ? $0[inputs[2]] : nil,
                newV: $0[results[0]], direction: $0[direction], pieces: pieces)
        }
    }

    mutating func addNorm(of values: [Value], _ result: Buffer, name norm: String) {
        var sums = [(buffer: Buffer, count: Int)]()
        for value in values {
            let x = buffer(of: value), count = graph[value].shape.count
            let parts = (count + SquareSumsStep.floatsInPart - 1) / SquareSumsStep.floatsInPart, own = makeBuffer(.floats(parts))
            addBatchStep("squares for \(norm)", reads: [x], writes: [own]) { SquareSumsStep(x: $0[x], sums: $0[own], count: count) }
            sums.append((own, parts))
        }
        addBatchStep("\(norm)", reads: sums.map(\.buffer), writes: [result]) { [sums] places in
            NormStep(sums: sums.map { (places[$0.buffer], $0.count) }, result: places[result])
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
