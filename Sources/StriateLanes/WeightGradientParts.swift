/// How the weights of a convolution are shared out among parts that are computed apart, each of some outputs and some whole lanes of channels.
struct WeightGradientParts: Hashable, Sendable {
    let channels: Int
    let outputs: Int
    /// The most lanes of channels, and the most outputs, that a part has.
    let lanesInPart: Int
    let outputsInPart: Int

    private var channelsInPart: Int { lanesInPart * Lane.width }
    private var channelParts: Int { (channels + channelsInPart - 1) / channelsInPart }

    var count: Int { channelParts * ((outputs + outputsInPart - 1) / outputsInPart) }

    func channels(of part: Int) -> Range<Int> {
        let first = part % channelParts * channelsInPart
        return first..<min(channels, first + channelsInPart)
    }

    func outputs(of part: Int) -> Range<Int> {
        let first = part / channelParts * outputsInPart
        return first..<min(outputs, first + outputsInPart)
    }
}

extension Tiling {
    /// Where a tile's sums begin, if those of all tiles lie one after another.
    @inline(__always)
    func firstSum(_ row: Span, _ column: Span, columns: Int) -> Int { row.start &* columns &+ column.start &* row.count }

    /// Visits every sum in the order in which the tiles leave them.
    ///
    /// - Parameter columns: How many there are in all.
    @inline(__always)
    func forEachSum(columns: Int, _ body: (_ sum: Int, _ row: Int, _ column: Int) -> Void) {
        for rows in self.rows {
            for span in self.columns {
                var sum = firstSum(rows, span, columns: columns)
                for row in rows.start..<rows.end {
                    for column in span.start..<span.end {
                        body(sum, row, column)
                        sum &+= 1
                    }
                }
            }
        }
    }
}
