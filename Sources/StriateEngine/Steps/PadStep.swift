import StriateGraph
import StriateLanes

/// Copies pictures into a frame of zeros, so that kernels may reach over the edge.
struct PadStep: GroupStep {
    /// Lanes from one padded channel to the next. An odd number: channels that lie a power of two apart would crowd into the
    /// same few sets of the nearest cache.
    static func planeStep(rows: Int, columns: Int) -> Int { rows * columns | 1 }

    let margins: Padding
    let channels: Int, rows: Int, columns: Int
    let x: Slot, result: Slot

    var parts: Int { channels }

    func run(_ frame: GroupFrame, part channel: Int) {
        let width = margins.left + columns + margins.right, height = margins.top + rows + margins.bottom
        let x = frame.lanes(x) + channel &* rows &* columns
        var target = frame.lanes(result) + channel &* PadStep.planeStep(rows: height, columns: width)
        // Rows are short: a loop is quicker than a call.
        @inline(__always) func clear(_ start: MutableLanePointer, _ count: Int) { for i in 0..<count { start[i] = .zero } }
        clear(target, margins.top &* width + margins.left)
        target += margins.top &* width + margins.left
        for row in 0..<rows {
            let source = x + row &* columns
            for i in 0..<columns { target[i] = source[i] }
            // From one row's end to the next one's start is one stretch of zeros.
            let gap = row &+ 1 < rows ? margins.right &+ margins.left : margins.right &+ margins.bottom &* width
            clear(target + columns, gap)
            target += width
        }
    }
}
