import StriateGraph
import StriateNetworks
import Testing

/// What the literature says of each network: see `Sources/StriateNetworks/Networks` for the sources.
struct PublishedNetwork: Sendable, CustomTestStringConvertible {
    let name: String
    let parameters: [(path: String, shape: Shape)]
    let parameterCount: Int
    let multiplyAdds: Int
    let outputs: [(path: String, shape: Shape)]

    var testDescription: String { name }

    static let all = [
        PublishedNetwork(
            name: "lenet5",
            parameters: [
                ("conv1.weight", [6, 1, 5, 5]), ("conv1.bias", [6]), ("conv2.weight", [16, 6, 5, 5]), ("conv2.bias", [16]),
                ("conv3.weight", [120, 16, 5, 5]), ("conv3.bias", [120]), ("fc1.weight", [84, 120]), ("fc1.bias", [84]),
                ("fc2.weight", [10, 84]), ("fc2.bias", [10]),
            ], parameterCount: 61_706, multiplyAdds: 416_520,
            outputs: [
                ("conv1", [6, 28, 28]), ("pool1", [6, 14, 14]), ("conv2", [16, 10, 10]), ("pool2", [16, 5, 5]),
                ("conv3", [120, 1, 1]), ("fc1", [84]), ("fc2", [10]),
            ]),
        PublishedNetwork(
            name: "lenet5-d2l",
            parameters: [
                ("0.weight", [6, 1, 5, 5]), ("0.bias", [6]), ("3.weight", [16, 6, 5, 5]), ("3.bias", [16]),
                ("7.weight", [120, 400]), ("7.bias", [120]), ("9.weight", [84, 120]), ("9.bias", [84]),
                ("11.weight", [10, 84]), ("11.bias", [10]),
            ], parameterCount: 61_706, multiplyAdds: 416_520,
            outputs: [
                ("0", [6, 28, 28]), ("2", [6, 14, 14]), ("3", [16, 10, 10]), ("5", [16, 5, 5]), ("6", [400]), ("7", [120]),
                ("9", [84]), ("11", [10]),
            ]),
        PublishedNetwork(
            name: "lenet5-cifar",
            parameters: [
                ("conv1.weight", [6, 3, 5, 5]), ("conv1.bias", [6]), ("conv2.weight", [16, 6, 5, 5]), ("conv2.bias", [16]),
                ("fc1.weight", [120, 400]), ("fc1.bias", [120]), ("fc2.weight", [84, 120]), ("fc2.bias", [84]),
                ("fc3.weight", [10, 84]), ("fc3.bias", [10]),
            ], parameterCount: 62_006, multiplyAdds: 651_720,
            outputs: [
                ("conv1", [6, 28, 28]), ("pool1", [6, 14, 14]), ("conv2", [16, 10, 10]), ("pool2", [16, 5, 5]),
                ("fc1", [120]), ("fc2", [84]), ("fc3", [10]),
            ]),
        PublishedNetwork(
            name: "cifar-cnn",
            parameters: [
                ("0.weight", [32, 3, 5, 5]), ("0.bias", [32]), ("3.weight", [32, 32, 5, 5]), ("3.bias", [32]),
                ("6.weight", [64, 32, 5, 5]), ("6.bias", [64]), ("10.weight", [64, 1024]), ("10.bias", [64]),
                ("12.weight", [10, 64]), ("12.bias", [10]),
            ], parameterCount: 145_578, multiplyAdds: 12_354_176,
            outputs: [
                ("0", [32, 32, 32]), ("2", [32, 16, 16]), ("3", [32, 16, 16]), ("5", [32, 8, 8]), ("6", [64, 8, 8]),
                ("8", [64, 4, 4]), ("9", [1024]), ("10", [64]), ("12", [10]),
            ]),
    ]
}

@Suite struct NetworkTests {
    @Test func everyNetworkOfTheCatalogIsCheckedHere() {
        let checked = ["lenet5-1998"] + PublishedNetwork.all.map(\.name) + PublishedNumbers.all.map(\.name)
        #expect(NetworkCatalog.networks.map(\.name).sorted() == checked.sorted())
    }

    @Test(arguments: PublishedNetwork.all)
    func parametersHaveThePublishedNamesAndShapes(_ published: PublishedNetwork) throws {
        let traced = try ModelDescription(network: published.name).traced()
        #expect(traced.parameters.map(\.path) == published.parameters.map(\.path))
        #expect(traced.parameters.map(\.shape) == published.parameters.map(\.shape))
        #expect(traced.parameterCount == published.parameterCount)
        #expect(try NetworkCatalog.network(named: published.name).parameterCount == published.parameterCount)
        #expect(traced.graph.variables.map(\.variable.name) == published.parameters.map(\.path))
    }

    @Test(arguments: PublishedNetwork.all)
    func layersHaveThePublishedOutputsAndMultiplyAdds(_ published: PublishedNetwork) throws {
        let traced = try ModelDescription(network: published.name).traced()
        #expect(traced.multiplyAdds == published.multiplyAdds)
        #expect(traced.layers.reduce(0) { $0 + $1.multiplyAdds } == published.multiplyAdds)
        for (path, shape) in published.outputs {
            let layer = try #require(traced.layers.first { $0.path == path }, "no layer \(path)")
            #expect(layer.output == shape)
            #expect(traced.graph[layer.value] == .batched(shape))
        }
        let perLayer = traced.layers.filter { $0.parameterCount > 0 }
        #expect(perLayer.map(\.parameterCount) == stride(from: 0, to: published.parameters.count, by: 2).map {
            published.parameters[$0].shape.count + published.parameters[$0 + 1].shape.count
        })
    }

    @Test func lenet5TakesTheChosenActivationAndPooling() throws {
        let graph = try ModelDescription(network: "lenet5", options: ["activation": "relu", "pooling": "max"]).traced().graph
        let activations = graph.nodes.compactMap { ($0.operation as? Activation)?.kind }
        #expect(activations == [.relu, .relu, .relu, .relu])
        #expect(graph.nodes.compactMap { ($0.operation as? Pool)?.kind } == [.max, .max])
        let plain = try ModelDescription(network: "lenet5").traced().graph
        #expect(plain.nodes.compactMap { ($0.operation as? Activation)?.kind } == [.sigmoid, .sigmoid, .sigmoid, .sigmoid])
        #expect(plain.nodes.compactMap { ($0.operation as? Pool)?.kind } == [.average, .average])
    }

    @Test func pixelsAreNormalisedInTheGraphAndRawNumbersAreNot() throws {
        let model = try ModelDescription(network: "lenet5")
        let withPixels = try model.traced(), raw = try model.tracedWithoutPreprocessing()
        #expect(withPixels.graph.inputs.map(\.name) == ["pixels"])
        let affine = try #require(withPixels.graph.nodes.lazy.compactMap { $0.operation as? Affine }.first)
        // (255/255 − 0.1307) / 0.3081
        #expect(abs(255 * affine.scale[0] + affine.offset[0] - 2.8214867) < 1e-5)
        #expect(raw.graph.inputs.map(\.name) == ["input"])
        #expect(!raw.graph.nodes.contains { $0.operation is Affine })
        #expect(raw.parameters == withPixels.parameters)
    }

    @Test func convolutionBiasAndActivationFuseIntoOneOperation() throws {
        let graph = try ModelDescription(network: "lenet5").traced().graph.fusingBiasAndActivation()
        #expect(graph.nodes.filter { $0.operation is AddBias || $0.operation is Activation }.isEmpty)
    }

    @Test func otherInputsAndClassesChangeTheShapes() throws {
        let classes = (0..<37).map(String.init)
        let traced = try ModelDescription(network: "lenet5", classes: classes, input: [3, 48, 48]).traced()
        #expect(traced.parameters.first { $0.path == "conv1.weight" }?.shape == [6, 3, 5, 5])
        #expect(traced.parameters.first { $0.path == "fc1.weight" }?.shape == [84, 120 * 5 * 5])
        #expect(traced.graph[traced.logits].shape == [37])
    }

    @Test func aPictureTooSmallIsRefusedWhereItShrinksToNothing() {
        #expect(throws: NetworkError(
            "lenet5 does not fit pictures of 1×16×16: conv3: a kernel of 5×5 does not fit into a picture of 1×1")
        ) { try ModelDescription(network: "lenet5", input: [1, 16, 16]).traced() }
    }

    @Test func sizesBeyondMemoryAreRefusedWithoutOverflow() throws {
        let model = try ModelDescription(network: "lenet5-cifar", input: [3, 20000, 30000])
        #expect(throws: NetworkError.self) { try model.traced() }
    }

    @Test func aDescriptionFromAFileIsCheckedBeforeUse() throws {
        var model = try ModelDescription(network: "lenet5")
        model.preprocessing.rows = -4
        #expect(throws: NetworkError.self) { try model.traced() }
        model.preprocessing.rows = 1 << 62
        #expect(throws: NetworkError.self) { try model.traced() }
        model = try ModelDescription(network: "lenet5")
        model.preprocessing.standardDeviation = [0]
        #expect(throws: NetworkError.self) { try model.traced() }
        model = try ModelDescription(network: "lenet5")
        model.options["activation"] = "swish"
        #expect(throws: NetworkError.self) { try model.traced() }
        model = try ModelDescription(network: "lenet5")
        model.classes = []
        #expect(throws: NetworkError.self) { try model.traced() }
    }
}
