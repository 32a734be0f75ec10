import StriateGraph
import StriateLanes

extension Lowering {
    mutating func lower(_ convolution: Convolution, _ node: Node) {
        let geometry = ConvolutionGeometry(
            convolution.window, groups: convolution.groups, input: graph[node.inputs[0]].shape, output: graph[node.results[0]].shape)
        let x = padded(buffer(of: node.inputs[0]), geometry.inputMargins, graph[node.inputs[0]].shape)
        addForward(
            geometry.forward(), taps: geometry.forwardTaps, groups: geometry.groups, x: x,
            xStep: graph[node.inputs[0]].shape[0] == 0 ? 0 : laneCount(x) / geometry.groups,
            resultStep: geometry.outputs * geometry.output.count, node: node,
            hasBias: convolution.hasBias, activation: convolution.activation, pool: convolution.pool)
    }

    mutating func lower(_ linear: Linear, _ node: Node) {
        let inputs = graph[node.inputs[0]].shape[0], outputs = graph[node.results[0]].shape[0]
        let walk = Walk.linear(.packed, inputs: inputs, outputs: outputs, weightStep: 1)
        addForward(
            walk, taps: Array(0..<inputs), groups: 1, x: buffer(of: node.inputs[0]), xStep: 0, resultStep: 0, node: node,
            hasBias: linear.hasBias, activation: linear.activation)
    }

    private mutating func addForward(
        _ walk: Walk, taps: [Int], groups: Int, x: Buffer, xStep: Int, resultStep: Int, node: Node, hasBias: Bool,
        activation: Activation.Kind?, pool: Pool.Kind? = nil
    ) {
        let weights = buffer(of: node.inputs[1]), bias = hasBias ? buffer(of: node.inputs[2]) : nil
        // A result that only the pool reads never leaves the step.
        let pooled = pool.map { kind in (kind: kind, buffer: makeBuffer(for: node.results[1])) }
        let result = pooled != nil && uses[node.results[0].index] == 0 ? nil : makeBuffer(for: node.results[0])
        let step = walk.outputs * taps.count
        let packed = pack(weights, for: walk, taps: taps, outputStep: taps.count, count: groups, step: step)
        for group in 0..<groups {
            addGroupStep(
                "\(node.operation)", reads: [x, packed] + (bias.map { [$0] } ?? []), writes: [result, pooled?.buffer].compactMap { $0 }
            ) { places in
                WalkStep(
                    walk: walk, x: places[x], weights: places[packed], result: result.map { places[$0] },
                    bias: bias.map { places[$0] }, activation: activation,
                    pool: pooled.map {
                        .init(
                            kind: $0.kind, result: places[$0.buffer],
                            resultOffset: group * walk.outputs * (walk.rows / 2) * (walk.columns / 2))
                    }, xOffset: group * xStep, resultOffset: group * resultStep,
                    weightOffset: group * step, biasOffset: group * walk.outputs)
            }
        }
    }

    mutating func lower(_ gradient: ConvolutionInputGradient, _ node: Node) {
        let upstreamShape = graph[node.inputs[0]].shape
        let geometry = ConvolutionGeometry(gradient.window, groups: gradient.groups, input: gradient.inputShape, output: upstreamShape)
        if geometry.isLinear { return lowerLinearInputGradient(node) }
        let phases = InputGradientGeometry(geometry)
        let upstream = padded(buffer(of: node.inputs[0]), phases.margins, upstreamShape)
        let weights = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        let upstreamStep = laneCount(upstream) / gradient.groups
        for row in phases.rowPhases {
            for column in phases.columnPhases {
                let (walk, taps, sourceOffset, resultOffset) = phases.walk(row, column)
                let step = walk.outputs * taps.count
                let packed = pack(
                    weights, for: walk, taps: taps, outputStep: geometry.taps, count: gradient.groups, step: step,
                    weightStep: geometry.outputs * geometry.channels * geometry.taps)
                for group in 0..<gradient.groups {
                    addGroupStep("\(node.operation)", reads: [upstream, packed], writes: [result]) { places in
                        WalkStep(
                            walk: walk, x: places[upstream], weights: places[packed], result: places[result],
                            xOffset: group * upstreamStep + sourceOffset,
                            resultOffset: group * geometry.channels * geometry.input.count + resultOffset, weightOffset: group * step)
                    }
                }
            }
        }
    }

    /// `dx = Wᵀ·upstream`: neighbouring inputs have neighbouring weights, so these are read as they are.
    mutating func lowerLinearInputGradient(_ node: Node) {
        let upstream = buffer(of: node.inputs[0]), weights = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        let inputs = graph[node.results[0]].shape.count, outputs = graph[node.inputs[0]].shape.count
        let walk = Walk.linear(.natural, inputs: outputs, outputs: inputs, weightStep: inputs)
        addGroupStep("\(node.operation)", reads: [upstream, weights], writes: [result]) {
            WalkStep(walk: walk, x: $0[upstream], weights: $0[weights], result: $0[result])
        }
    }

    mutating func lower(_ gradient: ConvolutionWeightGradient, _ node: Node) {
        let inputShape = graph[node.inputs[0]].shape
        let geometry = ConvolutionGeometry(
            gradient.window, groups: gradient.groups, input: inputShape, output: graph[node.inputs[1]].shape)
        if geometry.isLinear { return lowerOuterProduct(x: node.inputs[0], upstream: node.inputs[1], result: node.results[0]) }
        let x = padded(buffer(of: node.inputs[0]), geometry.inputMargins, inputShape)
        let upstream = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        let count = gradient.weightShape.count, step = count / gradient.groups
        let xStep = laneCount(x) / gradient.groups, upstreamStep = geometry.outputs * geometry.output.count
        let share = makeBuffer(.groupFloats(count))
        let kernel = geometry.weightGradient()
        for group in 0..<gradient.groups {
            addGroupStep("\(node.operation)", reads: [x, upstream], writes: [share]) {
                WeightGradientStep(
                    gradient: kernel, x: $0[x], upstream: $0[upstream], share: $0[share], xOffset: group * xStep,
                    upstreamOffset: group * upstreamStep, shareOffset: group * step)
            }
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

    private func laneCount(_ buffer: Buffer) -> Int {
        guard case .lanes(let count) = records[buffer.index].contents else { fatalError("a picture is made of lanes") }
        return count
    }

    private mutating func padded(_ x: Buffer, _ margins: Padding, _ shape: Shape) -> Buffer {
        if margins.isEmpty { return x }
        let rows = shape[1] + margins.top + margins.bottom, columns = shape[2] + margins.left + margins.right
        let result = makeBuffer(.lanes(shape[0] * PadStep.planeStep(rows: rows, columns: columns)))
        addGroupStep("pad", reads: [x], writes: [result]) {
            PadStep(margins: margins, channels: shape[0], rows: shape[1], columns: shape[2], x: $0[x], result: $0[result])
        }
        return result
    }

    /// Weights in the order in which a walk reads them, for each group of channels: `count` times `step` floats.
    private mutating func pack(
        _ weights: Buffer, for walk: Walk, taps: [Int], outputStep: Int, count: Int, step: Int, weightStep: Int? = nil
    ) -> Buffer {
        let packing = PackedWeights(for: walk, taps: taps, outputStep: outputStep)
        let key = PackingKey(weights: weights, packing: packing, groups: count)
        if let known = packed[key] { return known }
        let result = makeBuffer(.floats(step * count))
        for group in 0..<count {
            addBatchStep("pack", reads: [weights], writes: [result]) {
                PackStep(
                    packing: packing, weights: $0[weights], packed: $0[result], weightOffset: group * (weightStep ?? step),
                    packedOffset: group * step)
            }
        }
        packed[key] = result
        return result
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
