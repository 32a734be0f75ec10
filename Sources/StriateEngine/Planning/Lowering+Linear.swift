import StriateGraph
import StriateLanes

extension Lowering {
    /// From here on a layer's weights do not fit into a core's second-level cache: they are read once for the whole batch. Smaller
    /// layers go along with their group of images.
    private static let streamedFrom = 1 << 18

    /// The product with weights that stream from memory; false where they are too few.
    mutating func lowerStreamed(_ linear: Linear, _ node: Node) -> Bool {
        let shape = graph[node.inputs[1]].shape
        guard shape.count >= Lowering.streamedFrom else { return false }
        let inputs = node.inputs.map { buffer(of: $0) }, result = makeBuffer(for: node.results[0])
        let matrix = StreamedMatrix(rows: shape[0], columns: shape[1])
        addBatchStep("\(linear)", reads: inputs, writes: [result]) {
            StreamedLinearStep(
                matrix: matrix, x: $0[inputs[0]], weights: $0[inputs[1]], bias: linear.hasBias ? $0[inputs[2]] : nil, result: $0[result],
                activation: linear.activation)
        }
        return true
    }

    /// `dx = Wᵀ·upstream`
    mutating func lowerLinearInputGradient(_ node: Node) {
        let upstream = buffer(of: node.inputs[0]), weights = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        let inputs = graph[node.results[0]].shape.count, outputs = graph[node.inputs[0]].shape.count
        if inputs * outputs >= Lowering.streamedFrom {
            let matrix = StreamedMatrix(rows: outputs, columns: inputs)
            return addBatchStep("\(node.operation)", reads: [upstream, weights], writes: [result]) {
                StreamedLinearInputGradientStep(matrix: matrix, upstream: $0[upstream], weights: $0[weights], result: $0[result])
            }
        }
        // Neighbouring inputs have neighbouring weights, so these are read as they are.
        let walk = Walk.linear(.natural, inputs: outputs, outputs: inputs, weightStep: inputs)
        addGroupStep("\(node.operation)", reads: [upstream, weights], writes: [result]) {
            WalkStep(walk: BlockedWalk(walk), x: $0[upstream], weights: $0[weights], result: $0[result])
        }
    }
}
