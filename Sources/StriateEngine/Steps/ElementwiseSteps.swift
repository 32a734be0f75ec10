import CLane
import StriateGraph
import StriateLanes

/// Applies an activation to lanes in place, or from one place to another.
@inline(__always)
func activate(_ kind: Activation.Kind, _ x: LanePointer, into y: MutableLanePointer, count: Int) {
    switch kind {
    case .sigmoid: for i in 0..<count { y[i] = sigmoid(x[i]) }
    case .tanh: for i in 0..<count { y[i] = tanh(x[i]) }
    case .scaledTanh:
        for i in 0..<count { y[i] = tanh(x[i] * Activation.squashSlope) * Activation.squashAmplitude }
    // The lane second: NaN stays NaN.
    case .relu: for i in 0..<count { y[i] = lane_max(.zero, x[i]) }
    }
}

struct ActivationStep: GroupStep {
    let kind: Activation.Kind
    let x: Slot, y: Slot
    let elements: Parts

    var parts: Int { elements.count }

    func run(_ frame: GroupFrame, part: Int) {
        let range = elements[part]
        activate(kind, frame.lanes(x) + range.lowerBound, into: frame.lanes(y) + range.lowerBound, count: range.count)
    }
}

/// Lends `body` the activation's gradient as a function of its result and of upstream; the switch stays outside the loops.
@inline(__always)
func withGradient(of kind: Activation.Kind, _ body: (_ gradient: (_ y: Lane, _ upstream: Lane) -> Lane) -> Void) {
    switch kind {
    case .sigmoid: body { y, upstream in upstream * lane_fma(-y, y, y) }
    case .tanh: body { y, upstream in upstream * lane_fma(-y, y, Lane(repeating: 1)) }
    case .scaledTanh:
        let ratio = Activation.squashSlope / Activation.squashAmplitude
        let limit = Lane(repeating: Activation.squashSlope * Activation.squashAmplitude)
        body { y, upstream in upstream * lane_fma(y * -ratio, y, limit) }
    case .relu: body { y, upstream in lane_select(lane_greater(y, .zero), upstream, .zero) }
    }
}

/// Upstream times the derivative, which every activation here can tell from its result.
struct ActivationGradientStep: GroupStep {
    let kind: Activation.Kind
    let y: Slot, upstream: Slot, result: Slot
    let elements: Parts

    var parts: Int { elements.count }

    func run(_ frame: GroupFrame, part: Int) {
        let y = frame.lanes(y), upstream = frame.lanes(upstream), result = frame.lanes(result)
        withGradient(of: kind) { gradient in
            for i in elements[part] { result[i] = gradient(y[i], upstream[i]) }
        }
    }
}

struct AddBiasStep: GroupStep {
    let x: Slot, bias: Slot, result: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        for channel in channels[part] {
            let x = frame.lanes(x) + channel &* plane, result = frame.lanes(result) + channel &* plane
            let value = frame.floats(bias)[channel]
            for i in 0..<plane { result[i] = x[i] + value }
        }
    }
}

struct AffineStep: GroupStep {
    let scale: [Float], offset: [Float]
    let x: Slot, result: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        for channel in channels[part] {
            let x = frame.lanes(x) + channel &* plane, result = frame.lanes(result) + channel &* plane
            let own = scale.count == 1 ? 0 : channel
            let scale = Lane(repeating: scale[own]), offset = Lane(repeating: offset[own])
            for i in 0..<plane { result[i] = lane_fma(x[i], scale, offset) }
        }
    }
}

/// A shared value where a variable lives: an update that could not be computed in place.
struct CopyStep: BatchStep {
    let from: Slot, to: Slot
    let count: Int

    func run(_ frame: BatchFrame, part: Int) { frame.floats(to).update(from: frame.floats(from), count: count) }
}
