import StriateGraph
import StriateLanes

extension Lowering {
    /// The iteration runs on the matrix or its transposed, whichever has fewer rows: the squares are small then.
    mutating func lower(_ operation: Orthogonalization, _ node: Node) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0]), shape = graph[node.inputs[0]].shape
        let matrix = PaddedMatrix(rows: shape[0], columns: shape.count / shape[0]), isTall = matrix.rows > matrix.columns
        let wide = isTall ? matrix.transposed : matrix, name = "\(operation)"
        let norm = makeBuffer(.floats(1))
        addNorm(of: [node.inputs[0]], norm, name: name)

        var current = makeBuffer(.floats(wide.count))
        addBatchStep("normalised for \(name)", reads: [x, norm], writes: [current]) { [current] in
            NormalizedMatrixStep(x: $0[x], norm: $0[norm], result: $0[current], matrix: wide, isTransposed: isTall)
        }
        let gram = MatrixProduct(wide, wide.transposed), square = MatrixProduct(gram.result, gram.result)
        let step = MatrixProduct(gram.result, wide), (a, b, c) = Orthogonalization.coefficients
        for _ in 0..<Orthogonalization.steps {
            let turned = makeBuffer(.floats(wide.transposed.count)), products = makeBuffer(.floats(gram.result.count))
            let polynomial = makeBuffer(.floats(gram.result.count)), next = makeBuffer(.floats(wide.count)), x = current
            addBatchStep("transposed for \(name)", reads: [x], writes: [turned]) {
                TransposedMatrixStep(x: $0[x], result: $0[turned], matrix: wide)
            }
            addBatchStep("gram matrix for \(name)", reads: [x, turned], writes: [products]) {
                MatrixProductStep(product: gram, a: $0[x], b: $0[turned], scale: 1, addend: nil, addendScale: 0, result: $0[products])
            }
            addBatchStep("square for \(name)", reads: [products], writes: [polynomial]) {
                MatrixProductStep(
                    product: square, a: $0[products], b: $0[products], scale: c, addend: $0[products], addendScale: b, result: $0[polynomial])
            }
            addBatchStep(name, reads: [polynomial, x], writes: [next]) {
                MatrixProductStep(product: step, a: $0[polynomial], b: $0[x], scale: 1, addend: $0[x], addendScale: a, result: $0[next])
            }
            current = next
        }
        addBatchStep("result of \(name)", reads: [current], writes: [result]) { [current] in
            UnpaddedMatrixStep(x: $0[current], result: $0[result], matrix: wide, isTransposed: isTall)
        }
    }
}
