import StriateEngine
import StriateFormats
import StriateGraph
import StriateNetworks
import StriateONNX
import Testing

@Suite struct RoundTripTests {
    /// The smallest of some sizes that a network takes: its own where it takes no other.
    static func smallModel(_ network: NetworkDescription) -> ModelDescription? {
        let channels = network.input[0]
        for side in [32, 64, 96] {
            guard let model = try? ModelDescription(network: network.name, input: [channels, side, side]), (try? model.traced()) != nil else {
                continue
            }
            return model
        }
        return try? ModelDescription(network: network.name)
    }

    /// Random numbers with which signals neither die out nor explode; initial statistics would hide mistakes.
    static func randomWeights(_ parameters: [Parameter]) -> Weights {
        var weights = Weights()
        for parameter in parameters {
            var generator = SeededGenerator(seed: 5, path: parameter.path)
            let shape = parameter.shape, deviation = (2 / Float(max(1, shape.extents.dropFirst().reduce(1, *)))).squareRoot()
            let isPositive = parameter.path.hasSuffix("running_var") || parameter.path.hasSuffix("weight")
            weights[parameter.path] = Tensor(shape, (0..<shape.count).map { _ in
                if shape.rank > 1 { return generator.normal() * deviation }
                return generator.uniform(in: isPositive ? 0.5...1.5 : -0.1...0.1)
            })
        }
        return weights
    }

    /// Those of more than 12 million parameters are left to Conformance/onnx/networks.
    static let networks = NetworkCatalog.networks.filter { $0.parameterCount < 12_000_000 }.map(\.name)

    @Test(arguments: networks, [false, true])
    func networksAreTheSameAfterExportAndImport(_ name: String, withPreprocessing: Bool) throws {
        let network = try NetworkCatalog.network(named: name)
        let model = try #require(Self.smallModel(network))
        let weights = try Self.randomWeights(model.traced().parameters)
        let bytes = try ONNXModel.encoded(model, weights: weights, withPreprocessing: withPreprocessing, file: "x.onnx")
        let check = try ExportCheck(bytes, of: model, weights: weights, file: "x.onnx", engine: LaneEngine(threads: 2))
        #expect(check.difference < 1e-5)

        let again = try ONNXNetwork(ONNXModel(bytes: bytes, name: "x.onnx"))
        #expect(again.network == name && again.takesPixels == withPreprocessing)
        let used = try Set(model.traced().graph.removingDeadValues().variables.map(\.variable.name))
        #expect(Set(again.weights.paths) == used)
        for (path, tensor) in again.weights { #expect(weights[path] == tensor, "\(path)") }
        // In a file a masked convolution is a whole one whose weight is multiplied by zeros, and a distance is no one operator.
        if name != "lenet5-1998" { #expect(try again.traced().multiplyAdds == model.traced().multiplyAdds) }
    }
}
