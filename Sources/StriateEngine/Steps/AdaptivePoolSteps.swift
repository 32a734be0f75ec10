import StriateGraph
import StriateLanes

/// The regions of an adaptive pool: they may overlap, and differ in size.
struct PoolRegions: Sendable {
    let input: Extent
    let output: Extent
    let channels: Parts

    init(input: Shape, output: Shape) {
        self.input = Extent(input[1], input[2])
        self.output = Extent(output[1], output[2])
        channels = Parts(input[0], lanesEach: max(self.input.count, self.output.count))
    }

    /// Region `index` of `count` along an axis.
    @inline(__always)
    private func region(_ index: Int, of count: Int, extent: Int) -> Range<Int> {
        index &* extent / count..<((index &+ 1) &* extent &+ count &- 1) / count
    }

    /// Calls `body` for each output pixel of a channel with its index and the rows and columns of its region.
    @inline(__always)
    func forEach(_ body: (_ output: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void) {
        for y in 0..<output.rows {
            let rows = region(y, of: output.rows, extent: input.rows)
            for x in 0..<output.columns {
                body(y &* output.columns &+ x, rows, region(x, of: output.columns, extent: input.columns))
            }
        }
    }
}

/// The mean of each region.
struct AdaptivePoolStep: GroupStep {
    let regions: PoolRegions
    let x: Slot, result: Slot

    var parts: Int { regions.channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        for channel in regions.channels[part] {
            let x = frame.lanes(x) + channel &* regions.input.count, result = frame.lanes(result) + channel &* regions.output.count
            regions.forEach { output, rows, columns in
                var sum = Lane.zero
                for row in rows { for column in columns { sum += x[row &* regions.input.columns &+ column] } }
                result[output] = sum / Float(rows.count &* columns.count)
            }
        }
    }
}

/// Each upstream value spread evenly over its region.
struct AdaptivePoolGradientStep: GroupStep {
    let regions: PoolRegions
    let upstream: Slot, result: Slot

    var parts: Int { regions.channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        for channel in regions.channels[part] {
            let upstream = frame.lanes(upstream) + channel &* regions.output.count
            let result = frame.lanes(result) + channel &* regions.input.count
            result.update(repeating: .zero, count: regions.input.count)
            regions.forEach { output, rows, columns in
                let share = upstream[output] / Float(rows.count &* columns.count)
                for row in rows { for column in columns { result[row &* regions.input.columns &+ column] += share } }
            }
        }
    }
}
