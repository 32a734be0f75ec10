import StriateGraph
import StriateLanes

extension Lowering {
    mutating func lower(_ convolution: Convolution, _ node: Node, _ single: SingleImagePlan) {
        addConvolution(
            node, single, x: node.inputs[0], window: convolution.window, groups: convolution.groups, hasBias: convolution.hasBias,
            activation: convolution.activation, pool: convolution.pool)
    }

    /// A convolution, or a linear layer as one whose kernel covers the whole picture.
    mutating func addConvolution(
        _ node: Node, _ single: SingleImagePlan, x value: Value, window: Window, groups: Int, hasBias: Bool, activation: Activation.Kind?,
        pool: Pool.Kind?
    ) {
        let ending = single.endings[node.results[0]]
        let x = buffer(of: value), weights = buffer(of: node.inputs[1]), bias = hasBias ? buffer(of: node.inputs[2]) : nil
        let residual = ending.map { (buffer: buffer(of: $0.residual), layout: single.layout(of: $0.residual)) }
        let resultValue = ending?.result ?? node.results[0], activation = ending?.activation ?? activation
        let pooled = pool.map { (kind: $0, buffer: makeBuffer(for: node.results[1]), layout: single.layout(of: node.results[1])) }
        let result = pooled != nil && uses[node.results[0].index] == 0 ? nil : makeBuffer(for: resultValue)
        let xLayout = single.layout(of: value), layout = single.layout(of: resultValue)

        let reads = [x] + [bias, residual?.buffer].compactMap { $0 }, writes = [result, pooled?.buffer].compactMap { $0 }
        // The residual is read just before the sums that begin with it are written.
        let reusable = residual.map { $0.layout == layout && records.root(of: $0.buffer) != records.root(of: x) ? [$0.buffer] : [] } ?? []
        let channelwise = groups == xLayout.channels && groups == layout.channels && groups > 1
        if channelwise, pooled == nil, let result {
            let taps = window.kernel.count, packed = makeBuffer(.floats(layout.blocks * taps * Lane.width))
            addBatchStep("pack", reads: [weights], writes: [packed]) {
                ChannelwisePackStep(channels: groups, taps: taps, weights: $0[weights], packed: $0[packed])
            }
            return addGroupStep("\(node.operation)", reads: reads + [packed], writes: writes, reusable: reusable) { places in
                ChannelwiseConvolutionStep(
                    window: window, xLayout: xLayout, layout: layout, x: places[x], weights: places[packed], bias: bias.map { places[$0] },
                    residual: residual.map { .init(slot: places[$0.buffer], layout: $0.layout) }, result: places[result],
                    activation: activation, lines: Parts(layout.lines, lanesEach: layout.size.columns * taps))
            }
        }

        let walk = ChannelWalk(window, groups: groups, x: xLayout, result: layout)
        let packed = makeBuffer(.floats(walk.weightLanes * Lane.width))
        addBatchStep("pack", reads: [weights], writes: [packed]) {
            ChannelPackStep(walk: walk, weights: $0[weights], packed: $0[packed])
        }
        let xOffset = (xLayout.left - window.padding.left) * xLayout.interleaved - window.padding.top * walk.source.rowStep
        cycles += walk.cycles
        let pieces = ChannelWalkParts(walk, pairsOfRows: pooled != nil)
        addGroupStep("\(node.operation)", reads: reads + [packed], writes: writes, reusable: reusable) { places in
            ChannelConvolutionStep(
                walk: walk, x: places[x], xOffset: xOffset, weights: places[packed], bias: bias.map { places[$0] },
                residual: residual.map { .init(slot: places[$0.buffer], layout: $0.layout) }, activation: activation,
                pool: pooled.map { .init(kind: $0.kind, result: places[$0.buffer], layout: $0.layout) }, result: result.map { places[$0] },
                layout: layout, pieces: pieces)
        }
    }
}

extension ChannelWalk {
    /// A convolution of one image.
    init(_ window: Window, groups: Int, x: PictureLayout, result: PictureLayout) {
        self.init(
            source: x.source,
            kernel: Kernel(
                rows: window.kernel.rows, columns: window.kernel.columns, dilationRows: window.dilation.rows,
                dilationColumns: window.dilation.columns, strideRows: window.stride.rows, strideColumns: window.stride.columns),
            channels: x.channels / groups, outputs: result.channels / groups, groups: groups, rows: result.size.rows, columns: result.size.columns,
            rowTaps: ConvolutionGeometry.inside(
                result.size.rows, step: window.stride.rows, taps: window.kernel.rows, tapStep: window.dilation.rows,
                start: -window.padding.top, extent: x.size.rows))
    }
}
