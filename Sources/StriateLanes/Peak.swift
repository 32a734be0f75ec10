import CLane

/// How fast this machine multiplies and adds: the yardstick for `bench`.
public enum Peak {
    /// Fused multiply-adds of single floats in one call of ``burn(_:)`` for each round.
    public static let multiplyAddsInRound = sums * Lane.width
    private static let sums = 12

    /// Runs `rounds` rounds of independent multiply-adds that touch no memory; returns something that depends on all of them.
    @inline(never)
    public static func burn(_ rounds: Int) -> Float {
        var sums = InlineArray<12, Lane>(repeating: .zero)
        let a = Lane(repeating: Float(rounds & 1) + 0.5), b = Lane(repeating: 0.25)
        for _ in 0..<rounds {
            for s in 0..<12 { sums[unchecked: s] = lane_fma(sums[unchecked: s], a, b) }
        }
        var total = Lane.zero
        for s in 0..<12 { total += sums[unchecked: s] }
        return total.total
    }

    /// Reads memory from one end to the other; returns something that depends on all of it.
    ///
    /// - Parameter count: Lanes, a multiple of 8.
    @inline(never)
    public static func sweep(_ lanes: LanePointer, count: Int) -> Float {
        var sums = InlineArray<8, Lane>(repeating: .zero)
        for first in stride(from: 0, to: count, by: 8) {
            for s in 0..<8 { sums[unchecked: s] += lanes[first &+ s] }
        }
        var total = Lane.zero
        for s in 0..<8 { total += sums[unchecked: s] }
        return total.total
    }
}
