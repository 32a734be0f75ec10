import CLane

/// The weight gradient of a convolution for one group: every weight's sum, over pixels, of upstream times source.
///
///     dW[o][j] = Σ over lanes and (y, x) of upstream[o][y][x] · source[offsets[j] + y·rowStep + x·columnStep]
///
/// where j counts channel, kernel row and kernel column. Sums run lane by lane; the lanes are added once, at the end.
public struct WeightGradient: Sendable {
    public let outputs: Int
    public let rows: Int
    public let columns: Int

    /// Some rows of the source with the zeros around them; nil where the source is read as it lies.
    private let block: SourceBlock?
    /// Where the source of pixel (0, 0) lies for each weight of an output channel, in lanes.
    private let offsets: [Int]
    private let sourceRowStep: Int
    private let sourceColumnStep: Int
    private let tiling: Tiling
    /// For each of the tiling's columns the rows for which any of its weights meets more than padding.
    private let tileRows: [Range<Int>]
    /// Rows that are walked together, so that their upstream lanes stay in the nearest cache for all weights.
    private let rowsInBlock: Int

    public init(
        channels: Int, rows: SourceBlock.Axis, columns: SourceBlock.Axis, tapRows: BlockedWalk.Taps, tapColumns: BlockedWalk.Taps,
        outputs: Int, outputRows: Int, outputColumns: Int
    ) {
        self.outputs = outputs
        self.rows = outputRows
        self.columns = outputColumns
        tiling = Tiling(rows: outputs, columns: channels * tapRows.count * tapColumns.count)
        let bytesInRow = outputColumns * MemoryLayout<Lane>.stride * (tiling.rows.first?.count ?? 1)
        let mostRows = max(1, WeightGradient.cachedBytes / bytesInRow), blocks = (outputRows + mostRows - 1) / mostRows
        rowsInBlock = (outputRows + blocks - 1) / blocks

        let isInside = columns.start >= 0 && rows.start >= 0
            && columns.start + (columns.count(outputs: outputColumns) - 1) * columns.step < columns.extent
            && rows.start + (rows.count(outputs: outputRows) - 1) * rows.step < rows.extent
        let block = SourceBlock(channels: channels, rows: rows, columns: columns, outputRows: rowsInBlock, outputColumns: outputColumns)
        self.block = isInside ? nil : block
        let (plane, width) = isInside ? (rows.extent * columns.extent, columns.extent) : (block.plane, block.width)
        let (rowStep, columnStep) = isInside ? (rows.step, columns.step) : (1, 1)
        sourceRowStep = rows.outputStep * rowStep * width
        sourceColumnStep = columns.outputStep * columnStep
        let start = isInside ? rows.start * width + columns.start : 0
        offsets = (0..<channels).flatMap { channel in
            (0..<tapRows.count).flatMap { i in
                (0..<tapColumns.count).map { j in start + channel * plane + i * tapRows.step * rowStep * width + j * tapColumns.step * columnStep }
            }
        }
        // The output rows for which a tap lies on the picture.
        let rowsInside = (0..<tapRows.count).map { tap in
            let hits = (0..<outputRows).filter { tapRows.inside?[$0].contains(tap) ?? true }
            return hits.isEmpty ? 0..<0 : hits[0]..<hits[hits.count - 1] + 1
        }
        let taps = tapRows.count * tapColumns.count
        tileRows = tiling.columns.map { tile in
            Tiling.union((tile.start..<tile.end).map { rowsInside[$0 % taps / tapColumns.count] }[...])
        }
    }

    private static let cachedBytes = 28 * 1024

    /// Multiply-adds of lanes, those on padding included.
    public var multiplyAdds: Int { outputs * offsets.count * rows * columns }

    /// Blocks of output channels: what can be computed apart.
    public var blocks: Int { tiling.rows.count }

    private var sumLanes: Int { (tiling.rows.map(\.count).max() ?? 0) * offsets.count }
    /// Lanes of scratch that ``run(block:source:upstream:images:gradient:scratch:)`` needs.
    public var scratchLanes: Int { sumLanes + (block?.lanes ?? 0) }

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
        let upstreamPlane = rows &* columns, upstream = upstream + span.start &* upstreamPlane
        scratch.update(repeating: .zero, count: span.count &* offsets.count)
        for firstRow in stride(from: 0, to: rows, by: rowsInBlock) {
            let chunk = firstRow..<min(rows, firstRow &+ rowsInBlock)
            var source = source
            if let block = self.block {
                block.copy(outputs: chunk, from: source, into: scratch + sumLanes)
                source = LanePointer(scratch) + (sumLanes &- firstRow &* sourceRowStep)
            }
            offsets.withUnsafeBufferPointer { offsets in
                for (column, inside) in zip(tiling.columns, tileRows) {
                    let start = max(firstRow, inside.lowerBound), end = min(chunk.upperBound, inside.upperBound)
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
