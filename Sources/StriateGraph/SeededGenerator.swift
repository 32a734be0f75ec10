/// Random numbers that depend on nothing but a seed and a stream: the same on every machine, build and thread.
///
/// The generator is xoshiro256** (Blackman and Vigna, 2018), its state filled by SplitMix64 from the seed and the stream.
/// Everything random in Striate draws from one of these, each use from a stream of its own, so that adding a layer or an
/// image changes no other. Nothing here calls the mathematical library, whose last bits differ between systems.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameters:
    ///   - seed: What the user chose (`--seed`).
    ///   - stream: Which of that seed's unrelated sequences: a sample's index, or ``stream(_:)`` of a name.
    public init(seed: UInt64, stream: UInt64 = 0) {
        var mixer = SplitMix64(state: seed)
        let origin = mixer.next()
        mixer = SplitMix64(state: origin ^ SplitMix64.mixed(stream &+ SplitMix64.increment))
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    /// The generator of one named use, such as the initial values of `features.0.weight`.
    public init(seed: UInt64, path: String) { self.init(seed: seed, stream: SeededGenerator.stream(path)) }

    /// One number of a stream, as the seed of something of its own.
    public static func draw(seed: UInt64, stream: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: seed, stream: stream)
        return generator.next()
    }

    /// A stream for a name: its 64-bit FNV-1a hash, which (unlike `Hasher`'s) is the same in every process.
    public static func stream(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    public mutating func next() -> UInt64 {
        func rotated(_ x: UInt64, _ count: UInt64) -> UInt64 { x << count | x >> (64 - count) }
        let result = rotated(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotated(state.3, 45)
        return result
    }

    /// A number in 0 ..< 1, a multiple of 2⁻²⁴, each equally likely.
    public mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number in `range`, evenly.
    ///
    /// - Precondition: the range is not empty.
    public mutating func uniform(in range: Range<Float>) -> Float {
        precondition(range.lowerBound < range.upperBound, "no number lies in \(range)")
        // Rounding can reach the upper bound, which does not belong to the range.
        while true {
            let value = range.lowerBound + (range.upperBound - range.lowerBound) * unit()
            if value < range.upperBound { return value }
        }
    }

    /// A number in `range`, evenly.
    public mutating func uniform(in range: ClosedRange<Float>) -> Float {
        min(range.upperBound, range.lowerBound + (range.upperBound - range.lowerBound) * unit())
    }

    /// A whole number in 0 ..< `bound`, evenly, by Lemire's multiplication with rejection (2019).
    ///
    /// - Precondition: `bound` is positive.
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "no number lies below \(bound)")
        let bound = UInt64(bound)
        let threshold = (0 &- bound) % bound
        while true {
            let (high, low) = next().multipliedFullWidth(by: bound)
            if low >= threshold { return Int(high) }
        }
    }

    /// A number from the normal distribution with mean 0 and standard deviation 1, by Marsaglia's polar method (1964).
    public mutating func normal() -> Float {
        while true {
            let x = 2 * (Double(next() >> 11) * 0x1p-53) - 1
            let y = 2 * (Double(next() >> 11) * 0x1p-53) - 1
            let square = x * x + y * y
            if square > 0, square < 1 { return Float(x * (-2 * PortableMath.logarithm(square) / square).squareRoot()) }
        }
    }

    public static func == (a: SeededGenerator, b: SeededGenerator) -> Bool { a.state == b.state }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(state.0)
        hasher.combine(state.1)
        hasher.combine(state.2)
        hasher.combine(state.3)
    }
}

/// Steele, Lea and Flood's generator (2014): any 64-bit number is a good start, so it fills the states of others.
private struct SplitMix64 {
    static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= SplitMix64.increment
        return SplitMix64.mixed(state)
    }

    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
