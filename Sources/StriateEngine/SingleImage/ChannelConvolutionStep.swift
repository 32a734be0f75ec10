import StriateGraph
import StriateLanes

/// A convolution or linear layer of one image, with all that follows it: bias, residual, activation, pool.
struct ChannelConvolutionStep: GroupStep {
    struct PairPool {
        let kind: Pool.Kind
        let result: Slot
        let layout: PictureLayout
    }

    /// What is added to the sums.
    struct Residual {
        let slot: Slot
        let layout: PictureLayout
    }

    let walk: ChannelWalk
    let x: Slot
    /// From the buffer's start to tap (0, 0) of output pixel (0, 0), in floats.
    let xOffset: Int
    let weights: Slot
    let bias: Slot?
    let residual: Residual?
    let activation: Activation.Kind?
    let pool: PairPool?
    /// Nil where only the pool reads the rows.
    let result: Slot?
    let layout: PictureLayout
    let pieces: ChannelWalkParts

    var parts: Int { pieces.count }

    /// Rows that only the pool reads, of one stack of blocks.
    var scratchLanes: Int {
        let blocks = (0..<walk.stackCount).map { walk.blocks(ofStack: $0).count }.max() ?? 0
        return result == nil ? blocks * pieces.mostRows * layout.size.columns : 0
    }

    func run(_ frame: GroupFrame, part: Int) {
        let (stacks, rows) = pieces[part]
        for stack in stacks {
            guard let result else {
                // The scratch holds the part's rows of this stack's blocks alone.
                let block = rows.count &* layout.size.columns
                let start = walk.blocks(ofStack: stack).lowerBound &* block &+ rows.lowerBound &* layout.size.columns
                compute(frame, stack, rows, into: frame.scratch - start, row: layout.size.columns, block: block)
                continue
            }
            compute(frame, stack, rows, into: frame.lanes(result) + layout.left, row: layout.row, block: layout.block)
            for block in walk.blocks(ofStack: stack) {
                for row in rows { layout.clearMargins(frame.lanes(result) + layout.pixel(block: block, row: row)) }
            }
        }
    }

    @inline(__always)
    private func compute(_ frame: GroupFrame, _ stack: Int, _ rows: Range<Int>, into output: MutableLanePointer, row: Int, block: Int) {
        let columns = layout.size.columns
        walk.run(
            stack: stack, rows: rows, source: UnsafePointer(frame.floats(x)) + xOffset, weights: LanePointer(frame.lanes(weights)),
            bias: bias.map { LanePointer(frame.lanes($0)) },
            addend: residual.map { LanePointer(frame.lanes($0.slot)) + $0.layout.left }, addendRow: residual?.layout.row ?? 0,
            addendBlock: residual?.layout.block ?? 0, output: output, outputRow: row, outputBlock: block,
            floor: activation == .relu ? 0 : -.infinity
        ) { row in
            if let activation, activation != .relu { activate(activation, row, into: row, count: columns) }
        }
        guard let pool else { return }
        for outputBlock in walk.blocks(ofStack: stack) {
            for upper in stride(from: rows.lowerBound, to: rows.upperBound &- 1, by: 2) {
                let source = output + (outputBlock &* block &+ upper &* row)
                let target = frame.lanes(pool.result) + pool.layout.pixel(block: outputBlock, row: upper / 2)
                poolPairs(pool.kind, source, source + row, into: target, count: columns / 2)
                pool.layout.clearMargins(target)
            }
        }
    }
}

/// How a ``ChannelWalk`` is cut into parts of some ten microseconds and more: by rows where its weights fit into a core's cache, so
/// that each core keeps to its own part of the picture; else by output channels, so that each weight is read by one core.
struct ChannelWalkParts: Sendable {
    private let stacks: Int
    private let rows: Int
    private let stacksInPart: Int
    private let rowsInPart: Int

    /// Multiply-adds of lanes that are worth a handing over, and the parts beyond which there is no need of more.
    private static let leastWork = 50_000
    private static let parts = 64
    private static let cachedBytes = 256 << 10

    init(_ walk: ChannelWalk, pairsOfRows: Bool) {
        stacks = walk.stackCount
        rows = walk.rows
        let work = max(ChannelWalkParts.leastWork, walk.multiplyAdds / ChannelWalkParts.parts)
        let workInStack = max(1, walk.multiplyAdds / stacks)
        let isByRows = rows > 1 && walk.weightLanes * MemoryLayout<Lane>.stride <= ChannelWalkParts.cachedBytes
        stacksInPart = isByRows ? stacks : max(1, min(stacks, work / workInStack))
        var rowsInPart = max(1, min(rows, work * rows / (workInStack * stacksInPart)))
        // Parts of about one size.
        let chunks = (rows + rowsInPart - 1) / rowsInPart
        rowsInPart = (rows + chunks - 1) / chunks
        self.rowsInPart = pairsOfRows ? (rowsInPart + 1) / 2 * 2 : rowsInPart
    }

    private var chunks: Int { (rows + rowsInPart - 1) / rowsInPart }
    var count: Int { chunks * ((stacks + stacksInPart - 1) / stacksInPart) }
    var mostRows: Int { min(rows, rowsInPart) }

    /// The stacks and rows of a part. Parts of the same stacks are neighbours.
    subscript(part: Int) -> (stacks: Range<Int>, rows: Range<Int>) {
        let (stack, chunk) = part.quotientAndRemainder(dividingBy: chunks)
        return (
            stack &* stacksInPart..<min(stacks, (stack &+ 1) &* stacksInPart),
            chunk &* rowsInPart..<min(rows, (chunk &+ 1) &* rowsInPart)
        )
    }
}

/// Rearranges weights for a walk; runs only when they have changed.
struct ChannelPackStep: BatchStep {
    let walk: ChannelWalk
    let weights: Slot, packed: Slot

    var parts: Int { walk.stackCount }

    func run(_ frame: BatchFrame, part: Int) {
        walk.pack(stack: part, frame.floats(weights), into: frame.sharedLanes(packed))
    }
}
