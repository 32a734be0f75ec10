public import CLane

// Elementary functions of whole lanes. Bounds are against the exact result in units of the last place, measured over 17 million
// floats by `VectorMathTests`. NaN gives NaN, infinities give the limits; results may be subnormal.
// Polynomials are minimax fits on the reduced ranges.

/// `eˣ` within 1 ulp: `x = n·ln 2 + r`, a polynomial of degree 6 for `eʳ`, then scaling by `2ⁿ`.
@inlinable @inline(__always)
public func exp(_ x: Lane) -> Lane {
    // Past these ends the result is infinite or zero; clamping keeps n within what `lane_scale` takes. x second: NaN passes.
    let x = lane_min(Lane(repeating: 89), lane_max(Lane(repeating: -105), x))
    let n = lane_round(x * 1.442695)
    var r = lane_fma(n, Lane(repeating: -0.693359375), x)
    r = lane_fma(n, Lane(repeating: 2.1219444e-4), r)
    var p = Lane(repeating: 0.0013814172)
    p = lane_fma(p, r, Lane(repeating: 0.008368922))
    p = lane_fma(p, r, Lane(repeating: 0.041668408))
    p = lane_fma(p, r, Lane(repeating: 0.1666652))
    p = lane_fma(p, r, Lane(repeating: 0.49999994))
    p = lane_fma(p, r * r, r) + 1
    return lane_scale(p, n)
}

/// `1 / (1 + e⁻ˣ)` within 3.1 ulp (50 on processors without fused multiply-adds); below −88.3, where `e⁻ˣ` would overflow, it stays at 4.5e-39.
///
/// The most frequent function of the oldest networks has an exponential of its own: `e⁻ˣ = 2ⁿ·2ᶠ` with n the nearest integer
/// to `−x·log₂ e` (a large number is added, so that only the integer is left) and a polynomial of degree 5 for `2ᶠ`, whose
/// error the sum with 1 halves.
@inlinable @inline(__always)
public func sigmoid(_ x: Lane) -> Lane {
    let x = lane_min(Lane(repeating: 87), lane_max(Lane(repeating: -88.3), x))
    let shifted = lane_fma(x, Lane(repeating: -1.442695), Lane(repeating: 12_583_039))
    let n = shifted - 12_583_039
    let f = lane_fma(x, Lane(repeating: -1.925963e-8), lane_fma(x, Lane(repeating: -1.442695), -n))
    var p = Lane(repeating: 0.0013264697)
    p = lane_fma(p, f, Lane(repeating: 0.009671534))
    p = lane_fma(p, f, Lane(repeating: 0.05550734))
    p = lane_fma(p, f, Lane(repeating: 0.24022242))
    p = lane_fma(p, f, Lane(repeating: 0.693147))
    p = lane_fma(p, f, Lane(repeating: 1))
    return 1 / lane_fma(p, lane_power(shifted), Lane(repeating: 1))
}

/// `tanh x` within 2 ulp: an odd polynomial near 0, where the exponential formula would cancel; else `1 − 2 / (e^2|x| + 1)`.
@inlinable @inline(__always)
public func tanh(_ x: Lane) -> Lane {
    let magnitude = lane_abs(x), square = x * x
    var p = Lane(repeating: 0.002092838)
    p = lane_fma(p, square, Lane(repeating: -0.008123096))
    p = lane_fma(p, square, Lane(repeating: 0.021678986))
    p = lane_fma(p, square, Lane(repeating: -0.053942855))
    p = lane_fma(p, square, Lane(repeating: 0.13333176))
    p = lane_fma(p, square, Lane(repeating: -0.3333333))
    let near = lane_fma(p * square, x, x)
    let far = 1 - 2 / (exp(magnitude + magnitude) + 1)
    return lane_copysign(lane_select(lane_greater(magnitude, Lane(repeating: 0.625)), far, near), x)
}

/// `ln x` within 1 ulp; −∞ at 0, NaN below.
@inlinable @inline(__always)
public func log(_ x: Lane) -> Lane {
    let (n, f, p) = logarithmParts(x)
    return logarithm(of: x, lane_fma(n, Lane(repeating: 0.693359375), f + p))
}

/// For normal and subnormal x > 0 `ln x = n · 0.693359375 + f + p`, with whole n, an exact f from √½ − 1 to √2 − 1 and a small p.
@inlinable @inline(__always)
func logarithmParts(_ x: Lane) -> (n: Lane, f: Lane, p: Lane) {
    let tiny = lane_less(x, Lane(repeating: .leastNormalMagnitude))
    let normal = lane_select(tiny, x * 8388608, x)
    let n = lane_exponent(normal) - lane_select(tiny, Lane(repeating: 23), .zero)
    let f = lane_significand(normal) - 1
    var p = Lane(repeating: 0.06752059)
    p = lane_fma(p, f, Lane(repeating: -0.116849706))
    p = lane_fma(p, f, Lane(repeating: 0.11890848))
    p = lane_fma(p, f, Lane(repeating: -0.124043435))
    p = lane_fma(p, f, Lane(repeating: 0.14219053))
    p = lane_fma(p, f, Lane(repeating: -0.16668043))
    p = lane_fma(p, f, Lane(repeating: 0.20002143))
    p = lane_fma(p, f, Lane(repeating: -0.2500001))
    p = lane_fma(p, f, Lane(repeating: 0.33333313))
    let square = f * f
    p = lane_fma(p * f, square, n * -2.1219444e-4)
    return (n, f, lane_fma(square, Lane(repeating: -0.5), p))
}

/// `value`, or what the logarithm is where x is not positive and finite.
@inlinable @inline(__always)
func logarithm(of x: Lane, _ value: Lane) -> Lane {
    var result = lane_select(lane_equal(x, .zero), Lane(repeating: -.infinity), value)
    result = lane_select(lane_less(x, .zero), Lane(repeating: .nan), result)
    return lane_select(lane_equal(x, Lane(repeating: .infinity)) | lane_is_nan(x), x, result)
}
