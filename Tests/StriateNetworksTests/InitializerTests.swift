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

    /// In layers that start in their own way: N(0, 2/fan_out), and uniform within ±√(3/fan_in).
    @Test func publishedLeavesTheLayersTheirOwnWay() throws {
        let normal = statistics(try weight(.published, own: .heNormalFanOut).weight.values)
        #expect(abs(normal.deviation / (2.0 / 1600).squareRoot() - 1) < 0.01)
        let uniform = statistics(try weight(.published, own: .caffeXavier).weight.values), bound = (Float(3) / 800).squareRoot()
        #expect(uniform.largest <= bound && uniform.largest > 0.999 * bound)
        #expect(try weight(.published).weight == weight(.pytorch).weight)
    }

    @Test func largeNetworksStartAsTheirSourcesSay() throws {
        func deviation(_ network: String, _ path: String) throws -> Double {
            let parameters = try ModelDescription(network: network, classes: ["a", "b"]).traced().parameters
            let parameter = try #require(parameters.first { $0.path == path })
            return statistics(parameter.initialTensor(seed: 1).values).deviation
        }
        func value(_ network: String, _ path: String) throws -> Float {
            let parameters = try ModelDescription(network: network, classes: ["a", "b"]).traced().parameters
            let tensor = try #require(parameters.first { $0.path == path }).initialTensor(seed: 1)
            return Set(tensor.values).count == 1 ? tensor.values[0] : .nan
        }
        #expect(abs(try deviation("vgg11", "features.3.weight") / (2.0 / (128 * 9)).squareRoot() - 1) < 0.01)
        #expect(abs(try deviation("resnet18", "layer2.0.conv1.weight") / (2.0 / (128 * 9)).squareRoot() - 1) < 0.01)
        #expect(abs(try deviation("resnet50", "layer1.0.downsample.0.weight") / (2.0 / 256).squareRoot() - 1) < 0.02)
        #expect(abs(try deviation("alexnet", "features.4.weight") / 0.01 - 1) < 0.01)
        #expect(abs(try deviation("googlenet", "inception5b.branch2.1.conv.weight") / 0.01 - 1) < 0.01)
        // U(±√(3/fan_in)) has the deviation 1/√fan_in.
        #expect(abs(try deviation("googlenet-2014", "conv3.conv.weight") * 576.0.squareRoot() - 1) < 0.01)
        #expect(try value("vgg11", "features.3.bias") == 0)
        // The paper: 1 in the second, fourth and fifth convolution and the hidden linear layers.
        let biases = ["features.0", "features.4", "features.8", "features.10", "features.12", "classifier.1", "classifier.4", "classifier.6"]
        #expect(try biases.map { try value("alexnet", $0 + ".bias") } == [0, 1, 0, 1, 1, 1, 1, 0])
        #expect(try value("googlenet-2014", "inception3a.branch1.conv.bias") == 0.2)
        #expect(try value("googlenet-2014", "fc.bias") == 0)
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
