import CLane
import StriateGraph
import StriateLanes

/// Lends `body` what is done with a pair of elements; the switch stays outside the loops.
@inline(__always)
func withFunction(of kind: Arithmetic.Kind, _ body: (_ function: (_ a: Lane, _ b: Lane) -> Lane) -> Void) {
    let one = Lane(repeating: 1)
    switch kind {
    case .add: body { $0 + $1 }
    case .subtract: body { $0 - $1 }
    case .multiply: body { $0 * $1 }
    case .divide: body { $0 / $1 }
    case .maximum: body { larger($0, $1) }
    case .minimum: body { smaller($0, $1) }
    case .power: body { pow($0, $1) }
    case .equal: body { lane_select(lane_equal($0, $1), one, .zero) }
    case .greater: body { lane_select(lane_greater($0, $1), one, .zero) }
    }
}

/// An operand of element-wise arithmetic.
struct Operand: Sendable {
    let slot: Slot
    /// One number for all images of a group, not a lane of them.
    let isShared: Bool
}

/// Arithmetic for each image; operands are lanes or shared numbers, and may be broadcast.
struct ArithmeticStep: GroupStep {
    let kind: Arithmetic.Kind
    let walk: ElementWalk
    let a: Operand, b: Operand
    let result: Slot

    private var pieces: Parts { Parts(walk.count) }
    var parts: Int { pieces.count }

    func run(_ frame: GroupFrame, part: Int) {
        let range = pieces[part]
        withFunction(of: kind) { function in
            switch (a.isShared, b.isShared) {
            case (false, false):
                let a = frame.lanes(a.slot), b = frame.lanes(b.slot)
                apply(frame, range, { a[$0] }, { b[$0] }, function)
            case (false, true):
                let a = frame.lanes(a.slot), b = frame.floats(b.slot)
                apply(frame, range, { a[$0] }, { Lane(repeating: b[$0]) }, function)
            case (true, _):
                let a = frame.floats(a.slot), b = frame.lanes(b.slot)
                apply(frame, range, { Lane(repeating: a[$0]) }, { b[$0] }, function)
            }
        }
    }

    @inline(__always)
    private func apply(
        _ frame: GroupFrame, _ range: Range<Int>, _ a: (_ index: Int) -> Lane, _ b: (_ index: Int) -> Lane,
        _ function: (_ a: Lane, _ b: Lane) -> Lane
    ) {
        let result = frame.lanes(result)
        walk.forEachRow(of: range) { index, startA, startB, steps, count in
            let result = result + index
            for i in 0..<count { result[i] = function(a(startA &+ i &* steps.a), b(startB &+ i &* steps.b)) }
        }
    }
}

/// Arithmetic on values that all images share.
struct SharedArithmeticStep: BatchStep {
    let kind: Arithmetic.Kind
    let walk: ElementWalk
    let a: Slot, b: Slot, result: Slot

    private var pieces: Parts { Parts(floats: walk.count) }
    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let a = frame.floats(a), b = frame.floats(b), result = frame.floats(result)
        withFunction(of: kind) { function in
            walk.forEachRow(of: pieces[part]) { index, startA, startB, steps, count in
                let a = a + startA, b = b + startB, result = result + index
                Lane.overFloats(0..<count) { range in
                    // Along the innermost axis an operand goes forward element by element or not at all.
                    let x = steps.a == 0 ? Lane(repeating: a[0]) : range.load(a)
                    let y = steps.b == 0 ? Lane(repeating: b[0]) : range.load(b)
                    range.store(function(x, y), to: result)
                }
            }
        }
    }
}
