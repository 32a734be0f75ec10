import CLane
import StriateGraph
import StriateLanes

/// What is done to each element of one image, channels in lanes.
enum PictureFunction: Sendable {
    case activation(Activation.Kind)
    case function(ElementFunction.Kind)
    /// Each channel times a scale plus an offset; nil leaves it as it is. One of each for every block, in lanes.
    case channels(scale: Slot?, offset: Slot?)
    case arithmetic(Arithmetic.Kind, with: Slot, PictureLayout)
}

/// Element-wise work, a row of a block at a time: source and result may have different margins.
struct PictureElementStep: GroupStep {
    let function: PictureFunction
    let xLayout: PictureLayout, layout: PictureLayout
    let x: Slot, result: Slot

    private var lines: Parts { Parts(layout.lines, lanesEach: layout.size.columns) }
    var parts: Int { lines.count }

    func run(_ frame: GroupFrame, part: Int) {
        let columns = layout.size.columns
        for line in lines[part] {
            let (block, row) = line.quotientAndRemainder(dividingBy: layout.size.rows)
            let x = frame.lanes(x) + xLayout.pixel(block: block, row: row), result = frame.lanes(result) + layout.pixel(block: block, row: row)
            switch function {
            case .activation(let kind): activate(kind, x, into: result, count: columns)
            case .function(let kind): withFunction(of: kind) { function in for i in 0..<columns { result[i] = function(x[i]) } }
            case .channels(let scale, let offset):
                let scale = scale.map { frame.lanes($0)[block] } ?? Lane(repeating: 1), offset = offset.map { frame.lanes($0)[block] } ?? .zero
                for i in 0..<columns { result[i] = lane_fma(x[i], scale, offset) }
            case .arithmetic(let kind, let other, let otherLayout):
                let other = frame.lanes(other) + otherLayout.pixel(block: block, row: row)
                withFunction(of: kind) { function in for i in 0..<columns { result[i] = function(x[i], other[i]) } }
            }
            layout.clearMargins(result)
        }
    }
}

/// One element of a result after another from wherever it lies in a source: slices, concatenations, gathers, pictures as vectors.
struct PictureGatherStep: GroupStep {
    /// For each channel, row and column of the result that of the source, or ``Gather/filled``.
    let channels: [Int], rows: [Int], columns: [Int]
    let fill: Float
    let xLayout: PictureLayout, layout: PictureLayout
    /// The first channel of the result that is written.
    let firstChannel: Int
    let x: Slot, result: Slot

    private var pieces: Parts { Parts(channels.count, lanesEach: rows.count * columns.count) }
    var parts: Int { pieces.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.floats(x), result = frame.floats(result)
        for index in pieces[part] {
            let channel = channels[index], target = index &+ firstChannel
            for (y, row) in rows.enumerated() {
                let start = result + layout.float(channel: target, row: y)
                if channel == Gather.filled || row == Gather.filled {
                    for i in columns.indices { start[i &* layout.interleaved] = fill }
                } else {
                    let source = x + xLayout.float(channel: channel, row: row)
                    for (i, column) in columns.enumerated() {
                        start[i &* layout.interleaved] = column == Gather.filled ? fill : source[column &* xLayout.interleaved]
                    }
                }
                for i in 0..<layout.left { start[(i &- layout.left) &* layout.interleaved] = 0 }
                for i in 0..<layout.right { start[(columns.count &+ i) &* layout.interleaved] = 0 }
            }
        }
    }
}

/// A picture as a vector: `[channel][row][column]` of floats.
struct FlattenStep: GroupStep {
    let xLayout: PictureLayout
    let x: Slot, result: Slot

    private var channels: Parts { Parts(xLayout.channels, lanesEach: xLayout.size.count) }
    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.floats(x), columns = xLayout.size.columns
        for channel in channels[part] {
            for row in 0..<xLayout.size.rows {
                let source = x + xLayout.float(channel: channel, row: row)
                let target = frame.floats(result) + (channel &* xLayout.size.rows &+ row) &* columns
                for i in 0..<columns { target[i] = source[i &* xLayout.interleaved] }
            }
        }
    }
}
