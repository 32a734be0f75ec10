public import CLane

/// The error function within 2 ulp: an odd polynomial near 0, else `1 − erfc |x|`.
@inlinable @inline(__always)
public func erf(_ x: Lane) -> Lane {
    let square = x * x, magnitude = lane_abs(x)
    var p = Lane(repeating: -0.0006359559)
    p = lane_fma(p, square, Lane(repeating: 0.005058301))
    p = lane_fma(p, square, Lane(repeating: -0.026806599))
    p = lane_fma(p, square, Lane(repeating: 0.11282809))
    p = lane_fma(p, square, Lane(repeating: -0.37612578))
    p = lane_fma(p, square, Lane(repeating: 0.12837917))
    let near = lane_fma(p, x, x)
    let far = lane_copysign(1 - complementaryErrorFunction(magnitude, square, lost: lane_fma(x, x, -square)), x)
    return lane_select(lane_less(magnitude, Lane(repeating: 0.84)), near, far)
}

/// The normal distribution function `Φ(x) = erfc(−x/√2) / 2` within 7 ulp, down to the subnormal numbers
/// (200 ulp on processors without fused multiply-adds).
@inlinable @inline(__always)
public func normalDistribution(_ x: Lane) -> Lane {
    let square = x * x
    let tail = 0.5 * complementaryErrorFunction(lane_abs(x) * 0.70710677, square * 0.5, lost: lane_fma(x, x, -square) * 0.5)
    return lane_select(lane_less(x, .zero), tail, 1 - tail)
}

/// `erfc x` for x ≥ 0: `e^(−x²) · t · p(t)` with `t = 1 / (1 + 0.4x)` and a polynomial of degree 9.
///
/// - Parameter lost: What rounding has taken from x²: it would be a relative error of the exponential.
@inlinable @inline(__always)
func complementaryErrorFunction(_ x: Lane, _ square: Lane, lost: Lane) -> Lane {
    let t = 1 / lane_fma(x, Lane(repeating: 0.4), Lane(repeating: 1))
    var p = Lane(repeating: -0.029206155)
    p = lane_fma(p, t, Lane(repeating: 0.19590476))
    p = lane_fma(p, t, Lane(repeating: -0.4938531))
    p = lane_fma(p, t, Lane(repeating: 0.5408229))
    p = lane_fma(p, t, Lane(repeating: -0.2788674))
    p = lane_fma(p, t, Lane(repeating: 0.26911494))
    p = lane_fma(p, t, Lane(repeating: 0.13069953))
    p = lane_fma(p, t, Lane(repeating: 0.21470065))
    p = lane_fma(p, t, Lane(repeating: 0.2249783))
    p = lane_fma(p, t, Lane(repeating: 0.22570556))
    let power = exp(-square)
    let exact = lane_select(lane_less(square, Lane(repeating: 105)), lane_fma(power, -lost, power), power)
    return exact * (p * t)
}
