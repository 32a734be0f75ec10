import CLane
import StriateGraph
import StriateLanes

/// `a·x + b·y`
struct WeightedSumStep: BatchStep {
    let x: Slot, a: Slot, y: Slot, b: Slot, result: Slot
    let pieces: Parts

    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let x = frame.floats(x), y = frame.floats(y), result = frame.floats(result)
        let a = Lane(repeating: frame.floats(a)[0]), b = Lane(repeating: frame.floats(b)[0])
        Lane.overFloats(pieces[part]) { $0.store(lane_fma(b, $0.load(y), a * $0.load(x)), to: result) }
    }
}

/// The sums of squares of a value's parts.
struct SquareSumsStep: BatchStep {
    let x: Slot
    /// One number for each part.
    let sums: Slot
    let count: Int

    static let floatsInPart = 4096

    var parts: Int { (count + SquareSumsStep.floatsInPart - 1) / SquareSumsStep.floatsInPart }

    func run(_ frame: BatchFrame, part: Int) {
        let x = frame.floats(x), first = part * SquareSumsStep.floatsInPart
        var sum = Lane.zero
        Lane.overFloats(first..<min(count, first + SquareSumsStep.floatsInPart)) {
            let elements = $0.load(x)
            sum = lane_fma(elements, elements, sum)
        }
        frame.floats(sums)[part] = sum.total
    }
}

/// The root of the sum of all parts' sums, added up in their order.
struct NormStep: BatchStep {
    let sums: [(slot: Slot, count: Int)]
    let result: Slot

    func run(_ frame: BatchFrame, part: Int) {
        var total = 0.0
        for (slot, count) in sums { for index in 0..<count { total += Double(frame.floats(slot)[index]) } }
        frame.floats(result)[0] = Float(total.squareRoot())
    }
}

/// LARS's scale of a gradient.
struct TrustRatioStep: BatchStep {
    let ratio: TrustRatio
    let w: Slot, g: Slot, result: Slot

    func run(_ frame: BatchFrame, part: Int) {
        let w = frame.floats(w)[0], g = frame.floats(g)[0]
        frame.floats(result)[0] = w > 0 && g > 0 ? ratio.trust * w / (g + ratio.weightDecay * w + ratio.epsilon) : 1
    }
}

/// Muon's momentum, and the direction that it makes with the gradient.
struct AverageMomentumStep: BatchStep {
    let momentum: AverageMomentum
    let v: Slot, gradient: Slot
    let gate: Slot?
    let newV: Slot, direction: Slot
    let pieces: Parts

    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let v = frame.floats(v), g = frame.floats(gradient), newV = frame.floats(newV), u = frame.floats(direction)
        let isOpen = gate.map { frame.floats($0)[0] != 0 } ?? true
        // Nothing reads the direction where the gate is closed.
        let share = Lane(repeating: isOpen ? Float(1 - momentum.momentum) : 0), ahead = Lane(repeating: Float(momentum.momentum))
        Lane.overFloats(pieces[part]) { range in
            let gradient = range.load(g), before = range.load(v), mean = lane_fma(share, gradient - before, before)
            range.store(mean, to: newV)
            range.store(momentum.isNesterov ? lane_fma(ahead, mean - gradient, gradient) : mean, to: u)
        }
    }
}
