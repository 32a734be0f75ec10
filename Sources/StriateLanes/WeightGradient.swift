import CLane

/// The weight gradient of a convolution for one group: every weight's sum, over pixels, of upstream times source.
///
///     dW[o][j] = Σ over lanes and (y, x) of upstream[o][y][x] · source[offsets[j] + y·rowStep + x·columnStep]
///
/// where j counts channel, kernel row and kernel column. Sums run lane by lane; the lanes are added once, at the end.
public struct WeightGradient: Sendable {
    /// Where the source of pixel (0, 0) lies for each weight of an output channel, in lanes.
    public let offsets: [Int]
    public let outputs: Int
    public let rows: Int
    public let columns: Int
    public let sourceRowStep: Int
    public let sourceColumnStep: Int
    /// Lanes between output channels of `upstream`, whose rows follow one another.
    public let upstreamPlane: Int

    let tiling: Tiling
    /// For each of the tiling's columns the rows for which any of its weights meets more than padding.
    private let tileRows: [Range<Int>]
    /// Rows that are walked together, so that their upstream lanes stay in the nearest cache for all weights.
    let rowsInBlock: Int

    /// - Parameter rowsInside: For each weight of an output channel the rows whose source is not wholly padding.
    public init(
        offsets: [Int], rowsInside: [Range<Int>], outputs: Int, rows: Int, columns: Int, sourceRowStep: Int, sourceColumnStep: Int, upstreamPlane: Int
    ) {
        self.offsets = offsets
        self.outputs = outputs
        self.rows = rows
        self.columns = columns
        self.sourceRowStep = sourceRowStep
        self.sourceColumnStep = sourceColumnStep
        self.upstreamPlane = upstreamPlane
        tiling = Tiling(rows: outputs, columns: offsets.count)
        tileRows = tiling.columns.map { Tiling.union(rowsInside[$0.start..<$0.end]) }
        let bytesInRow = columns * MemoryLayout<Lane>.stride * (tiling.rows.first?.count ?? 1)
        let mostRows = max(1, WeightGradient.cachedBytes / bytesInRow), blocks = (rows + mostRows - 1) / mostRows
        rowsInBlock = (rows + blocks - 1) / blocks
    }

    private static let cachedBytes = 28 * 1024

    /// Multiply-adds of lanes, those on padding included.
    public var multiplyAdds: Int { outputs * offsets.count * rows * columns }

    /// Blocks of output channels: what can be computed apart.
    public var blocks: Int { tiling.rows.count }

    /// Lanes of scratch that ``run(block:source:upstream:images:gradient:scratch:)`` needs.
    public var scratchLanes: Int { (tiling.rows.map(\.count).max() ?? 0) * offsets.count }

    /// Computes the gradient of the weights of one block of output channels.
    ///
    /// - Parameters:
    ///   - images: How many lanes hold an image; the others count for nothing.
    ///   - gradient: `outputs × offsets.count` floats, of which this block's are written.
    @inline(never)
    public func run(
        block: Int, source: LanePointer, upstream: LanePointer, images: Int, gradient: UnsafeMutablePointer<Float>,
        scratch: MutableLanePointer
    ) {
        let span = tiling.rows[block]
        let upstream = upstream + span.start &* upstreamPlane
        scratch.update(repeating: .zero, count: span.count &* offsets.count)
        for firstRow in stride(from: 0, to: rows, by: rowsInBlock) {
            offsets.withUnsafeBufferPointer { offsets in
                for (column, inside) in zip(tiling.columns, tileRows) {
                    let start = max(firstRow, inside.lowerBound), end = min(firstRow &+ rowsInBlock, inside.upperBound)
                    if start >= end { continue }
                    let tile = WeightGradientTile(
                        source: source + start &* sourceRowStep, offsets: offsets.baseAddress! + column.start,
                        upstream: upstream + start &* columns, upstreamPlane: upstreamPlane,
                        rows: end &- start, columns: columns,
                        rowStep: sourceRowStep, columnStep: sourceColumnStep, sums: scratch + column.start &* span.count)
                    tile.run(outputs: span.count, weights: column.count)
                }
            }
        }
        for column in tiling.columns {
            var sum = scratch + column.start &* span.count
            for o in 0..<span.count {
                let target = gradient + ((span.start &+ o) &* offsets.count &+ column.start)
                for w in 0..<column.count { target[w] = images == Lane.width ? sum[w].total : sum[w].keeping(first: images).total }
                sum += column.count
            }
        }
    }
}
