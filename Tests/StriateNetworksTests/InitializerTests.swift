import StriateGraph
import StriateNetworks
import Testing

private typealias Linear = StriateNetworks.Linear

@Suite struct InitializerTests {
    private func statistics(_ values: [Float]) -> (mean: Double, deviation: Double, largest: Float) {
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
        return (mean, variance.squareRoot(), values.map(abs).max() ?? 0)
    }

    /// A convolution with 32·25 = 800 inputs and 64·25 = 1600 outputs to a unit: 51,200 numbers.
    private func weight(
        _ initialization: Initialization?, seed: UInt64 = 1, own: Initializer? = nil
    ) throws -> (weight: Tensor, bias: Tensor) {
        let traced = try TracedNetwork(
            Sequential { Conv2D(64, kernel: 5, weightInitializer: own) }, input: [32, 5, 5], initialization: initialization)
        let weights = traced.initialWeights(seed: seed)
        return (try #require(weights["0.weight"]), try #require(weights["0.bias"]))
    }

    /// A uniform distribution on ±b has the standard deviation b/√3. 51,200 numbers give it within 1 %.
    @Test(arguments: [
        (Initialization.pytorch, Float(1) / Float(800).squareRoot()),
        (.xavier, (Float(6) / 2400).squareRoot()),
        (.lecun, Float(2.4) / 800),
    ])
    func uniformInitialisersFillTheirRange(_ initialization: Initialization, _ bound: Float) throws {
        let found = statistics(try weight(initialization).weight.values)
        #expect(found.largest <= bound && found.largest > 0.999 * bound)
        #expect(abs(found.deviation * 3.0.squareRoot() / Double(bound) - 1) < 0.01)
        #expect(abs(found.mean) < 0.01 * Double(bound))
    }

    @Test func heIsNormalWithVarianceTwoOverFanIn() throws {
        let values = try weight(.he).weight.values
        let found = statistics(values), expected = (2.0 / 800).squareRoot()
        #expect(abs(found.deviation / expected - 1) < 0.01)
        #expect(abs(found.mean) < 0.02 * expected)
        // 68.27 % of a normal distribution lie within one deviation, 57.7 % of a uniform one.
        let within = Double(values.count { abs(Double($0)) < expected }) / Double(values.count)
        #expect(abs(within - 0.6827) < 0.01)
    }

    @Test func biasesKeepPyTorchsRangeUnderXavierAndHe() throws {
        for initialization in [Initialization.pytorch, .xavier, .he] {
            let bias = try weight(initialization).bias.values
            #expect(bias.allSatisfy { abs($0) <= 1 / Float(800).squareRoot() })
            #expect(Set(bias).count > 60)
        }
        #expect(try weight(.lecun).bias.values.allSatisfy { abs($0) <= 2.4 / 800 })
    }

    @Test func theUsersChoiceWinsOverTheLayersAndTheLayersOverPyTorchs() throws {
        #expect(try weight(nil, own: .ones).weight.values.allSatisfy { $0 == 1 })
        #expect(try weight(.xavier, own: .ones).weight == weight(.xavier).weight)
        #expect(try weight(nil).weight == weight(.pytorch).weight)
        #expect(try weight(nil, own: .constant(-0.5)).weight.values.allSatisfy { $0 == -0.5 })
    }

    @Test func theSameSeedGivesTheSameWeightsAndAnotherGivesOthers() throws {
        #expect(try weight(.pytorch, seed: 7).weight == weight(.pytorch, seed: 7).weight)
        #expect(try weight(.pytorch, seed: 7).weight != weight(.pytorch, seed: 8).weight)
    }

    @Test func weightsDependOnTheirPathAndNotOnOtherLayers() throws {
        let short = try TracedNetwork(Sequential { Linear(5).named("head") }, input: [3])
        let long = try TracedNetwork(Sequential { Linear(3).named("body"); Linear(5).named("head") }, input: [3])
        #expect(short.initialWeights(seed: 1)["head.weight"] == long.initialWeights(seed: 1)["head.weight"])
        #expect(long.initialWeights(seed: 1)["head.bias"] != long.initialWeights(seed: 1)["body.bias"])
    }
}
