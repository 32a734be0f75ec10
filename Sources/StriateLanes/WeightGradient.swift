import CLane

/// The weight gradient of a convolution for one group: every weight's sum, over pixels, of upstream times source.
///
///     dW[o][j] = Σ over lanes and (y, x) of upstream[o][y][x] · source[offsets[j] + y·rowStep + x·columnStep]
///
/// where j counts channel, kernel row and kernel column. Sums run lane by lane; the lanes are added once, at the end.
public struct WeightGradient: Sendable {
    /// Where the source of pixel (0, 0) lies for each weight of an output channel, in lanes.
    public var offsets: [Int]
    public var outputs: Int
    public var rows: Int
    public var columns: Int
    public var sourceRowStep: Int
    public var sourceColumnStep: Int
    /// Lanes between output channels of `upstream`, whose rows follow one another.
    public var upstreamPlane: Int

    let tiling: Tiling
    /// Rows that are walked together, so that their upstream lanes stay in the nearest cache for all weights.
    let rowsInBlock: Int

    public init(
        offsets: [Int], outputs: Int, rows: Int, columns: Int, sourceRowStep: Int, sourceColumnStep: Int, upstreamPlane: Int
    ) {
        self.offsets = offsets
        self.outputs = outputs
        self.rows = rows
        self.columns = columns
        self.sourceRowStep = sourceRowStep
        self.sourceColumnStep = sourceColumnStep
        self.upstreamPlane = upstreamPlane
        tiling = Tiling(rows: outputs, columns: offsets.count)
        let bytesInRow = columns * MemoryLayout<Lane>.stride * (tiling.rows.first?.count ?? 1)
        rowsInBlock = max(1, min(rows, WeightGradient.cachedBytes / bytesInRow))
    }

    private static let cachedBytes = 24 * 1024

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
                for column in tiling.columns {
                    let tile = WeightGradientTile(
                        source: source + firstRow &* sourceRowStep, offsets: offsets.baseAddress! + column.start,
                        upstream: upstream + firstRow &* columns, upstreamPlane: upstreamPlane,
                        rows: min(rowsInBlock, rows &- firstRow), columns: columns,
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
