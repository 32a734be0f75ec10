import StriateGraph

/// Batch normalisation at inference, as ``Graph/normalize(_:scale:shift:mean:variance:epsilon:)`` makes it of simpler operations.
/// ONNX has one operator for it.
struct BatchNormalizationPattern {
    let x: Value
    let scale: Value
    let shift: Value
    let mean: Value
    let variance: Value
    let epsilon: Float
    /// The operations on statistics, which nothing else reads.
    private let inner: [Value]

    /// By the index of the result.
    static func all(in graph: Graph) -> [Int: BatchNormalizationPattern] {
        let producers = graph.producers, uses = graph.uses
        var patterns = [Int: BatchNormalizationPattern]()
        for node in graph.nodes where node.operation == ChannelAffine() {
            if let pattern = BatchNormalizationPattern(node, graph, producers, uses) { patterns[node.results[0].index] = pattern }
        }
        return patterns
    }

    static func isPart(_ node: Node, of patterns: [Int: BatchNormalizationPattern]) -> Bool {
        patterns.values.contains { $0.inner.contains(node.results[0]) }
    }

    private init?(_ node: Node, _ graph: Graph, _ producers: [Int], _ uses: [Int]) {
        func inputs(_ value: Value, of operation: any Operation) -> [Value]? {
            let node = graph.nodes[producers[value.index]]
            return node.operation == operation ? node.inputs : nil
        }
        let slope = node.inputs[1], offset = node.inputs[2]
        guard let scaling = inputs(slope, of: Arithmetic(.multiply)),
            let rooting = inputs(scaling[1], of: ElementFunction(.reciprocalSquareRoot)),
            let adding = inputs(rooting[0], of: Arithmetic(.add)),
            let constant = graph.nodes[producers[adding[1].index]].operation as? Constant, constant.tensor.shape.count == 1,
            let shifting = inputs(offset, of: Arithmetic(.subtract)),
            let meeting = inputs(shifting[1], of: Arithmetic(.multiply)), meeting[1] == slope,
            uses[slope.index] == 2, [offset, scaling[1], rooting[0], shifting[1]].allSatisfy({ uses[$0.index] == 1 })
        else { return nil }
        x = node.inputs[0]
        scale = scaling[0]
        shift = shifting[0]
        mean = meeting[0]
        variance = adding[0]
        epsilon = constant.tensor.values[0]
        inner = [slope, offset, scaling[1], rooting[0], shifting[1]] + (uses[adding[1].index] == 1 ? [adding[1]] : [])
    }
}

extension GraphExporter {
    mutating func export(_ pattern: BatchNormalizationPattern, result: Value) {
        let inputs = [pattern.x, pattern.scale, pattern.shift, pattern.mean, pattern.variance].map { name($0) }
        append("BatchNormalization", inputs, [ProtoAttribute("epsilon", pattern.epsilon)], making: result)
    }
}

private func == (a: any Operation, b: any Operation) -> Bool { AnyHashable(a) == AnyHashable(b) }
