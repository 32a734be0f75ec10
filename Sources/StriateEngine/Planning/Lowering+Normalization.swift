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

    /// Three steps: each group's moments, the batch's, and the normalised values.
    mutating func lower(_ normalization: BatchNormalization, _ node: Node) {
        let x = buffer(of: node.inputs[0]), scale = buffer(of: node.inputs[1]), shift = buffer(of: node.inputs[2])
        let result = makeBuffer(for: node.results[0])
        let mean = makeBuffer(for: node.results[1]), variance = makeBuffer(for: node.results[2])
        let channels = channels(of: node.inputs[0]), epsilon = normalization.epsilon
        let share = makeBuffer(.groupFloats(2 * channels.count))
        addGroupStep("moments of a group", reads: [x], writes: [share]) {
            MomentsStep(x: $0[x], share: $0[share], channels: channels.parts, plane: channels.plane)
        }
        addBatchStep("moments of the batch", reads: [share], writes: [mean, variance]) {
            CombineMomentsStep(
                share: $0[share], mean: $0[mean], variance: $0[variance], channels: channels.count, plane: channels.plane)
        }
        addGroupStep("\(normalization)", reads: [x, scale, shift, mean, variance], writes: [result], reusable: [x]) {
            NormalizeStep(
                epsilon: epsilon, x: $0[x], scale: $0[scale], shift: $0[shift], mean: $0[mean], variance: $0[variance],
                result: $0[result], channels: channels.parts, plane: channels.plane)
        }
    }

    /// Three steps: each group's sums, the parameters' gradients, and the input's.
    mutating func lower(_ gradient: BatchNormalizationGradient, _ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }, results = node.results.map { makeBuffer(for: $0) }
        let (x, upstream, scale, mean, variance) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
        let (result, scaleGradient, shiftGradient) = (results[0], results[1], results[2])
        let channels = channels(of: node.inputs[0]), epsilon = gradient.epsilon
        let share = makeBuffer(.groupFloats(2 * channels.count))
        addGroupStep("\(gradient): sums of a group", reads: [x, upstream, mean], writes: [share]) {
            NormalizationSumsStep(
                x: $0[x], upstream: $0[upstream], mean: $0[mean], share: $0[share], channels: channels.parts, plane: channels.plane)
        }
        addBatchStep("\(gradient): parameters", reads: [share, variance], writes: [scaleGradient, shiftGradient]) {
            NormalizationParametersStep(
                epsilon: epsilon, share: $0[share], variance: $0[variance], scaleGradient: $0[scaleGradient],
                shiftGradient: $0[shiftGradient], channels: channels.count)
        }
        // Of the first layer nobody asks for the input's gradient.
        guard uses[node.results[0].index] > 0 else { return }
        addGroupStep("\(gradient)", reads: inputs + [scaleGradient, shiftGradient], writes: [result], reusable: [upstream, x]) {
            NormalizationInputGradientStep(
                epsilon: epsilon, x: $0[x], upstream: $0[upstream], scale: $0[scale], mean: $0[mean], variance: $0[variance],
                scaleGradient: $0[scaleGradient], shiftGradient: $0[shiftGradient], result: $0[result], channels: channels.parts,
                plane: channels.plane)
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
