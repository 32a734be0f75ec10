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

    @Test(arguments: ["lenet5", "lenet5-d2l", "lenet5-cifar", "cifar-cnn"], [false, true])
    func smallNetworksAreTheSameAfterExportAndImport(_ name: String, withPreprocessing: Bool) throws {
        let network = try NetworkCatalog.network(named: name)
        let model = try #require(Self.smallModel(network))
        let weights = try model.traced().initialWeights(seed: 3)
        let bytes = try ONNXModel.encoded(model, weights: weights, withPreprocessing: withPreprocessing, file: "x.onnx")
        let check = try ExportCheck(bytes, of: model, weights: weights, file: "x.onnx", engine: LaneEngine(threads: 2))
        #expect(check.difference < 1e-5)

        let again = try ONNXNetwork(ONNXModel(bytes: bytes, name: "x.onnx"))
        #expect(again.network == name && again.takesPixels == withPreprocessing)
        let used = try Set(model.traced().graph.removingDeadValues().variables.map(\.variable.name))
        #expect(Set(again.weights.paths) == used)
        for (path, tensor) in again.weights { #expect(weights[path] == tensor, "\(path)") }
        #expect(try again.traced().multiplyAdds == model.traced().multiplyAdds)
    }
}
