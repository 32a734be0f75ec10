import ReferenceEngine
import StriateData
import StriateTraining
import Testing

@Suite struct RateRangeTests {
    @Test func theWeightsAreAsBefore() throws {
        let trainer = try Trainer(smallGraph(), seed: 1, optimizer: .sgd(momentum: 0.9), batch: 8, engine: ReferenceEngine())
        let images = smallImages(8), before = trainer.state
        let test = try RateRangeTest.run(trainer, next: { PictureBatch(images, rows: Array(0..<8)[...]) })
        #expect(trainer.state == before && trainer.steps == 0)
        #expect(test.points.count > 20 && test.points.count <= 100)
    }

    @Test func theSuggestionsAreOnTheWayDown() throws {
        // Flat, down, flat, up: the usual shape.
        func loss(_ step: Int) -> Float {
            let place = Float(step)
            if step < 40 { return 2 }
            if step < 60 { return 2 - 0.09 * (place - 40) }
            return step < 80 ? 0.2 : 0.2 + 0.5 * (place - 80)
        }
        var points = [RateRangeTest.Point]()
        var rate: Float = 1e-7
        for step in 0..<100 {
            points.append(.init(rate: rate, loss: loss(step), smoothed: Double(loss(step))))
            rate *= 1.2
        }
        let test = RateRangeTest(points)
        let lowest = points[40].rate, highest = points[61].rate
        #expect(try (lowest...highest).contains(#require(test.valley)))
        #expect(try (lowest...highest).contains(#require(test.steepest)))
    }

    @Test func aLossThatOnlyRisesSuggestsNothing() {
        let points = (0..<10).map { RateRangeTest.Point(rate: Float($0 + 1), loss: Float($0), smoothed: Double($0)) }
        #expect(RateRangeTest(points).valley == nil && RateRangeTest(points).steepest == nil)
        #expect(RateRangeTest().valley == nil)
    }
}
