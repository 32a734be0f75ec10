import StriateGraph
import Testing

@Suite struct SeededGeneratorTests {
    @Test func streamsOfNamesAreFNV1a() {
        // The published test vectors of the 64-bit hash.
        #expect(SeededGenerator.stream("") == 0xCBF2_9CE4_8422_2325)
        #expect(SeededGenerator.stream("a") == 0xAF63_DC4C_8601_EC8C)
        #expect(SeededGenerator.stream("foobar") == 0x8594_4171_F739_67E8)
    }

    @Test func normalNumbersHaveTheMomentsOfTheNormalDistribution() {
        var generator = SeededGenerator(seed: 1, path: "x")
        let values = (0..<100_000).map { _ in Double(generator.normal()) }
        func moment(_ power: Int) -> Double { values.reduce(0) { sum, x in sum + (0..<power).reduce(1) { product, _ in product * x } } / 100_000 }
        #expect(abs(moment(1)) < 0.02 && abs(moment(2) - 1) < 0.03 && abs(moment(3)) < 0.06 && abs(moment(4) - 3) < 0.15)
    }

    @Test func uniformNumbersStayInTheirRangeAndFillIt() {
        var generator = SeededGenerator(seed: 1)
        let values = (0..<10_000).map { _ in generator.uniform(in: -2 as Float..<3) }
        #expect(values.allSatisfy { (-2..<3).contains($0) })
        #expect(abs(values.reduce(0, +) / 10_000 - 0.5) < 0.06)
        #expect((0..<100).allSatisfy { _ in generator.uniform(in: Float(1)..<Float(1).nextUp) == 1 })
    }

    @Test func aSeedAndAStreamFixTheSequence() {
        func first(_ generator: SeededGenerator) -> [UInt64] {
            var generator = generator
            return (0..<8).map { _ in generator.next() }
        }
        let start = first(SeededGenerator(seed: 1))
        #expect(first(SeededGenerator(seed: 1)) == start)
        #expect(first(SeededGenerator(seed: 2)) != start)
        #expect(first(SeededGenerator(seed: 1, stream: 1)) != start)
        #expect(first(SeededGenerator(seed: 1, path: "conv1.weight")) != first(SeededGenerator(seed: 1, path: "conv2.weight")))
    }

    @Test func wholeNumbersComeEquallyOften() {
        var generator = SeededGenerator(seed: 7), counts = Array(repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[generator.below(7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 }, "five standard errors: \(counts)")
        #expect((0..<100).allSatisfy { _ in generator.below(1) == 0 })
    }
}
