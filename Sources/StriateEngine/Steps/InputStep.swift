import CLane
import StriateLanes

/// Brings a group's samples into lanes: sixteen rows of numbers become columns. Places without an image become 0.
struct InputStep: GroupStep {
    /// Which of the run's sources.
    let source: Int
    let result: Slot
    /// Elements of a sample.
    let count: Int

    /// The squares that are turned together, the last one perhaps not whole.
    private var squares: Parts { Parts((count + Lane.width - 1) / Lane.width, lanesEach: Lane.width) }
    var parts: Int { squares.count }

    func run(_ frame: GroupFrame, part: Int) {
        let feed = frame.feeds[source], result = frame.lanes(result)
        let rows = feed.rows + frame.firstImage
        let squares = squares[part], elements = squares.lowerBound &* Lane.width..<min(count, squares.upperBound &* Lane.width)
        switch feed.elements {
        case .bytes(let bytes):
            // Samples lie anywhere in a data set that no cache holds: ask for all of them before the first is needed.
            for image in 0..<frame.images {
                for byte in stride(from: elements.lowerBound, to: elements.upperBound, by: 64) {
                    lane_prefetch(bytes + (rows[image] &* count &+ byte))
                }
            }
            turn(elements, rows, frame.images, result, { lane_from_bytes(bytes + $0) }, { Float(bytes[$0]) })
        case .floats(let floats): turn(elements, rows, frame.images, result, { lane_load(floats + $0) }, { floats[$0] })
        case .integers(let integers):
            turn(
                elements, rows, frame.images, result,
                { start in
                    var lane = Lane.zero
                    for i in 0..<Lane.width { lane[i] = Float(integers[start &+ i]) }
                    return lane
                }, { Float(integers[$0]) })
        }
    }

    /// Turns squares of a lane's width in registers, and what is left element by element.
    @inline(__always)
    private func turn(
        _ elements: Range<Int>, _ rows: UnsafePointer<Int>, _ images: Int, _ result: MutableLanePointer,
        _ load: (_ position: Int) -> Lane, _ element: (_ position: Int) -> Float
    ) {
        var first = elements.lowerBound
        withSquare { square, floats in
            while first &+ Lane.width <= elements.upperBound {
                for image in 0..<images { square[image] = load(rows[image] &* count &+ first) }
                for image in images..<Lane.width { square[image] = .zero }
                let target = UnsafeMutableRawPointer(result + first).assumingMemoryBound(to: Float.self)
                lane_transpose(floats, Lane.width, target, Lane.width)
                first &+= Lane.width
            }
        }
        for position in first..<elements.upperBound {
            var lane = Lane.zero
            for image in 0..<images { lane[image] = element(rows[image] &* count &+ position) }
            result[position] = lane
        }
    }
}
