import CLane

/// What some rows of a convolution's result read of a picture, copied out of it: channel after channel, with the zeros around.
///
/// The channels of a large picture lie far apart, often by a power of two, and then crowd into a few sets of every cache. Copied
/// together, they stay in the second-level cache while one block of output channels after another reads them, and padding costs no
/// pass of its own.
public struct SourceBlock: Sendable {
    /// Where the block's positions lie in the picture, along rows or along columns.
    public struct Axis: Sendable {
        /// The picture's positions.
        public var extent: Int
        /// The picture's position for position 0 of the block of output 0. Negative where there is padding.
        public var start: Int
        /// From one position of the block to the next, in the picture's.
        public var step: Int
        /// From one output to the next, in the block's positions.
        public var outputStep: Int
        /// Positions that one output reads, the first to the last.
        public var reach: Int

        public init(extent: Int, start: Int, step: Int, outputStep: Int, reach: Int) {
            self.extent = extent
            self.start = start
            self.step = step
            self.outputStep = outputStep
            self.reach = reach
        }

        /// Positions that so many neighbouring outputs read.
        public func count(outputs: Int) -> Int { outputs == 0 ? 0 : (outputs - 1) * outputStep + reach }

        /// Those of `positions` in the block of output `first` that lie on the picture.
        func inside(_ positions: Int, from first: Int) -> Range<Int> {
            let start = start + first * outputStep * step
            let before = start >= 0 ? 0 : min(positions, (-start + step - 1) / step)
            let end = extent <= start ? 0 : min(positions, (extent - start + step - 1) / step)
            return before..<max(before, end)
        }
    }

    public let channels: Int
    /// Two channels lie in the place of one, as pairs of bfloat16 numbers; a last one alone is paired with zeros.
    public let isPaired: Bool
    public let rows: Axis
    public let columns: Axis
    /// Output rows of one block.
    public let outputRows: Int
    /// Lanes from one row of the block to the next, and from one channel to the next.
    public let width: Int
    public let plane: Int

    public init(channels: Int, isPaired: Bool = false, rows: Axis, columns: Axis, outputRows: Int, outputColumns: Int) {
        self.channels = channels
        self.isPaired = isPaired
        self.rows = rows
        self.columns = columns
        self.outputRows = outputRows
        width = columns.count(outputs: outputColumns)
        // Odd, so that channels spread over the sets of the nearest cache.
        plane = rows.count(outputs: outputRows) * width | 1
    }

    /// Channels, or pairs of them.
    private var planes: Int { isPaired ? (channels + 1) / 2 : channels }
    public var lanes: Int { planes * plane }

    /// Copies what the output rows `outputs` read. Channels of the picture follow one another.
    @inline(never)
    public func copy(outputs: Range<Int>, from picture: LanePointer, into block: MutableLanePointer) {
        let count = rows.count(outputs: outputs.count)
        let rowsInside = rows.inside(count, from: outputs.lowerBound), columnsInside = columns.inside(width, from: 0)
        let picturePlane = rows.extent &* columns.extent, (rowStep, step) = (rows.step &* columns.extent, columns.step)
        let (left, middle) = (columnsInside.lowerBound, columnsInside.count), right = width &- columnsInside.upperBound
        // Rows are short: a loop is quicker than a call.
        @inline(__always) func clear(_ start: MutableLanePointer, _ count: Int) { for i in 0..<count { start[i] = .zero } }
        let firstRow = rows.start &+ (outputs.lowerBound &* rows.outputStep &+ rowsInside.lowerBound) &* rows.step
        var source = picture + (firstRow &* columns.extent &+ columns.start &+ left &* step), target = block
        for index in 0..<planes {
            let isPair = isPaired && 2 &* index &+ 1 < channels
            clear(target, rowsInside.lowerBound &* width)
            var rowSource = source, rowTarget = target + rowsInside.lowerBound &* width
            for _ in rowsInside {
                clear(rowTarget, left)
                if isPaired {
                    let second = isPair ? rowSource + picturePlane : rowSource
                    for i in 0..<middle {
                        rowTarget[left &+ i] = lane_pair(rowSource[i &* step], isPair ? second[i &* step] : .zero)
                        lane_prefetch(second + (picturePlane &+ i &* step))
                    }
                } else if step == 1 {
                    for i in 0..<middle {
                        rowTarget[left &+ i] = rowSource[i]
                        lane_prefetch(rowSource + (picturePlane &+ i))
                    }
                } else {
                    for i in 0..<middle { rowTarget[left &+ i] = rowSource[i &* step] }
                }
                clear(rowTarget + (left &+ middle), right)
                rowSource += rowStep
                rowTarget += width
            }
            clear(rowTarget, (count &- rowsInside.upperBound) &* width)
            source += isPaired ? 2 &* picturePlane : picturePlane
            target += plane
        }
    }
}
