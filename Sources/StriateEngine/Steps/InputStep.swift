import CLane
import StriateLanes

/// Brings a group's samples into lanes: sixteen rows of numbers become columns. Places without an image become 0.
struct InputStep: GroupStep {
    /// Which of the run's sources.
    let source: Int
    let result: Slot
    /// Elements of a sample.
    let count: Int

    func run(_ frame: GroupFrame, part: Int) {
        let feed = frame.feeds[source], result = frame.lanes(result)
        let rows = feed.rows + frame.firstImage
        withSquare { square, floats in
            var first = 0
            while first &+ Lane.width <= count {
                for image in 0..<frame.images {
                    let start = rows[image] &* count &+ first
                    switch feed.elements {
                    case .bytes(let bytes): square[image] = lane_from_bytes(bytes + start)
                    case .floats(let floats): square[image] = lane_load(floats + start)
                    case .integers(let integers): for i in 0..<Lane.width { square[image][i] = Float(integers[start &+ i]) }
                    }
                }
                for image in frame.images..<max(Lane.width, frame.images) { square[image] = .zero }
                lane_transpose(floats)
                for i in 0..<Lane.width { result[first &+ i] = square[i] }
                first &+= Lane.width
            }
            for element in first..<count {
                var lane = Lane.zero
                for image in 0..<frame.images {
                    let position = rows[image] &* count &+ element
                    switch feed.elements {
                    case .bytes(let bytes): lane[image] = Float(bytes[position])
                    case .floats(let floats): lane[image] = floats[position]
                    case .integers(let integers): lane[image] = Float(integers[position])
                    }
                }
                result[element] = lane
            }
        }
    }
}
