/// A ``Walk`` over a picture, some rows at a time: what those rows read is copied together where it would not stay in the caches by
/// itself, or where it needs zeros around it.
public struct BlockedWalk: Sendable {
    /// A kernel's extent along one axis.
    public struct Taps: Sendable {
        public var count: Int
        /// Positions from one tap to the next.
        public var step: Int
        /// For each output the taps that do not fall wholly on padding; nil for all.
        public var inside: [Range<Int>]?

        public init(count: Int, step: Int, inside: [Range<Int>]? = nil) {
            self.count = count
            self.step = step
            self.inside = inside
        }
    }

    public let walk: Walk
    /// Nil where the picture is read as it lies.
    public let block: SourceBlock?
    /// Rows that are computed together, and how many blocks of outputs: all of them where the rows alone are parts enough.
    public let rowsInPart: Int
    public let blocksInPart: Int
    /// Lanes from the picture's start to the first source, if there is no block.
    private let start: Int

    /// - Parameters:
    ///   - isPaired: Operands are rounded to bfloat16, and channels multiplied in pairs.
    ///   - rowsInPair: Of how many rows a part holds a multiple.
    public init(
        channels: Int, isPaired: Bool = false, rows: SourceBlock.Axis, columns: SourceBlock.Axis, tapRows: Taps, tapColumns: Taps,
        outputs: Int, outputRows: Int, outputColumns: Int, outputPlane: Int, outputRowStep: Int, outputColumnStep: Int, rowsInPair: Int = 1
    ) {
        let planes = isPaired ? (channels + 1) / 2 : channels
        func make(plane: Int, width: Int, rowStep: Int, columnStep: Int) -> Walk {
            Walk(
                layout: .packed, isPaired: isPaired,
                channels: .init(count: planes, sourceStep: plane, weightStep: tapRows.count * tapColumns.count),
                tapRows: .init(count: tapRows.count, sourceStep: tapRows.step * width, weightStep: tapColumns.count),
                tapColumns: .init(count: tapColumns.count, sourceStep: tapColumns.step, weightStep: 1),
                outputs: outputs, rows: outputRows, columns: outputColumns, sourceRowStep: rowStep, sourceColumnStep: columnStep,
                outputPlane: outputPlane, outputRowStep: outputRowStep, outputColumnStep: outputColumnStep,
                rowTaps: tapRows.inside, columnTaps: tapColumns.inside
            ).merged()
        }
        let direct = make(
            plane: rows.extent * columns.extent, width: columns.extent, rowStep: rows.outputStep * rows.step * columns.extent,
            columnStep: columns.outputStep * columns.step)
        let work = direct.multiplyAdds, blocks = direct.blocks
        let wantedParts = max(1, min(BlockedWalk.mostParts, work / BlockedWalk.multiplyAddsInPart))
        // As many rows as the second-level cache holds, and no more than leave parts enough.
        let width = columns.count(outputs: outputColumns)
        let rowsInCache = (BlockedWalk.cachedLanes / max(1, planes * width) - rows.reach) / max(1, rows.outputStep) + 1
        let rowsForParts = max(rows.reach, (outputRows + wantedParts - 1) / wantedParts)
        // Pairs of rows become one pooled row.
        let rowsInPart = max(1, min(max(1, min(rowsInCache, rowsForParts) / rowsInPair) * rowsInPair, outputRows))

        // Rows beyond the picture are never read, but a tile's columns share their taps, so that some of them read beyond its sides.
        let isInside = columns.start >= 0 && columns.start + (width - 1) * columns.step < columns.extent
        let isCached = channels * rows.extent * columns.extent <= BlockedWalk.cachedLanes
        let isEmpty = tapRows.count * tapColumns.count == 0
        if isEmpty || !isPaired && isInside && (isCached || blocks <= 2) {
            block = nil
            walk = direct
            start = isEmpty ? 0 : rows.start * columns.extent + columns.start
        } else {
            let block = SourceBlock(
                channels: channels, isPaired: isPaired, rows: rows, columns: columns, outputRows: rowsInPart, outputColumns: outputColumns)
            walk = make(
                plane: block.plane, width: block.width, rowStep: rows.outputStep * block.width, columnStep: columns.outputStep)
            start = 0
            self.block = block
        }
        self.rowsInPart = rowsInPart
        let rowParts = max(1, (outputRows + rowsInPart - 1) / rowsInPart), blockParts = min(blocks, (wantedParts + rowParts - 1) / rowParts)
        blocksInPart = (blocks + blockParts - 1) / blockParts
    }

    /// A walk that reads its source as it lies.
    public init(_ walk: Walk) {
        self.walk = walk
        block = nil
        start = 0
        rowsInPart = max(1, walk.rows)
        let wantedParts = max(1, min(walk.blocks, walk.multiplyAdds / BlockedWalk.multiplyAddsInPart))
        blocksInPart = (walk.blocks + wantedParts - 1) / wantedParts
    }

    /// Lanes of a source that stay in the second-level cache beside weights and results.
    private static let cachedLanes = 384 * 1024 / (4 * Lane.width)
    /// Some ten microseconds: worth the handing over.
    private static let multiplyAddsInPart = 50_000
    /// Enough parts to share, few enough to copy what they read more than once.
    private static let mostParts = 16

    private var rowParts: Int { (walk.rows + rowsInPart - 1) / rowsInPart }
    private var blockParts: Int { (walk.blocks + blocksInPart - 1) / blocksInPart }

    /// What can be computed apart.
    public var parts: Int { rowParts * blockParts }

    public func rows(ofPart part: Int) -> Range<Int> {
        let first = part / blockParts * rowsInPart
        return first..<min(walk.rows, first + rowsInPart)
    }

    public func blocks(ofPart part: Int) -> Range<Int> {
        let first = part % blockParts * blocksInPart
        return first..<min(walk.blocks, first + blocksInPart)
    }

    /// Lanes of scratch that ``source(of:part:scratch:)`` needs.
    public var scratchLanes: Int { block?.lanes ?? 0 }

    /// Where a part's rows find their source: what ``Walk/run(block:rows:source:weights:bias:output:finish:)`` calls so.
    public func source(of picture: LanePointer, rows: Range<Int>, scratch: MutableLanePointer) -> LanePointer {
        guard let block else { return picture + start }
        block.copy(outputs: rows, from: picture, into: scratch)
        return LanePointer(scratch) - rows.lowerBound &* walk.sourceRowStep
    }

    /// How many of a picture's pixels, each by itself, make a row: a divisor, so that all rows are alike.
    public static func columns(forRows rows: Int, columns: Int, channels: Int, outputs: Int) -> Int {
        let pixels = rows * columns, fitting = min(pixels, max(4, min(64, cachedLanes / max(1, channels))))
        let divisors = (1...max(1, fitting)).filter { pixels % $0 == 0 } + [max(1, columns)]
        func cyclesOfPixel(_ columns: Int) -> Double { Tiling(rows: max(1, outputs), columns: columns).cycles / Double(columns) }
        return divisors.min { (cyclesOfPixel($0), -$0) < (cyclesOfPixel($1), -$1) } ?? 1
    }
}
