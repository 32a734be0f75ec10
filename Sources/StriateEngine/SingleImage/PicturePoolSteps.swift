import CLane
import StriateGraph
import StriateLanes

/// A pool of one image, channels in lanes.
struct PicturePoolStep: GroupStep {
    let pool: Pool
    let geometry: PoolGeometry
    let xLayout: PictureLayout, layout: PictureLayout
    let x: Slot, result: Slot

    /// Rows of all blocks.
    private var lines: Parts { Parts(layout.lines, lanesEach: layout.size.columns * geometry.window.kernel.count) }
    var parts: Int { lines.count }

    func run(_ frame: GroupFrame, part: Int) {
        switch pool.kind {
        case .max:
            pool(frame, part) { x, _, _, taps in
                var best = Lane(repeating: -.infinity)
                taps.forEach { best = larger(best, x[$0]) }
                return best
            }
        case .average:
            pool(frame, part) { x, rows, columns, taps in
                var sum = Lane.zero
                taps.forEach { sum += x[$0] }
                return sum / PoolGeometry.count(rows, columns, countsPadding: pool.countsPadding)
            }
        }
    }

    @inline(__always)
    private func pool(
        _ frame: GroupFrame, _ part: Int,
        _ function: (_ x: LanePointer, _ rows: PoolGeometry.Span, _ columns: PoolGeometry.Span, _ taps: PoolGeometry.Taps) -> Lane
    ) {
        let dilation = geometry.window.dilation, rowStep = dilation.rows &* xLayout.row
        for line in lines[part] {
            let (block, row) = line.quotientAndRemainder(dividingBy: layout.size.rows)
            let x = LanePointer(frame.lanes(x)) + xLayout.pixel(block: block, row: 0)
            let target = frame.lanes(result) + layout.pixel(block: block, row: row)
            let rows = geometry.rows(row), firstRow = rows.start &* xLayout.row &+ rows.taps.lowerBound &* rowStep
            for column in 0..<layout.size.columns {
                let columns = geometry.columns(column)
                let taps = PoolGeometry.Taps(
                    first: firstRow &+ columns.start &+ columns.taps.lowerBound &* dilation.columns, rows: rows.taps.count,
                    columns: columns.taps.count, rowStep: rowStep, columnStep: dilation.columns)
                target[column] = function(x, rows, columns, taps)
            }
            layout.clearMargins(target)
        }
    }
}

/// The means of the regions of an adaptive pool.
struct PictureAdaptivePoolStep: GroupStep {
    let regions: PoolRegions
    let xLayout: PictureLayout, layout: PictureLayout
    let x: Slot, result: Slot

    private var blocks: Parts { Parts(layout.blocks, lanesEach: max(xLayout.size.count, layout.size.count)) }
    var parts: Int { blocks.count }

    func run(_ frame: GroupFrame, part: Int) {
        for block in blocks[part] {
            let x = frame.lanes(x) + xLayout.pixel(block: block, row: 0), result = frame.lanes(result)
            regions.forEach { output, rows, columns in
                let (row, column) = output.quotientAndRemainder(dividingBy: layout.size.columns)
                var sum = Lane.zero
                for y in rows { for i in columns { sum += x[y &* xLayout.row &+ i] } }
                result[layout.pixel(block: block, row: row) &+ column] = sum / Float(rows.count &* columns.count)
            }
            for row in 0..<layout.size.rows { layout.clearMargins(result + layout.pixel(block: block, row: row)) }
        }
    }
}
