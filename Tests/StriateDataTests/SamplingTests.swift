import StriateData
import Testing

@Suite struct SamplingTests {
    /// Nine of ten images are of class 0, one of class 3; classes 1 and 2 have none.
    private let labels = (0..<10_000).map { Int32($0 % 10 == 0 ? 3 : 0) }

    @Test func balancedDrawsSeeEachClassEquallyOften() {
        let order = Shuffle.balanced(labels, seed: 1, epoch: 0)
        #expect(order.count == labels.count)
        // Five standard deviations of 10,000 throws of a coin.
        #expect(abs(order.count { labels[$0] == 3 } - 5_000) < 250)
        // Of 1,000 images, 5,000 draws leave out about e⁻⁵.
        #expect(Set(order.filter { labels[$0] == 3 }).count > 980)
    }

    @Test func balancedDrawsFollowFromSeedAndEpochAlone() {
        #expect(Shuffle.balanced(labels, seed: 1, epoch: 4) == Shuffle.balanced(labels, seed: 1, epoch: 4))
        #expect(Shuffle.balanced(labels, seed: 1, epoch: 4) != Shuffle.balanced(labels, seed: 1, epoch: 5))
        #expect(Shuffle.balanced(labels, seed: 1, epoch: 4) != Shuffle.balanced(labels, seed: 2, epoch: 4))
        #expect(Shuffle.balanced([], seed: 1, epoch: 0).isEmpty)
    }
}
