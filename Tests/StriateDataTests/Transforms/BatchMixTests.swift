import StriateData
import StriateGraph
import Testing

@Suite struct BatchMixTests {
    private func batch() -> PictureBatch {
        let pixels = (0..<4 * 12).map { UInt8($0 * 5) }
        let images = ImageSet(shape: [1, 3, 4], pixels: pixels, labels: [0, 1, 2, 1], classes: ["a", "b", "c"])
        return PictureBatch(images, rows: [3, 0, 2][...])
    }

    private func image(_ batch: PictureBatch, _ place: Int) -> [UInt8] {
        let row = batch.rows[batch.rows.startIndex + place]
        return Array(batch.pixels[row * 12..<(row + 1) * 12])
    }

    @Test func mixUpAveragesEachImageWithTheOneBeforeIt() {
        let before = batch()
        var mixed = before
        MixUp().mix(&mixed, share: 0.75)
        #expect(mixed.count == 3)
        #expect(mixed.labels == [1, 0, 2])
        #expect(mixed.mixing == .init(partners: [2, 1, 0], shares: [0.75, 0.75, 0.75]))
        for place in 0..<3 {
            let (own, other) = (image(before, place), image(before, (place + 2) % 3))
            let expected = zip(own, other).map { UInt8((0.75 * Float($0) + 0.25 * Float($1)).rounded(.toNearestOrEven)) }
            #expect(image(mixed, place) == expected)
        }
    }

    @Test func cutMixTakesARectangleAndCountsItsArea() {
        let before = batch()
        var mixed = before
        CutMix().mix(&mixed, box: Box(top: 1, left: 2, rows: 2, columns: 2))
        #expect(mixed.mixing == .init(partners: [2, 1, 0], shares: Array(repeating: 1 - 4.0 / 12, count: 3)))
        for place in 0..<3 {
            let (own, other) = (image(before, place), image(before, (place + 2) % 3))
            let inside: Set = [6, 7, 10, 11]
            #expect(image(mixed, place) == (0..<12).map { inside.contains($0) ? other[$0] : own[$0] })
        }
    }

    @Test func sharesComeFromTheBetaDistribution() {
        var generator = SeededGenerator(seed: 8)
        for alpha in [0.05, 0.2, 1, 4] {
            let draws = (0..<4000).map { _ in generator.beta(alpha) }
            #expect(draws.allSatisfy { (0...1).contains($0) })
            let mean = draws.reduce(0, +) / 4000
            let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
            // Mean ½, variance 1 / (4 (2α + 1)).
            #expect(abs(mean - 0.5) < 0.04)
            #expect(abs(variance * 4 * (2 * alpha + 1) - 1) < 0.1, "\(alpha)")
        }
        #expect(generator.beta(1e-3).isFinite)
    }

    @Test func aBatchIsMixedByTheSeedAlone() throws {
        let augmentation = try Augmentation(parsing: "mixup,cutmix")
        var results = Set<[UInt8]>()
        for seed: UInt64 in 0..<20 {
            var (first, second) = (batch(), batch())
            var generators = (SeededGenerator(seed: seed), SeededGenerator(seed: seed))
            augmentation.mix(&first, using: &generators.0)
            augmentation.mix(&second, using: &generators.1)
            #expect(first.pixels == second.pixels && first.mixing == second.mixing)
            results.insert(first.pixels)
        }
        #expect(results.count > 5)
    }

    @Test func aSingleImageAndAnEmptyListMixNothing() throws {
        var single = PictureBatch(shape: [1, 1, 1], pixels: [9], labels: [0], classCount: 1)
        var generator = SeededGenerator(seed: 1)
        try Augmentation(parsing: "mixup").mix(&single, using: &generator)
        #expect(single.mixing == nil && single.pixels == [9])
        var plain = batch()
        try Augmentation(parsing: "flip").mix(&plain, using: &generator)
        #expect(plain.mixing == nil)
    }

    @Test func weightsStayWithTheirImages() {
        var mixed = batch()
        mixed.weights = [1, 2, 3]
        MixUp().mix(&mixed, share: 0.5)
        #expect(mixed.weights == [1, 2, 3])
    }
}
