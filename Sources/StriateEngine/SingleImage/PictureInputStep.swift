import CLane
import StriateGraph
import StriateLanes

/// Brings one sample into memory as its consumers want it, scaled and moved.
struct PictureInputStep: GroupStep {
    /// Which of the run's sources.
    let source: Int
    let result: Slot
    let layout: PictureLayout
    /// For all channels together, or for each.
    let scale: [Float], offset: [Float]

    private var lines: Parts { Parts(layout.channels * layout.size.rows, lanesEach: layout.size.columns / Lane.width) }
    var parts: Int { lines.count }

    func run(_ frame: GroupFrame, part: Int) {
        let feed = frame.feeds[source], sample = feed.rows[frame.firstImage] &* (layout.channels &* layout.size.count)
        switch feed.elements {
        case .bytes(let bytes):
            read(frame, part, { lane_from_bytes(bytes + (sample &+ $0)) }, { Float(bytes[sample &+ $0]) })
        case .floats(let floats):
            read(frame, part, { lane_load(floats + (sample &+ $0)) }, { floats[sample &+ $0] })
        case .integers(let integers):
            read(
                frame, part,
                { start in
                    var lane = Lane.zero
                    for i in 0..<Lane.width { lane[i] = Float(integers[sample &+ start &+ i]) }
                    return lane
                }, { Float(integers[sample &+ $0]) })
        }
    }

    @inline(__always)
    private func read(_ frame: GroupFrame, _ part: Int, _ load: (_ position: Int) -> Lane, _ element: (_ position: Int) -> Float) {
        let result = frame.floats(result), columns = layout.size.columns, step = layout.interleaved
        for line in lines[part] {
            let (channel, row) = line.quotientAndRemainder(dividingBy: layout.size.rows)
            let scale = scale[scale.count == 1 ? 0 : channel], offset = offset[self.offset.count == 1 ? 0 : channel]
            let target = result + layout.float(channel: channel, row: row)
            var column = 0
            if step == 1 {
                let scales = Lane(repeating: scale), offsets = Lane(repeating: offset)
                while column &+ Lane.width <= columns {
                    lane_store(target + column, lane_fma(load(line &* columns &+ column), scales, offsets))
                    column &+= Lane.width
                }
            }
            while column < columns {
                target[column &* step] = offset.addingProduct(element(line &* columns &+ column), scale)
                column &+= 1
            }
            for i in 0..<layout.left { target[(i &- layout.left) &* step] = 0 }
            for i in 0..<layout.right { target[(columns &+ i) &* step] = 0 }
        }
    }
}
