import CLane
import StriateGraph
import StriateLanes

/// Lends `body` a function of one element; the switch stays outside the loops.
@inline(__always)
func withFunction(of kind: ElementFunction.Kind, _ body: (_ function: (Lane) -> Lane) -> Void) {
    let one = Lane(repeating: 1)
    switch kind {
    case .leakyReLU(let slope): body { lane_select(lane_greater($0, .zero), $0, $0 * slope) }
    case .elu(let scale): body { lane_select(lane_greater($0, .zero), $0, expMinusOne(lane_min(.zero, $0)) * scale) }
    case .gelu(approximatedByTanh: false): body { $0 * normalDistribution($0) }
    // (1 + tanh u) / 2 = 1 / (1 + e^−2u), which loses nothing where tanh is near −1.
    case .gelu(approximatedByTanh: true): body { $0 / (1 + exp(approximateGELUExponent($0))) }
    case .hardSigmoid(let slope, let offset): body { hardSigmoid($0, slope: slope, offset: offset) }
    case .hardSwish: body { $0 * hardSigmoid($0, slope: 1 / 6, offset: 0.5) }
    case .silu: body { $0 / (1 + exp(-$0)) }
    case .softplus: body { larger($0, .zero) + logOnePlus(exp(-lane_abs($0))) }
    // The lane second: NaN stays NaN.
    case .clip(let low, let high): body { lane_min(Lane(repeating: high), lane_max(Lane(repeating: low), $0)) }
    case .exp: body { exp($0) }
    case .log: body { log($0) }
    case .squareRoot: body { lane_sqrt($0) }
    case .reciprocalSquareRoot: body { 1 / lane_sqrt($0) }
    case .reciprocal: body { 1 / $0 }
    case .absolute: body { lane_abs($0) }
    case .erf: body { erf($0) }
    case .sign: body { sign($0, of: one) }
    case .floor: body { lane_floor($0) }
    case .ceil: body { lane_ceil($0) }
    case .round: body { lane_round($0) }
    }
}

/// Lends `body` a function's gradient; the switch stays outside the loops.
@inline(__always)
private func withGradient(of kind: ElementFunction.Kind, _ body: (_ gradient: (_ x: Lane, _ upstream: Lane) -> Lane) -> Void) {
    switch kind {
    case .leakyReLU(let slope): body { x, g in lane_select(lane_greater(x, .zero), g, g * slope) }
    case .elu(let scale): body { x, g in lane_select(lane_greater(x, .zero), g, g * (exp(x) * scale)) }
    case .gelu(approximatedByTanh: false):
        body { x, g in
            let density = exp(x * x * -0.5) * 0.3989423
            return g * lane_fma(lane_select(lane_equal(density, .zero), .zero, x), density, normalDistribution(x))
        }
    case .gelu(approximatedByTanh: true):
        body { x, g in
            // Beyond these ends the slope is 0 or 1, and the cube would be infinite.
            let x = lane_min(Lane(repeating: 30), lane_max(Lane(repeating: -30), x))
            let y = 1 / (1 + exp(approximateGELUExponent(x)))
            let inner = lane_fma(x * x, Lane(repeating: 0.21406651), Lane(repeating: 1.5957691))
            return g * lane_fma(x * inner, lane_fma(-y, y, y), y)
        }
    case .hardSigmoid(let slope, let offset):
        body { x, g in
            let y = lane_fma(x, Lane(repeating: slope), Lane(repeating: offset))
            return lane_select(lane_greater(y, .zero) & lane_less(y, Lane(repeating: 1)), g * slope, .zero)
        }
    case .hardSwish:
        body { x, g in
            let inside = lane_select(lane_less(x, Lane(repeating: 3)), g * lane_fma(x, Lane(repeating: 1 / 3), Lane(repeating: 0.5)), g)
            return lane_select(lane_greater(x, Lane(repeating: -3)), inside, .zero)
        }
    case .silu:
        body { x, g in
            let y = sigmoid(x)
            return g * lane_fma(lane_min(Lane(repeating: 100), lane_max(Lane(repeating: -100), x)), lane_fma(-y, y, y), y)
        }
    case .softplus: body { x, g in g * sigmoid(x) }
    case .clip(let low, let high):
        body { x, g in
            let isOutside = lane_less(x, Lane(repeating: low)) | lane_greater(x, Lane(repeating: high)) | lane_is_nan(x)
            return lane_select(isOutside, .zero, g)
        }
    case .exp: body { x, g in g * exp(x) }
    case .log: body { x, g in g / x }
    case .squareRoot: body { x, g in g * 0.5 / lane_sqrt(x) }
    case .reciprocalSquareRoot: body { x, g in g * -0.5 / (x * lane_sqrt(x)) }
    case .reciprocal: body { x, g in -g / (x * x) }
    case .absolute: body { x, g in sign(x, of: g) }
    case .erf: body { x, g in g * (exp(-(x * x)) * 1.1283792) }
    case .sign, .floor, .ceil, .round: body { _, _ in .zero }
    }
}

/// −2·√(2/π)·(x + 0.044715·x³)
@inline(__always)
private func approximateGELUExponent(_ x: Lane) -> Lane {
    x * lane_fma(x * x, Lane(repeating: -0.07135482), Lane(repeating: -1.5957691))
}

@inline(__always)
private func hardSigmoid(_ x: Lane, slope: Float, offset: Float) -> Lane {
    lane_min(Lane(repeating: 1), lane_max(.zero, lane_fma(x, Lane(repeating: slope), Lane(repeating: offset))))
}

/// `value` with the sign of x; 0 where x is 0.
@inline(__always)
private func sign(_ x: Lane, of value: Lane) -> Lane {
    lane_select(lane_greater(x, .zero), value, lane_select(lane_less(x, .zero), -value, .zero))
}

struct ElementFunctionStep: GroupStep {
    let kind: ElementFunction.Kind
    let x: Slot, result: Slot
    let pieces: Parts

    var parts: Int { pieces.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), result = frame.lanes(result)
        withFunction(of: kind) { function in
            for i in pieces[part] { result[i] = function(x[i]) }
        }
    }
}

struct ElementFunctionGradientStep: GroupStep {
    let kind: ElementFunction.Kind
    let x: Slot, upstream: Slot, result: Slot
    let pieces: Parts

    var parts: Int { pieces.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), upstream = frame.lanes(upstream), result = frame.lanes(result)
        withGradient(of: kind) { gradient in
            for i in pieces[part] { result[i] = gradient(x[i], upstream[i]) }
        }
    }
}

struct SharedElementFunctionStep: BatchStep {
    let kind: ElementFunction.Kind
    let x: Slot, result: Slot
    let pieces: Parts

    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let x = frame.floats(x), result = frame.floats(result)
        withFunction(of: kind) { function in
            Lane.overFloats(pieces[part]) { $0.store(function($0.load(x)), to: result) }
        }
    }
}

struct SharedElementFunctionGradientStep: BatchStep {
    let kind: ElementFunction.Kind
    let x: Slot, upstream: Slot, result: Slot
    let pieces: Parts

    var parts: Int { pieces.count }

    func run(_ frame: BatchFrame, part: Int) {
        let x = frame.floats(x), upstream = frame.floats(upstream), result = frame.floats(result)
        withGradient(of: kind) { gradient in
            Lane.overFloats(pieces[part]) { $0.store(gradient($0.load(x), $0.load(upstream)), to: result) }
        }
    }
}
