import Foundation
import StriateInsight
import Testing

@Suite struct PictureTests {
    private func curves(_ count: Int, _ loss: (Int) -> Double, _ test: (Int) -> Double?) -> TrainingCurves {
        TrainingCurves(
            (1...count).map {
                .init(number: $0, trainLoss: loss($0), trainAccuracy: 1 - 0.5 / Double($0), testLoss: test($0), testAccuracy: 0.9)
            }, title: "a <network> & \"data\"")
    }

    @Test func curvesAreWellFormedAndSayTheLastValues() throws {
        let elements = try #require(Elements(curves(10, { 2.5 / Double($0) }, { 2 / Double($0) }).svg))
        #expect(elements.texts("title") == ["a <network> & \"data\""])
        #expect(elements.texts("heading") == ["Loss", "Accuracy"])
        #expect(elements.texts("train-label") == ["training 0.250", "training 95.00 %"])
        #expect(elements.texts("test-label") == ["test 0.200", "test 90.00 %"])
        #expect(elements.all.count { $0.name == "path" } == 4)
    }

    @Test func everyPointLiesInsideThePicture() throws {
        for count in [1, 2, 11, 137, 1000] {
            let elements = try #require(Elements(curves(count, { 300 / Double($0) }, { _ in 1e-5 }).svg))
            for path in elements.all where path.name == "path" {
                let numbers = try #require(path.attributes["d"]).split { "ML ".contains($0) }.compactMap { Double($0) }
                #expect(numbers.count.isMultiple(of: 2) && numbers.count > 2)
                for index in stride(from: 0, to: numbers.count, by: 2) {
                    #expect((0...880).contains(numbers[index]) && (80...292).contains(numbers[index + 1]))
                }
            }
        }
    }

    @Test func aLossThatIsNoNumberLeavesAGap() throws {
        let whole = try #require(Elements(curves(9, { 1 / Double($0) }, { 1 / Double($0) }).svg))
        let gap = try #require(Elements(curves(9, { 1 / Double($0) }, { $0 == 5 ? .nan : 1 / Double($0) }).svg))
        #expect(whole.all.count { $0.name == "path" } == 4)
        #expect(gap.all.count { $0.name == "path" } == 5)
        #expect(Elements(curves(3, { _ in .infinity }, { _ in nil }).svg) != nil)
        #expect(Elements(TrainingCurves([], title: "nothing yet").svg) != nil)
    }

    @Test func axisTicksAreRoundAndEncloseTheValues() throws {
        for (loss, expected) in [(2.31, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]), (0.09, ["0.00", "0.02", "0.04", "0.06", "0.08", "0.10"])] {
            let elements = try #require(Elements(curves(4, { _ in loss }, { _ in nil }).svg))
            #expect(Array(elements.texts("label").prefix(expected.count)) == expected)
        }
    }

    @Test func confusionShowsEveryCountAndTheAccuracy() throws {
        let picture = ConfusionMatrix([[8, 2, 0], [0, 10, 0], [1, 0, 4]], classes: ["cat", "dog", "a & b"])
        let elements = try #require(Elements(picture.svg))
        let numbers = elements.texts().compactMap { Int($0) }
        #expect(numbers == [8, 2, 10, 1, 4])
        #expect(elements.texts("label").first == "22 of 25 right (88.00 %); rows are classes, columns answers")
        #expect(elements.all.count { $0.attributes["class"] == "right" } == 3)
        #expect(elements.all.count { $0.attributes["class"] == "wrong" } == 2)
    }

    @Test func manyClassesMakeAPictureOfBoundedSize() throws {
        let count = 1000
        let counts = (0..<count).map { row in (0..<count).map { $0 == row ? 5 : 0 } }
        let svg = ConfusionMatrix(counts, classes: (0..<count).map { "class \($0)" }).svg
        #expect(svg.utf8.count < 300_000)
        #expect(Elements(svg) != nil)
    }

    @Test func bothSchemesOfColourAreInThePicture() {
        #expect(curves(3, { _ in 1 }, { _ in 1 }).svg.contains("@media (prefers-color-scheme: dark)"))
        #expect(!curves(3, { _ in 1 }, { _ in 1 }).svg.contains("http://fonts"))
    }

    @Test func aRangeTestIsDrawnWithItsSuggestions() throws {
        let points = (0..<100).map { step -> RateRangeCurve.Point in
            let rate = 1e-7 * exp(Double(step) / 99 * 8 * log(10.0)), loss = 1 + (Double(step) - 70) * (Double(step) - 70) / 4000
            return .init(rate: rate, loss: step == 99 ? .nan : loss, smoothed: loss)
        }
        let curve = RateRangeCurve(points, marks: [("valley 0.01", 0.01), ("steepest 0.03", 0.03)], title: "a on b")
        let elements = try #require(Elements(curve.svg))
        #expect(elements.texts("test-label") == ["valley 0.01", "steepest 0.03"])
        #expect(elements.texts("label").filter { $0.hasPrefix("1e") } == (-7...1).map { "1e\($0)" })
        #expect(!curve.svg.contains("nan"))
        #expect(Elements(RateRangeCurve([], marks: [], title: "none").svg) != nil)
    }
}
