public import CLane

/// `aᵇ` as C's `pow` defines it, within 5 ulp (200 on processors without fused multiply-adds): signs for whole exponents, NaN for
/// negative bases with others, `x⁰ = 1ᵇ = 1` even of NaN.
///
/// `exp(b·ln|a|)` with the logarithm in two floats, as the product makes its error large.
@inlinable @inline(__always)
public func pow(_ a: Lane, _ b: Lane) -> Lane {
    let one = Lane(repeating: 1), magnitude = lane_abs(a)
    let (logarithm, rest) = logarithmInTwoParts(magnitude)
    let product = b * logarithm
    let correction = lane_fma(b, rest, lane_fma(b, logarithm, -product))
    let power = exp(product)
    // Beyond the range of floats nothing is left to correct, and infinities would make NaN.
    let isFinite = lane_less(lane_abs(product), Lane(repeating: 105)) & lane_less(power, Lane(repeating: .infinity))
    var result = lane_select(isFinite, lane_fma(power, correction, power), power)

    let isWhole = lane_equal(lane_round(b), b), half = b * 0.5
    let isOdd = isWhole & ~lane_equal(lane_round(half), half)
    result = lane_select(isOdd, lane_copysign(result, a), result)
    let hasNoReal = lane_less(a, .zero) & lane_less(magnitude, Lane(repeating: .infinity)) & ~isWhole
    result = lane_select(hasNoReal, Lane(repeating: .nan), result)
    let isOne = lane_equal(a, one) | lane_equal(b, .zero) | (lane_equal(magnitude, one) & lane_equal(lane_abs(b), Lane(repeating: .infinity)))
    return lane_select(isOne, one, result)
}

/// `ln x` as the sum of a float and a small rest; infinite or NaN as ``log(_:)``'s for such x, with a rest of no meaning.
@inlinable @inline(__always)
func logarithmInTwoParts(_ x: Lane) -> (value: Lane, rest: Lane) {
    let (n, f, p) = logarithmParts(x)
    // Exact but for p: sums whose rounding errors are kept.
    let start = n * 0.693359375, sum = start + f
    let sumError = (start - (sum - (sum - start))) + (f - (sum - start))
    let value = sum + p
    let valueError = (sum - (value - (value - sum))) + (p - (value - sum))
    return (logarithm(of: x, value), sumError + valueError)
}

/// `eˣ − 1` for x ≤ 0, exact to a few ulp near 0 too: `2t / (1 − t)` with `t = tanh(x/2)`.
@inlinable @inline(__always)
public func expMinusOne(_ x: Lane) -> Lane {
    let t = tanh(x * 0.5)
    return (t + t) / (1 - t)
}

/// `ln(1 + x)` for x ≥ 0, exact to a few ulp near 0 too: what `1 + x` has lost is added to its logarithm.
@inlinable @inline(__always)
public func logOnePlus(_ x: Lane) -> Lane {
    let sum = 1 + x
    let lost = (x - (sum - 1)) / sum
    return log(sum) + lane_select(lane_less(sum, Lane(repeating: .infinity)), lost, .zero)
}
