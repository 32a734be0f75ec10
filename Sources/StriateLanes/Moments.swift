import CLane

/// Mean and centred sum of squares of numbers that come in blocks, each lane for itself.
///
/// Each block is passed over twice while it is in the nearest cache, first for its mean, then for the squares around it; blocks are
/// combined in their order by the pairwise formula of Chan, Golub and LeVeque (1979). Nothing cancels, however far the mean is
/// from 0. Whoever makes the numbers may add them while they are at hand.
public struct Moments {
    /// How many numbers each lane has seen.
    public private(set) var count = 0
    private var mean = Lane.zero
    /// `Σ (x − mean)²`
    private var squares = Lane.zero

    @inlinable
    public init() {}

    private static let lanesInBlock = 128

    /// Adds `count` numbers to each lane.
    @inline(never)
    public mutating func add(_ x: LanePointer, count: Int) {
        for start in stride(from: 0, to: count, by: Moments.lanesInBlock) {
            addBlock(x + start, count: min(Moments.lanesInBlock, count &- start))
        }
    }

    @inline(__always)
    private mutating func addBlock(_ x: LanePointer, count: Int) {
        let share = 1 / Float(count)
        let mean = sumOfLanes(count) { x[$0] } * share
        let squares = sumOfLanes(count) { i in
            let distance = x[i] - mean
            return distance * distance
        }
        let all = self.count &+ count, distance = mean - self.mean
        let weight = Float(count) / Float(all)
        self.mean = lane_fma(distance, Lane(repeating: weight), self.mean)
        self.squares += squares + distance * distance * (Float(self.count) * weight)
        self.count = all
    }

    /// Mean and centred sum of squares of the first `images` lanes together. The others may hold anything.
    public func combined(first images: Int) -> (mean: Float, squares: Float) {
        let all = (mean.keeping(first: images).total) / Float(images)
        let distance = (mean - all).keeping(first: images)
        let squares = self.squares.keeping(first: images)
        return (all, lane_fma(distance * distance, Lane(repeating: Float(count)), squares).total)
    }
}

/// The sum of `term` over so many indices: four sums in turn, since one alone would wait for itself.
@inlinable @inline(__always)
public func sumOfLanes(_ count: Int, _ term: (_ index: Int) -> Lane) -> Lane {
    var sums = InlineArray<4, Lane>(repeating: .zero)
    var i = 0
    while i &+ 4 <= count {
        for s in 0..<4 { sums[unchecked: s] += term(i &+ s) }
        i &+= 4
    }
    while i < count {
        sums[unchecked: 0] += term(i)
        i &+= 1
    }
    return (sums[unchecked: 0] + sums[unchecked: 1]) + (sums[unchecked: 2] + sums[unchecked: 3])
}
