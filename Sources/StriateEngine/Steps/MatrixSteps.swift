import StriateGraph
import StriateLanes

/// `scale·A·B + addendScale·D`
struct MatrixProductStep: BatchStep {
    let product: MatrixProduct
    let a: Slot, b: Slot
    let scale: Float
    let addend: Slot?
    let addendScale: Float
    let result: Slot

    var parts: Int { product.parts }

    func run(_ frame: BatchFrame, part: Int) {
        product.run(
            part: part, a: frame.floats(a), b: frame.floats(b), scale: scale, addend: addend.map { UnsafePointer(frame.floats($0)) },
            addendScale: addendScale, into: frame.floats(result))
    }
}

/// A matrix divided by its norm, or its transposed, padded.
struct NormalizedMatrixStep: BatchStep {
    let x: Slot, norm: Slot, result: Slot
    /// The result.
    let matrix: PaddedMatrix
    /// Whether x lies column by column of the result.
    let isTransposed: Bool

    private var pieces: Parts { Parts(matrix.paddedRows, lanesEach: matrix.step / Lane.width) }
    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let x = frame.floats(x), factor = 1 / max(frame.floats(norm)[0], Orthogonalization.epsilon)
        let (rowStep, columnStep) = isTransposed ? (1, matrix.rows) : (matrix.columns, 1)
        for row in pieces[part] {
            let target = frame.floats(result) + row &* matrix.step, used = row < matrix.rows ? matrix.columns : 0
            for column in 0..<used { target[column] = x[row &* rowStep &+ column &* columnStep] * factor }
            (target + used).update(repeating: 0, count: matrix.step &- used)
        }
    }
}

/// A padded matrix's transposed.
struct TransposedMatrixStep: BatchStep {
    let x: Slot, result: Slot
    /// What is transposed.
    let matrix: PaddedMatrix

    private var pieces: Parts { Parts(matrix.transposed.paddedRows, lanesEach: matrix.transposed.step / Lane.width) }
    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let x = frame.floats(x), target = matrix.transposed
        for row in pieces[part] {
            let result = frame.floats(result) + row &* target.step, used = row < target.rows ? target.columns : 0
            for column in 0..<used { result[column] = x[column &* matrix.step &+ row] }
            (result + used).update(repeating: 0, count: target.step &- used)
        }
    }
}

/// A padded matrix, or its transposed, without the padding.
struct UnpaddedMatrixStep: BatchStep {
    let x: Slot, result: Slot
    let matrix: PaddedMatrix
    let isTransposed: Bool

    private var rows: Int { isTransposed ? matrix.columns : matrix.rows }
    private var columns: Int { isTransposed ? matrix.rows : matrix.columns }
    private var pieces: Parts { Parts(rows, lanesEach: columns / Lane.width + 1) }
    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let x = frame.floats(x), (rowStep, columnStep) = isTransposed ? (1, matrix.step) : (matrix.step, 1)
        for row in pieces[part] {
            let result = frame.floats(result) + row &* columns
            for column in 0..<columns { result[column] = x[row &* rowStep &+ column &* columnStep] }
        }
    }
}
