import CLane
import Foundation
import StriateLanes
import Testing

/// The bounds that `VectorMath.swift` states, over every 251st float of each sign: all exponents, subnormals, infinities and NaN.
@Suite struct VectorMathTests {
    private var isFused: Bool {
        #if arch(arm64)
        true
        #else
        Int(lane_build_needs()) & Int(lane_needs_fma) != 0
        #endif
    }

    @Test func exponentialIsWithinOneUlp() {
        expectWithin(1, { StriateLanes.exp($0) }, { Foundation.exp($0) })
    }

    @Test func sigmoidStaysWithinItsBound() {
        // Without fused multiply-adds the reduced argument has lost its last bits where the result is nearly 0.
        expectWithin(isFused ? 3.1 : 50, orBelow: .leastNormalMagnitude, { StriateLanes.sigmoid($0) }, { 1 / (1 + Foundation.exp(-$0)) })
    }

    @Test func hyperbolicTangentIsWithinTwoUlp() {
        expectWithin(2, { StriateLanes.tanh($0) }, { Foundation.tanh($0) })
    }

    @Test func logarithmIsWithinOneUlp() {
        expectWithin(1, { StriateLanes.log($0) }, { Foundation.log($0) })
    }

    @Test func errorFunctionIsWithinTwoUlp() {
        expectWithin(2, { StriateLanes.erf($0) }, { Foundation.erf($0) })
    }

    @Test func normalDistributionIsExactFarBelowZeroToo() {
        expectWithin(isFused ? 7 : 200, orBelow: .leastNormalMagnitude, { normalDistribution($0) }, { Foundation.erfc(-$0 / 2.0.squareRoot()) / 2 })
    }

    @Test func functionsThatVanishAtZeroAreExactThere() {
        expectWithin(6, { logOnePlus(lane_abs($0)) }, { Foundation.log1p(abs($0)) })
        expectWithin(6, { expMinusOne(-lane_abs($0)) }, { Foundation.expm1(-abs($0)) })
    }

    /// Every pair of bases and exponents of these, and of bases near 1, whose powers show each error of the logarithm.
    @Test func powersAreWithinFiveUlp() {
        let bases = stride(from: 0, through: UInt64(UInt32.max), by: 4_000_037).map { Float(bitPattern: UInt32($0)) }
            + (-300...300).map { 1 + Float($0) * 0x1p-12 }
        let exponents: [Float] = [-70.5, -13, -3, -2, -1, -0.5, -0.1, 0, 0.1, 1 / 3, 0.5, 1, 1.5, 2, 3, 4.75, 10, 31, 100.25, 1000, 16_777_215]
        for exponent in exponents {
            for base in bases {
                let found = StriateLanes.pow(Lane(repeating: base), Lane(repeating: exponent))[0]
                let exact = Foundation.pow(Double(base), Double(exponent))
                if abs(exact) < Double(Float.leastNormalMagnitude), found.magnitude < 2 * .leastNormalMagnitude { continue }
                let ulps = distance(found, exact)
                #expect(ulps <= (isFused ? 5 : 200), "\(base) to the power of \(exponent) is \(exact), not \(found): \(ulps) ulp")
            }
        }
    }

    @Test func specialValuesComeOutAsInTheLibrary() {
        func element(_ function: (Lane) -> Lane, _ x: Float) -> Float { function(Lane(repeating: x))[0] }
        #expect(element(StriateLanes.exp, -.infinity) == 0 && element(StriateLanes.exp, .infinity) == .infinity)
        #expect(element(StriateLanes.exp, 0) == 1)
        #expect(element(StriateLanes.sigmoid, -.infinity) < .leastNormalMagnitude && element(StriateLanes.sigmoid, .infinity) == 1)
        #expect(element(StriateLanes.tanh, -.infinity) == -1 && element(StriateLanes.tanh, .infinity) == 1)
        #expect(element(StriateLanes.tanh, -0.0).sign == .minus)
        #expect(element(StriateLanes.log, 0) == -.infinity && element(StriateLanes.log, .infinity) == .infinity)
        #expect(element(StriateLanes.log, -1).isNaN && element(StriateLanes.log, 1) == 0)
    }

    private func expectWithin(
        _ bound: Double, orBelow smallest: Float = 0, _ function: (Lane) -> Lane, _ exact: (Double) -> Double, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var worst = (ulps: 0.0, x: Float(0), found: Float(0))
        var lane = Lane.zero, filled = 0
        for bits in stride(from: 0, through: UInt64(UInt32.max), by: 251) {
            lane[filled] = Float(bitPattern: UInt32(bits))
            filled += 1
            guard filled == Lane.width else { continue }
            filled = 0
            let results = function(lane)
            for i in 0..<Lane.width {
                let expected = exact(Double(lane[i]))
                if abs(expected) < Double(smallest), results[i].magnitude < smallest { continue }
                let ulps = distance(results[i], expected)
                if !(ulps <= worst.ulps) { worst = (ulps, lane[i], results[i]) }
            }
        }
        #expect(worst.ulps <= bound, "\(worst.found) at \(worst.x) is \(worst.ulps) ulp away", sourceLocation: sourceLocation)
    }

    /// In units of the last place of the correctly rounded result; NaN agrees with NaN alone.
    private func distance(_ found: Float, _ exact: Double) -> Double {
        if exact.isNaN || found.isNaN { return exact.isNaN && found.isNaN ? 0 : .infinity }
        let rounded = Float(exact)
        if rounded.isInfinite || found.isInfinite { return rounded == found ? 0 : .infinity }
        return abs(Double(found) - exact) / Double(max(rounded.ulp, .leastNonzeroMagnitude))
    }
}
