/// A matrix of weights `[rows][columns]` that no cache holds, and its products with a vector for each image of a batch: every weight
/// is read from memory once for all groups of images, as it lies there.
public struct StreamedMatrix: Sendable {
    public let rows: Int
    public let columns: Int

    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    /// Where the vectors of all groups lie: one lane for each element, the next group's so many lanes further.
    public struct Vectors {
        let lanes: MutableLanePointer
        let step: Int
        let groups: Int

        public init(_ lanes: MutableLanePointer, step: Int, groups: Int) {
            self.lanes = lanes
            self.step = step
            self.groups = groups
        }
    }

    private static let rowsInPart = 64
    /// So much of two groups' vectors stays in the second-level cache.
    private static let columnsAtOnce = 3072
    private static let columnsInPart = 512
    /// Rows whose products with a part of the columns are added up at once: each is a stream for the processor's prefetcher.
    private static let rowsAtOnce = 8
    private static let resultsInTile = Tiling.mostSums / 3

    /// Parts of ``multiply(part:_:weights:bias:into:)``.
    public var parts: Int { (rows + StreamedMatrix.rowsInPart - 1) / StreamedMatrix.rowsInPart }

    /// The rows of a part.
    public func rows(ofPart part: Int) -> Range<Int> {
        part * StreamedMatrix.rowsInPart..<min(rows, (part + 1) * StreamedMatrix.rowsInPart)
    }

    /// `y = bias + W·x` for some rows.
    @inline(never)
    public func multiply(part: Int, _ x: Vectors, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into y: Vectors) {
        let rows = rows(ofPart: part)
        for group in 0..<y.groups {
            for row in rows { y.lanes[row &+ group &* y.step] = bias.map { Lane(repeating: $0[row]) } ?? .zero }
        }
        for first in stride(from: 0, to: columns, by: StreamedMatrix.columnsAtOnce) {
            let count = min(StreamedMatrix.columnsAtOnce, columns &- first)
            StreamedMatrix.forEachTile(rows, groups: y.groups) { row, results, group, groups in
                MatrixTile(
                    source: x.lanes + (first &+ group &* x.step), sourceStep: x.step, weights: weights + (row &* columns &+ first),
                    resultWeightStep: columns, weightStep: 1, count: count, ahead: 0, results: y.lanes + (row &+ group &* y.step),
                    resultStep: y.step, continues: true
                ).run(results: results, groups: groups)
            }
        }
    }

    /// Parts of ``multiplyTransposed(part:_:weights:into:)``.
    public var transposedParts: Int { (columns + StreamedMatrix.columnsInPart - 1) / StreamedMatrix.columnsInPart }

    /// `x = Wᵀ·y` for some columns.
    @inline(never)
    public func multiplyTransposed(part: Int, _ y: Vectors, weights: UnsafePointer<Float>, into x: Vectors) {
        let first = part &* StreamedMatrix.columnsInPart, columns = first..<min(self.columns, first &+ StreamedMatrix.columnsInPart)
        for row in stride(from: 0, to: rows, by: StreamedMatrix.rowsAtOnce) {
            let count = min(StreamedMatrix.rowsAtOnce, rows &- row)
            StreamedMatrix.forEachTile(columns, groups: x.groups) { column, results, group, groups in
                MatrixTile(
                    source: y.lanes + (row &+ group &* y.step), sourceStep: y.step, weights: weights + (row &* self.columns &+ column),
                    resultWeightStep: 1, weightStep: self.columns, count: count, ahead: StreamedMatrix.rowsAtOnce &* self.columns,
                    results: x.lanes + (column &+ group &* x.step), resultStep: x.step, continues: row > 0
                ).run(results: results, groups: groups)
            }
        }
    }

    /// Calls `body` for tiles of results and groups: the first result and how many, the first group and how many.
    @inline(__always)
    private static func forEachTile(
        _ results: Range<Int>, groups: Int, _ body: (_ result: Int, _ results: Int, _ group: Int, _ groups: Int) -> Void
    ) {
        var result = results.lowerBound
        while result < results.upperBound {
            let left = results.upperBound &- result
            var height = resultsInTile
            while height > left { height /= 2 }
            var group = 0
            while group < groups {
                let width = groups &- group == 4 ? 2 : min(3, groups &- group)
                body(result, height, group, width)
                group &+= width
            }
            result &+= height
        }
    }
}
