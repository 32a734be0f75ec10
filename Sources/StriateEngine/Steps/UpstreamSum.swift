import CLane
import StriateLanes

/// What several readers of a value hand back: added up in their order, and only where a ReLU's result is above 0, if there is one.
struct UpstreamSum: Sendable {
    /// At least one.
    let addends: [Slot]
    /// The ReLU's result.
    let y: Slot?

    /// Lends `body` the addends and the ReLU's result.
    ///
    /// - Parameter place: Where a slot's elements lie.
    @inline(__always)
    func withAddends(
        _ place: (Slot) -> MutableLanePointer, _ body: (_ addends: UnsafeBufferPointer<LanePointer>, _ y: LanePointer?) -> Void
    ) {
        let y = y.map { LanePointer(place($0)) }
        withUnsafeTemporaryAllocation(of: LanePointer.self, capacity: addends.count) { lent in
            for (index, slot) in addends.enumerated() { lent.initializeElement(at: index, to: LanePointer(place(slot))) }
            body(UnsafeBufferPointer(lent), y)
        }
    }

    /// Adds up the elements of `range`. `result` may be where one of the addends or `y` is.
    @inline(__always)
    static func add(
        _ addends: UnsafeBufferPointer<LanePointer>, where y: LanePointer?, _ range: Range<Int>, into result: MutableLanePointer
    ) {
        let first = addends[0], count = addends.count
        func store(_ sum: (_ index: Int) -> Lane) {
            guard let y else {
                for i in range { result[i] = sum(i) }
                return
            }
            for i in range { result[i] = lane_select(lane_greater(y[i], .zero), sum(i), .zero) }
        }
        switch count {
        case 1: store { first[$0] }
        case 2:
            let second = addends[1]
            store { first[$0] + second[$0] }
        default:
            store { i in
                var sum = first[i]
                for k in 1..<count { sum += addends[k][i] }
                return sum
            }
        }
    }
}
