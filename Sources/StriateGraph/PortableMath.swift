/// Functions whose last bits are the same on every system, unlike the mathematical library's: a seed means the same numbers everywhere.
package enum PortableMath {
    /// The natural logarithm of a positive normal number, within about 1e-15: the series of the inverse hyperbolic tangent.
    package static func logarithm(_ x: Double) -> Double {
        var (mantissa, exponent) = (x.significand, Double(x.exponent))
        if mantissa > 1.414_213_562_373_095_1 { (mantissa, exponent) = (mantissa / 2, exponent + 1) }
        let s = (mantissa - 1) / (mantissa + 1)
        let square = s * s
        var sum = 0.0
        for odd in stride(from: 21.0, through: 1.0, by: -2.0) { sum = sum * square + 1 / odd }
        return 2 * s * sum + exponent * 0.693_147_180_559_945_3
    }

    /// eˣ within about 1e-15 of itself: a power of two times Taylor's series. 0 below e⁻⁷⁰⁰; no larger than e⁷⁰⁰.
    package static func exponential(_ x: Double) -> Double {
        guard x > -700 else { return 0 }
        let x = min(x, 700)
        let power = (x * 1.442_695_040_888_963_4).rounded()
        let rest = x - power * 0.693_147_180_559_945_3
        var sum = 1.0
        for term in stride(from: 14.0, through: 1.0, by: -1.0) { sum = 1 + sum * rest / term }
        return Double(sign: .plus, exponent: Int(power), significand: sum)
    }
}
