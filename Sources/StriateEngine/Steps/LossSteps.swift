import CLane
import StriateLanes

/// `log Σ eᶻ − z[label]`, shifted by the largest logit so that nothing overflows. A background joins the sum.
struct CrossEntropyStep: GroupStep {
    let logits: Slot, labels: Slot, result: Slot
    let classes: Int
    let background: Float?

    func run(_ frame: GroupFrame, part: Int) {
        let z = frame.lanes(logits), label = frame.lanes(labels)[0]
        let (top, others) = exponentials(z, classes, background)
        var sum = others, own = Lane.zero
        for k in 0..<classes {
            sum += exp(z[k] - top)
            own = lane_select(lane_equal(label, Lane(repeating: Float(k))), z[k], own)
        }
        frame.lanes(result)[0] = log(sum) + (top - own)
    }
}

/// `(softmax(z) − onehot(label)) · upstream`
struct CrossEntropyGradientStep: GroupStep {
    let logits: Slot, labels: Slot, upstream: Slot, result: Slot
    let classes: Int
    let background: Float?

    func run(_ frame: GroupFrame, part: Int) {
        let z = frame.lanes(logits), label = frame.lanes(labels)[0], upstream = frame.lanes(upstream)[0]
        let result = frame.lanes(result)
        let (top, others) = exponentials(z, classes, background)
        var sum = others
        for k in 0..<classes {
            let e = exp(z[k] - top)
            result[k] = e
            sum += e
        }
        let scale = upstream / sum
        for k in 0..<classes {
            let own = lane_select(lane_equal(label, Lane(repeating: Float(k))), upstream, .zero)
            result[k] = lane_fma(result[k], scale, -own)
        }
    }
}

/// What all exponents are shifted by, and what the background then adds to their sum.
@inline(__always)
private func exponentials(_ z: LanePointer, _ classes: Int, _ background: Float?) -> (top: Lane, others: Lane) {
    let top = largest(z, classes)
    guard let background else { return (top, .zero) }
    let all = lane_max(Lane(repeating: background), top)
    return (all, exp(background - all))
}

/// `z[label]`
struct LabelLogitStep: GroupStep {
    let logits: Slot, labels: Slot, result: Slot
    let classes: Int

    func run(_ frame: GroupFrame, part: Int) {
        let z = frame.lanes(logits), label = frame.lanes(labels)[0]
        var own = Lane.zero
        for k in 0..<classes { own = lane_select(lane_equal(label, Lane(repeating: Float(k))), z[k], own) }
        frame.lanes(result)[0] = own
    }
}

/// Upstream at the label's place, 0 elsewhere.
struct LabelLogitGradientStep: GroupStep {
    let labels: Slot, upstream: Slot, result: Slot
    let classes: Int

    func run(_ frame: GroupFrame, part: Int) {
        let label = frame.lanes(labels)[0], upstream = frame.lanes(upstream)[0], result = frame.lanes(result)
        for k in 0..<classes { result[k] = lane_select(lane_equal(label, Lane(repeating: Float(k))), upstream, .zero) }
    }
}

/// 1 where the first largest logit is the label's.
struct Top1Step: GroupStep {
    let logits: Slot, labels: Slot, result: Slot
    let classes: Int

    func run(_ frame: GroupFrame, part: Int) {
        let z = frame.lanes(logits)
        var best = z[0], winner = Lane.zero
        for k in 1..<max(1, classes) {
            let isLarger = lane_greater(z[k], best)
            winner = lane_select(isLarger, Lane(repeating: Float(k)), winner)
            best = lane_select(isLarger, z[k], best)
        }
        frame.lanes(result)[0] = lane_select(lane_equal(winner, frame.lanes(labels)[0]), Lane(repeating: 1), .zero)
    }
}

@inline(__always)
private func largest(_ z: LanePointer, _ classes: Int) -> Lane {
    var top = z[0]
    for k in 1..<max(1, classes) { top = lane_max(top, z[k]) }
    return top
}
