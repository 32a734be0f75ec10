import CLane

/// A walk of kernel taps over one image that gives lanes of neighbouring output channels: a convolution or a linear layer where the
/// batch is too small to fill lanes with images.
///
/// For output channel o and pixel (y, x) the sum runs over the channels c of its group, tap rows i and tap columns j:
///
///     out[o][y][x] = bias[o] + addend[o][y][x] + Σ source[c][y·stride + i][x·stride + j] · weight[o][c][i][j]
public struct ChannelWalk: Sendable {
    /// How the source lies in memory: blocks of channels that are neighbours at each pixel, then rows of pixels. Steps count floats.
    public struct Source: Hashable, Sendable {
        /// Channels that are neighbours: a lane's width, 1 where each channel is a plane of its own, or any number for a vector.
        public var interleaved: Int
        public var rowStep: Int
        public var blockStep: Int

        public init(interleaved: Int, rowStep: Int, blockStep: Int) {
            self.interleaved = interleaved
            self.rowStep = rowStep
            self.blockStep = blockStep
        }
    }

    /// A kernel's extent and distances along rows and columns.
    public struct Kernel: Hashable, Sendable {
        public var rows: Int
        public var columns: Int
        public var dilationRows: Int
        public var dilationColumns: Int
        public var strideRows: Int
        public var strideColumns: Int

        public init(rows: Int, columns: Int, dilationRows: Int = 1, dilationColumns: Int = 1, strideRows: Int = 1, strideColumns: Int = 1) {
            self.rows = rows
            self.columns = columns
            self.dilationRows = dilationRows
            self.dilationColumns = dilationColumns
            self.strideRows = strideRows
            self.strideColumns = strideColumns
        }

        var count: Int { rows * columns }
    }

    /// Channels that are walked alike: whole blocks, or a part of one.
    struct Segment: Hashable, Sendable {
        /// The first channel, and where it lies in the source, in floats.
        let firstChannel: Int
        let sourceStart: Int
        let blocks: Int
        /// Channels of each block.
        let channels: Int

        func lanes(_ kernel: Kernel) -> Int { blocks * channels * kernel.count }
    }

    /// Blocks of output channels that share a register tile.
    struct Stack: Hashable, Sendable {
        let blocks: Range<Int>
        let runs: [ChannelTiling.Run]
        let segments: [Segment]
        /// Where its weights begin, in lanes.
        let weightStart: Int
    }

    public let source: Source
    public let kernel: Kernel
    /// Input channels of a group, output channels of a group, and groups.
    public let channels: Int
    public let outputs: Int
    public let groups: Int
    public let rows: Int
    public let columns: Int
    /// For each output row the tap rows that lie on the picture. Tap columns always read what is there: zeros beside each row.
    public let rowTaps: [Range<Int>]
    let stacks: [Stack]
    /// Lanes of weights, rearranged by ``pack(stack:_:into:)``.
    public let weightLanes: Int
    /// Estimated cycles of one core for everything.
    public let cycles: Double

    /// The weights of a stack of blocks stay in a core's second cache while all rows are computed.
    private static let cachedBytes = 640 << 10

    public init(
        source: Source, kernel: Kernel, channels: Int, outputs: Int, groups: Int = 1, rows: Int, columns: Int, rowTaps: [Range<Int>]? = nil
    ) {
        self.source = source
        self.kernel = kernel
        self.channels = channels
        self.outputs = outputs
        self.groups = groups
        self.rows = rows
        self.columns = columns
        self.rowTaps = rowTaps ?? Array(repeating: 0..<kernel.rows, count: rows)
        let depth = channels * kernel.count
        let bytesOfBlock = depth * MemoryLayout<Lane>.stride
        let mostBlocks = rows == 1 ? Int.max : ChannelWalk.cachedBytes / max(1, bytesOfBlock)

        // Groups whose outputs fill whole blocks are computed apart. Otherwise a block may hold outputs of several groups,
        // and reads the channels of all of them.
        let isApart = outputs % Lane.width == 0, parts = isApart ? groups : 1
        let blocksOfPart = ((isApart ? outputs : outputs * groups) + Lane.width - 1) / Lane.width
        let tiling = ChannelTiling(blocks: blocksOfPart, pixels: columns, depth: depth, mostBlocks: mostBlocks)
        var stacks = [Stack](), weightLanes = 0
        for part in 0..<parts {
            for stack in tiling.stacks {
                let blocks = stack.blocks.lowerBound + part * blocksOfPart..<stack.blocks.upperBound + part * blocksOfPart
                let firstGroup = blocks.lowerBound * Lane.width / outputs
                let lastGroup = min(groups - 1, (blocks.upperBound * Lane.width - 1) / outputs)
                let segments = ChannelWalk.segments(firstGroup * channels..<(lastGroup + 1) * channels, source, taps: kernel.count)
                stacks.append(Stack(blocks: blocks, runs: stack.runs, segments: segments, weightStart: weightLanes))
                weightLanes += blocks.count * segments.reduce(0) { $0 + $1.lanes(kernel) }
            }
        }
        self.stacks = stacks
        self.weightLanes = weightLanes
        cycles = tiling.cycles * Double(parts * rows)
    }

    /// Sums of more products are added up from parts, which keeps their rounding errors small.
    private static let longestSum = 2048

    /// Cuts channels into whole blocks, parts of blocks where groups or channels begin or end within one, and all of them into parts of sums.
    private static func segments(_ channels: Range<Int>, _ source: Source, taps: Int) -> [Segment] {
        let width = source.interleaved, longest = max(1, longestSum / taps)
        var segments = [Segment](), channel = channels.lowerBound
        while channel < channels.upperBound {
            let lane = channel % width, left = channels.upperBound - channel
            let isWhole = lane == 0 && left >= width && width <= longestSum
            let blocks = isWhole ? min(left / width, max(1, longest / width)) : 1, count = isWhole ? width : min(width - lane, left, longest)
            segments.append(Segment(
                firstChannel: channel, sourceStart: channel / width * source.blockStep + lane, blocks: blocks, channels: count))
            channel += blocks * count
        }
        return segments
    }

    /// Stacks of blocks of output channels: what can be computed apart.
    public var stackCount: Int { stacks.count }

    /// The blocks of a stack.
    public func blocks(ofStack stack: Int) -> Range<Int> { stacks[stack].blocks }

    /// Multiply-adds of lanes, those that only fill a block included.
    public var multiplyAdds: Int { weightLanes * rows * columns }

    /// Computes some rows of one stack of blocks and lets `finish` see each while it is in the nearest cache.
    ///
    /// - Parameters:
    ///   - source: Where tap (0, 0) of output pixel (0, 0) in channel 0 lies, or would lie.
    ///   - bias: A lane for each block of all stacks.
    ///   - addend: What is added, for pixel (0, 0) of block 0; its rows and blocks lie as far apart as `addendRow` and `addendBlock` say.
    ///   - output: Where pixel (0, 0) of block 0 goes, or would go.
    ///   - floor: No result is less.
    @inline(__always)
    public func run(
        stack: Int, rows: Range<Int>, source: UnsafePointer<Float>, weights: LanePointer, bias: LanePointer?,
        addend: LanePointer?, addendRow: Int, addendBlock: Int, output: MutableLanePointer, outputRow: Int, outputBlock: Int, floor: Float,
        finish: (_ row: MutableLanePointer) -> Void
    ) {
        let stack = stacks[stack], first = stack.blocks.lowerBound
        for row in rows {
            let target = output + (first &* outputBlock &+ row &* outputRow)
            compute(
                row, stack, source: source + row &* kernel.strideRows &* self.source.rowStep, weights: weights, bias: bias.map { $0 + first },
                addend: addend.map { $0 + (first &* addendBlock &+ row &* addendRow) }, addendBlock: addendBlock,
                output: target, outputBlock: outputBlock, floor: floor)
            for block in 0..<stack.blocks.count { finish(target + block &* outputBlock) }
        }
    }

    @inline(never)
    private func compute(
        _ row: Int, _ stack: Stack, source: UnsafePointer<Float>, weights: LanePointer, bias: LanePointer?, addend: LanePointer?,
        addendBlock: Int, output: MutableLanePointer, outputBlock: Int, floor: Float
    ) {
        let taps = rowTaps[row], blocks = stack.blocks.count
        for run in stack.runs {
            var weights = weights + stack.weightStart
            for (index, segment) in stack.segments.enumerated() {
                // Neighbouring taps of whole blocks follow one another: one long loop.
                let isOneLoop = segment.channels == self.source.interleaved && kernel.dilationColumns == 1
                let rowLanes = kernel.columns &* segment.channels &* blocks
                let tile = ChannelTile(
                    source: source + (segment.sourceStart &+ run.start &* kernel.strideColumns &* self.source.interleaved
                        &+ taps.lowerBound &* kernel.dilationRows &* self.source.rowStep),
                    weights: weights + taps.lowerBound &* rowLanes,
                    bias: index == 0 ? bias : nil, addend: index == 0 ? addend.map { $0 + run.start } : LanePointer(output + run.start),
                    addendPlane: index == 0 ? addendBlock : outputBlock, output: output + run.start, outputPlane: outputBlock,
                    floor: index == stack.segments.count &- 1 ? floor : -.infinity, tiles: run.tiles,
                    pixelStep: kernel.strideColumns &* self.source.interleaved,
                    channelBlocks: segment.blocks, channelBlockStep: self.source.blockStep,
                    tapRows: taps.count, tapRowStep: kernel.dilationRows &* self.source.rowStep,
                    skippedWeights: (kernel.rows &- taps.count) &* rowLanes,
                    tapColumns: isOneLoop ? 1 : kernel.columns, tapColumnStep: kernel.dilationColumns &* self.source.interleaved,
                    channels: isOneLoop ? kernel.columns &* segment.channels : segment.channels)
                tile.run(blocks: blocks, pixels: run.width)
                weights += blocks &* segment.lanes(kernel)
            }
        }
    }
}
