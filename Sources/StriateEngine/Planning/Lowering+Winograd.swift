import StriateGraph
import StriateLanes

extension Lowering {
    mutating func addForward(_ winograd: Winograd, _ convolution: Convolution, _ node: Node) {
        let x = buffer(of: node.inputs[0]), bias = convolution.hasBias ? buffer(of: node.inputs[2]) : nil
        let (result, pooled) = makeResults(node, pool: convolution.pool)
        let layout = Winograd.WeightLayout(outputStep: winograd.geometry.channels * 9, channelStep: 9, isTurned: false)
        let packed = pack(buffer(of: node.inputs[1]), for: winograd, layout: layout)
        addGroupStep(
            "\(node.operation)", reads: [x, packed] + (bias.map { [$0] } ?? []), writes: [result, pooled?.buffer].compactMap { $0 }
        ) { places in
            WinogradStep(
                winograd: winograd, x: places[x], weights: places[packed], result: result.map { places[$0] },
                bias: bias.map { places[$0] }, activation: convolution.activation,
                pool: pooled.map { .init(kind: $0.kind, result: places[$0.buffer]) })
        }
    }

    mutating func addInputGradient(_ winograd: Winograd, _ geometry: ConvolutionGeometry, _ node: Node) {
        let upstream = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let layout = Winograd.WeightLayout(outputStep: 9, channelStep: geometry.channels * 9, isTurned: true)
        let packed = pack(buffer(of: node.inputs[1]), for: winograd, layout: layout)
        addGroupStep("\(node.operation)", reads: [upstream, packed], writes: [result]) {
            WinogradStep(
                winograd: winograd, x: $0[upstream], weights: $0[packed], result: $0[result], bias: nil, activation: nil, pool: nil)
        }
    }

    /// Weights as Winograd's products read them.
    private mutating func pack(_ weights: Buffer, for winograd: Winograd, layout: Winograd.WeightLayout) -> Buffer {
        let key = PackingKey(weights: weights, packing: .winograd(winograd.packing, layout))
        if let known = packed[key] { return known }
        let result = makeBuffer(.floats(winograd.packedCount))
        addBatchStep("pack", reads: [weights], writes: [result]) {
            WinogradPackStep(winograd: winograd, layout: layout, weights: $0[weights], packed: $0[result])
        }
        packed[key] = result
        return result
    }
}
