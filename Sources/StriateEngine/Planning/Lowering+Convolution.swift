import StriateGraph
import StriateLanes

extension Lowering {
    mutating func lower(_ convolution: Convolution, _ node: Node) {
        let geometry = ConvolutionGeometry(
            convolution.window, groups: convolution.groups, input: graph[node.inputs[0]].shape, output: graph[node.results[0]].shape,
            precision: convolution.precision)
        if let winograd = geometry.winograd { return addForward(winograd, convolution, node) }
        let x = buffer(of: node.inputs[0])
        let groups = ChannelGroups(
            count: geometry.groups, xStep: geometry.channels * geometry.input.count,
            resultStep: geometry.outputs * geometry.output.count)
        addForward(
            geometry.forward(pools: convolution.pool != nil), taps: geometry.forwardTaps, tapsOfChannel: geometry.taps, groups: groups, x: x, node: node, hasBias: convolution.hasBias,
            activation: convolution.activation, pool: convolution.pool)
    }

    mutating func lower(_ linear: Linear, _ node: Node) {
        if lowerStreamed(linear, node) { return }
        let inputs = graph[node.inputs[0]].shape[0], outputs = graph[node.results[0]].shape[0]
        let walk = Walk.linear(.packed, inputs: inputs, outputs: outputs, weightStep: 1)
        addForward(
            BlockedWalk(walk), taps: Array(0..<inputs), tapsOfChannel: 1, groups: ChannelGroups(), x: buffer(of: node.inputs[0]), node: node, hasBias: linear.hasBias,
            activation: linear.activation)
    }

    private mutating func addForward(
        _ walk: BlockedWalk, taps: [Int], tapsOfChannel: Int, groups: ChannelGroups, x: Buffer, node: Node, hasBias: Bool, activation: Activation.Kind?,
        pool: Pool.Kind? = nil
    ) {
        let weights = buffer(of: node.inputs[1]), bias = hasBias ? buffer(of: node.inputs[2]) : nil
        let (result, pooled) = makeResults(node, pool: pool)
        let (packed, groups) = pack(
            weights, for: walk.walk, taps: taps, tapsOfChannel: tapsOfChannel, outputStep: taps.count, groups: groups,
            weightStep: walk.walk.outputs * taps.count)
        addGroupStep(
            "\(node.operation)", reads: [x, packed] + (bias.map { [$0] } ?? []), writes: [result, pooled?.buffer].compactMap { $0 }
        ) { places in
            WalkStep(
                walk: walk, x: places[x], weights: places[packed], result: result.map { places[$0] }, bias: bias.map { places[$0] },
                activation: activation, pool: pooled.map { .init(kind: $0.kind, result: places[$0.buffer]) }, groups: groups)
        }
    }

    /// A result that only the pool reads never leaves the step.
    mutating func makeResults(_ node: Node, pool: Pool.Kind?) -> (result: Buffer?, pooled: (kind: Pool.Kind, buffer: Buffer)?) {
        let pooled = pool.map { kind in (kind: kind, buffer: makeBuffer(for: node.results[1])) }
        return (pooled != nil && uses[node.results[0].index] == 0 ? nil : makeBuffer(for: node.results[0]), pooled)
    }

    mutating func lower(_ gradient: ConvolutionInputGradient, _ node: Node) {
        let upstreamShape = graph[node.inputs[0]].shape
        let geometry = ConvolutionGeometry(
            gradient.window, groups: gradient.groups, input: gradient.inputShape, output: upstreamShape, precision: gradient.precision)
        if geometry.isLinear { return lowerLinearInputGradient(node) }
        if let winograd = geometry.inputGradientWinograd { return addInputGradient(winograd, geometry, node) }
        let phases = InputGradientGeometry(geometry)
        let upstream = buffer(of: node.inputs[0])
        let weights = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        for row in phases.rowPhases {
            for column in phases.columnPhases {
                let (walk, taps, resultOffset) = phases.walk(row, column)
                let (packed, groups) = pack(
                    weights, for: walk.walk, taps: taps, tapsOfChannel: row.count * column.count, outputStep: geometry.taps,
                    groups: ChannelGroups(
                        count: gradient.groups, xStep: geometry.outputs * geometry.output.count,
                        resultStep: geometry.channels * geometry.input.count),
                    weightStep: geometry.outputs * geometry.channels * geometry.taps)
                addGroupStep("\(node.operation)", reads: [upstream, packed], writes: [result]) { places in
                    WalkStep(
                        walk: walk, x: places[upstream], weights: places[packed], result: places[result], resultOffset: resultOffset,
                        groups: groups)
                }
            }
        }
    }

    mutating func lower(_ gradient: ConvolutionWeightGradient, _ node: Node) {
        let inputShape = graph[node.inputs[0]].shape
        let geometry = ConvolutionGeometry(
            gradient.window, groups: gradient.groups, input: inputShape, output: graph[node.inputs[1]].shape,
            precision: gradient.precision)
        if geometry.isLinear { return lowerOuterProduct(x: node.inputs[0], upstream: node.inputs[1], result: node.results[0]) }
        let x = buffer(of: node.inputs[0]), upstream = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        let count = gradient.weightShape.count, share = makeBuffer(.groupFloats(count))
        let groups = ChannelGroups(
            count: gradient.groups, xStep: geometry.channels * geometry.input.count,
            resultStep: geometry.outputs * geometry.output.count, weightStep: count / gradient.groups)
        addGroupStep("\(node.operation)", reads: [x, upstream], writes: [share]) { places in
            let (x, upstream, share) = (places[x], places[upstream], places[share])
            if let winograd = geometry.weightGradientWinograd {
                return WinogradWeightGradientStep(gradient: winograd, x: x, upstream: upstream, share: share)
            }
            guard geometry.hasChannelsForLanes else {
                return WeightGradientStep(gradient: geometry.weightGradient, x: x, upstream: upstream, share: share, groups: groups)
            }
            return ChannelWeightGradientStep(gradient: geometry.channelWeightGradient, x: x, upstream: upstream, share: share, groups: groups)
        }
        addSumOfShares(share, result, count: count)
    }

    mutating func lowerOuterProduct(x: Value, upstream: Value, result: Value) {
        let product = OuterProduct(inputs: graph[x].shape.count, outputs: graph[upstream].shape.count)
        let lanes = buffer(of: x), upstream = buffer(of: upstream), result = makeBuffer(for: result)
        let images = makeBuffer(.lanes(OuterProduct.lanes(for: product.inputs) * Lane.width))
        addGroupStep("images of lanes", reads: [lanes], writes: [images]) {
            TransposeStep(x: $0[lanes], result: $0[images], count: product.inputs)
        }
        outerProducts[result] = (drafts.count, product, images, upstream)
        addBatchStep("outer product", reads: [images, upstream], writes: [result]) {
            OuterProductStep(product: product, x: $0[images], upstream: $0[upstream], gradient: $0[result])
        }
    }

    // MARK: - Helpers

    /// Weights in the order in which a walk reads them, for each group of channels.
    ///
    /// - Parameter weightStep: Floats from one group's weights to the next one's, before they are rearranged.
    private mutating func pack(
        _ weights: Buffer, for walk: Walk, taps: [Int], tapsOfChannel: Int, outputStep: Int, groups: ChannelGroups, weightStep: Int
    ) -> (packed: Buffer, groups: ChannelGroups) {
        let packing = PackedWeights(for: walk, taps: taps, tapsOfChannel: tapsOfChannel, outputStep: outputStep)
        let packedStep = walk.outputs * packing.count
        var groups = groups
        groups.weightStep = packedStep
        let key = PackingKey(weights: weights, packing: .taps(packing, groups: groups.count))
        if let known = packed[key] { return (known, groups) }
        let result = makeBuffer(.floats(packedStep * groups.count))
        let blocks = Parts(groups.count * packing.blockCount, lanesEach: packedStep / packing.blockCount / Lane.width)
        addBatchStep("pack", reads: [weights], writes: [result]) {
            PackStep(
                packing: packing, weights: $0[weights], packed: $0[result], weightStep: weightStep, packedStep: packedStep, blocks: blocks)
        }
        packed[key] = result
        return (result, groups)
    }
}

extension Walk {
    /// A matrix times a vector, as a walk over one pixel.
    static func linear(_ layout: WeightLayout, inputs: Int, outputs: Int, weightStep: Int) -> Walk {
        let one = Axis(count: 1, sourceStep: 0, weightStep: 0)
        return Walk(
            layout: layout, channels: one, tapRows: one,
            tapColumns: .init(count: inputs, sourceStep: 1, weightStep: weightStep),
            outputs: outputs, rows: 1, columns: 1, sourceRowStep: 0, sourceColumnStep: 0,
            outputPlane: 1, outputRowStep: 1, outputColumnStep: 1)
    }
}
