import StriateGraph
import StriateLanes

extension Lowering {
    /// Channels, the elements of one in one image, and the parts in which steps go through them.
    private func channels(of value: Value) -> (count: Int, plane: Int, parts: Parts) {
        let shape = graph[value].shape, plane = shape[0] == 0 ? 0 : shape.count / shape[0]
        return (shape[0], plane, Parts(shape[0], lanesEach: plane))
    }

    mutating func lower(_ affine: ChannelAffine, _ node: Node) {
        let x = buffer(of: node.inputs[0]), scale = buffer(of: node.inputs[1])
        let offset = affine.hasOffset ? buffer(of: node.inputs[2]) : nil
        let result = makeBuffer(for: node.results[0]), channels = channels(of: node.inputs[0])
        addGroupStep("\(affine)", reads: [x, scale] + (offset.map { [$0] } ?? []), writes: [result], reusable: [x]) { places in
            ChannelAffineStep(
                x: places[x], scale: places[scale], offset: offset.map { places[$0] }, result: places[result],
                channels: channels.parts, plane: channels.plane)
        }
    }

    mutating func lower(_ normalization: BatchNormalization, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }, results = node.results.map { makeBuffer(for: $0) }
        let channels = channels(of: node.inputs[0])
        let takeovers = [(result: results[0], inputs: [inputs[0]] + inputs.dropFirst(3))]
        addBatchStep("\(normalization)", reads: inputs, writes: results, takeovers: takeovers) { places in
            BatchNormalizationStep(
                epsilon: normalization.epsilon, appliesReLU: normalization.appliesReLU, x: places[inputs[0]], scale: places[inputs[1]],
                shift: places[inputs[2]], residual: normalization.addsResidual ? places[inputs[3]] : nil, result: places[results[0]],
                mean: places[results[1]], variance: places[results[2]], channels: channels.parts, plane: channels.plane)
        }
    }

    mutating func lower(_ gradient: BatchNormalizationGradient, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }, results = node.results.map { makeBuffer(for: $0) }
        let x = inputs[0], upstreams = Array(inputs.suffix(gradient.upstreams)), channels = channels(of: node.inputs[0])
        let hasResult = uses[node.results[0].index] > 0
        // What is added up is written before x is read for the last time.
        let isSum = gradient.upstreams > 1 || gradient.mask == .result || gradient.returnsUpstream
        let passed = upstreams + (gradient.mask == .result ? [inputs[4]] : [])
        let sum = isSum ? (gradient.returnsUpstream ? results[3] : results[0]) : nil
        let takeovers = [(result: sum ?? results[0], inputs: passed)] + (sum == results[0] ? [] : [(result: results[0], inputs: [x] + passed)])
        addBatchStep("\(gradient)", reads: inputs, writes: results, takeovers: takeovers) { places in
            let slots = inputs.map { places[$0] }
            let upstream: BatchNormalizationGradientStep.Upstream = if let sum {
                .sum(
                    UpstreamSum(addends: upstreams.map { places[$0] }, y: gradient.mask == .result ? slots[4] : nil),
                    shift: gradient.mask == .normalized ? slots[4] : nil, into: places[sum])
            } else if gradient.mask == .normalized {
                .rectified(slots[5], shift: slots[4])
            } else {
                .plain(slots[4])
            }
            return BatchNormalizationGradientStep(
                epsilon: gradient.epsilon, x: slots[0], scale: slots[1], mean: slots[2], variance: slots[3], upstream: upstream,
                result: hasResult ? places[results[0]] : nil, scaleGradient: places[results[1]], shiftGradient: places[results[2]],
                channels: channels.parts, plane: channels.plane)
        }
    }

    mutating func lower(_ statistics: RunningStatistics, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }, channels = graph[node.inputs[0]].shape.count
        let (results, made, overwritten) = makeUpdates(node, of: Array(node.inputs[0..<2]))
        addBatchStep("\(statistics)", reads: inputs, writes: made, overwrites: overwritten) {
            RunningStatisticsStep(
                momentum: statistics.momentum, mean: $0[inputs[0]], variance: $0[inputs[1]], batchMean: $0[inputs[2]],
                batchVariance: $0[inputs[3]], newMean: $0[results[0]], newVariance: $0[results[1]], channels: channels,
                positions: statistics.positions)
        }
    }

    mutating func lower(_ normalization: LocalResponseNormalization, _ node: Node) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let window = ChannelWindow(normalization, graph[node.inputs[0]].shape)
        addGroupStep("\(normalization)", reads: [x], writes: [result]) {
            LocalResponseNormalizationStep(window: window, x: $0[x], result: $0[result])
        }
    }

    mutating func lower(_ gradient: LocalResponseNormalizationGradient, _ node: Node) {
        let x = buffer(of: node.inputs[0]), upstream = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        let window = ChannelWindow(gradient.forward, graph[node.inputs[0]].shape)
        // Neighbours' inputs are read until the end, but of upstream only what stands where the result goes.
        addGroupStep("\(gradient)", reads: [x, upstream], writes: [result], reusable: x == upstream ? [] : [upstream]) {
            LocalResponseNormalizationGradientStep(window: window, x: $0[x], upstream: $0[upstream], result: $0[result])
        }
    }
}
