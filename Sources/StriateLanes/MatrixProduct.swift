import CLane

/// A matrix of floats, row by row, padded with zeros to whole tiles of ``MatrixProduct``.
public struct PaddedMatrix: Hashable, Sendable {
    public let rows: Int
    public let columns: Int

    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    /// Of a row, in floats.
    public var step: Int { (columns + MatrixProduct.tileColumns - 1) / MatrixProduct.tileColumns * MatrixProduct.tileColumns }
    public var paddedRows: Int { (rows + MatrixProduct.tileRows - 1) / MatrixProduct.tileRows * MatrixProduct.tileRows }
    /// Floats in all.
    public var count: Int { paddedRows * step }

    public var transposed: PaddedMatrix { PaddedMatrix(rows: columns, columns: rows) }
}

/// `C = scale·A·B + addendScale·D` of padded matrices, in parts that each make some columns of C, padding included.
public struct MatrixProduct: Sendable {
    public let a: PaddedMatrix, b: PaddedMatrix

    /// Rows of A and columns of B that make a tile of sums.
    public static let tileRows = 6
    public static var tileColumns: Int { 3 * Lane.width }

    /// - Precondition: A has as many columns as B has rows.
    public init(_ a: PaddedMatrix, _ b: PaddedMatrix) {
        precondition(a.columns == b.rows, "\(a) cannot be multiplied with \(b)")
        (self.a, self.b) = (a, b)
    }

    public var result: PaddedMatrix { PaddedMatrix(rows: a.rows, columns: b.columns) }
    public var parts: Int { b.step / MatrixProduct.tileColumns }

    /// - Parameter addend: D, of the result's size; nil for none.
    public func run(
        part: Int, a left: UnsafePointer<Float>, b right: UnsafePointer<Float>, scale: Float, addend: UnsafePointer<Float>? = nil,
        addendScale: Float = 0, into result: UnsafeMutablePointer<Float>
    ) {
        let column = part &* MatrixProduct.tileColumns, width = Lane.width
        let scale = Lane(repeating: scale), addendScale = Lane(repeating: addendScale)
        for first in stride(from: 0, to: a.paddedRows, by: MatrixProduct.tileRows) {
            var sums: Sums<6, 3> = zeroSums()
            var left = left + (first &* a.step), right = right + column
            for _ in 0..<a.columns {
                for l in 0..<3 {
                    let factor = lane_load(right + (l &* width))
                    for r in 0..<6 {
                        sums[unchecked: r][unchecked: l] = lane_fma(
                            Lane(repeating: left[r &* a.step]), factor, sums[unchecked: r][unchecked: l])
                    }
                }
                left += 1
                right += b.step
            }
            for r in 0..<6 {
                let start = (first &+ r) &* b.step &+ column
                for l in 0..<3 {
                    var lane = sums[unchecked: r][unchecked: l] * scale
                    if let addend { lane = lane_fma(addendScale, lane_load(addend + (start &+ l &* width)), lane) }
                    lane_store(result + (start &+ l &* width), lane)
                }
            }
        }
    }
}
