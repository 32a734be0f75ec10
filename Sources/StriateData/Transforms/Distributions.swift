package import StriateGraph

extension SeededGenerator {
    /// A number in 0 ..< 1, a multiple of 2⁻⁵³.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number between two others, whichever is the larger.
    mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * fraction() }

    /// A number whose logarithm is even between those of two positive numbers.
    mutating func logarithmicallyBetween(_ low: Double, _ high: Double) -> Double {
        PortableMath.exponential(between(PortableMath.logarithm(low), PortableMath.logarithm(high)))
    }

    /// Whether something of this probability happens.
    mutating func happens(_ probability: Double) -> Bool { fraction() < probability }

    /// A number in 0 … 1 from the Beta distribution with both parameters `alpha`, which is positive.
    package mutating func beta(_ alpha: Double) -> Double {
        // Quotients of tiny gamma variates would be 0/0: their logarithms are not.
        let (a, b) = (logarithmOfGamma(alpha), logarithmOfGamma(alpha))
        return 1 / (1 + PortableMath.exponential(b - a))
    }

    /// The logarithm of a number from the Gamma distribution, by Marsaglia and Tsang's method (2000).
    private mutating func logarithmOfGamma(_ shape: Double) -> Double {
        guard shape >= 1 else {
            return logarithmOfGamma(shape + 1) + PortableMath.logarithm(max(fraction(), 0x1p-53)) / shape
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = Double(normal())
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            let u = max(fraction(), 0x1p-53)
            if PortableMath.logarithm(u) < 0.5 * x * x + d - d * v + d * PortableMath.logarithm(v) {
                return PortableMath.logarithm(d) + PortableMath.logarithm(v)
            }
        }
    }
}
