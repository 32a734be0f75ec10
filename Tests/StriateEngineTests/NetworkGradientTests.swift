import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// Gradients of every parameter in training mode, as PyTorch finds them (`Conformance/networks/make_fixtures.py` says how).
@Suite(.serialized) struct NetworkGradientTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let network: String
        let gain, shift: Float
        let batch, size, classes, draw: Int
        let loss: Double
        let gradients, statistics: [String: PublishedTensor]
        var testDescription: String { network }
    }

    /// A tensor by its norm and its projections.
    struct PublishedTensor: Decodable, Sendable {
        let norm: Double
        let projections: [Double]
    }

    static func cases() throws -> [Case] { try NetworkFixtures.cases("gradients") }

    @Test(arguments: try cases())
    func gradientsAreThoseOfPyTorch(_ published: Case) throws {
        let shape: Shape = [published.network == "lenet5-1998" ? 1 : 3, published.size, published.size]
        let traced = try TracedNetwork(withoutDropout(published.network), input: shape, mode: .training)
        var graph = traced.graph
        let labels = graph.input("labels", .scalar)
        var loss = try graph.batchMean(try graph.softmaxCrossEntropy(traced.logits, labels: labels))
        for (_, logits, weight) in traced.auxiliaries {
            let auxiliary = try graph.batchMean(try graph.softmaxCrossEntropy(logits, labels: labels))
            loss = try graph.add(loss, try graph.arithmetic(.multiply, auxiliary, graph.constant(Tensor(weight))))
        }
        graph.output("loss", loss)
        let variables = graph.variables.filter { $0.variable.role == .parameter }
        for (variable, gradient) in zip(variables, try graph.differentiate(loss, by: variables.map(\.value))) {
            graph.output(variable.variable.name, try #require(gradient, "no gradient of \(variable.variable.name)"))
        }

        let program = try LaneEngine().compile(graph.optimized(), batch: published.batch)
        try program.load(NetworkFixtures.weights(of: traced, gain: published.gain, shift: published.shift))
        let classes = (0..<published.batch).map { Int32(Hashed.bits($0, seed: 2) % UInt32(published.classes)) }
        try program.run(Feed(count: published.batch, inputs: [
            TracedNetwork.inputName: NetworkFixtures.pictures(published.batch, shape, draw: published.draw),
            "labels": Source(.integers(classes), first: published.batch),
        ]))

        #expect(abs(Double(program.output("loss").values[0]) / published.loss - 1) < 1e-5)
        #expect(Set(variables.map(\.variable.name)) == Set(published.gradients.keys))
        // What cancels to nothing, such as the bias before a batch norm, is held to the largest gradient's rounding.
        let floor = 1e-4 * (published.gradients.values.map(\.norm).max() ?? 0)
        var worst = (path: "", error: 0.0)
        func compare(_ path: String, _ found: Tensor, _ expected: PublishedTensor, floor: Double) {
            let error = NetworkFixtures.length(NetworkFixtures.projections(of: found.values), expected.projections) / max(expected.norm, floor)
            if !(error <= worst.error) { worst = (path, error) }
        }
        for (path, expected) in published.gradients { compare(path, program.output(path), expected, floor: floor) }
        let after = program.variables
        for (path, expected) in published.statistics { compare(path, try #require(after[path]), expected, floor: 0) }
        #expect(worst.error <= 1e-3, "\(worst.path) is \(worst.error) away")
    }

    private func withoutDropout(_ name: String) throws -> any Network {
        switch name {
        case "alexnet": AlexNet(dropout: 0)
        case "alexnet-torchvision": AlexNetTorchvision(dropout: 0)
        case "vgg11-bn": VGG(.vgg11, hasBatchNorm: true, dropout: 0)
        case "googlenet": GoogLeNet(dropout: 0, auxiliaryDropout: 0)
        case "googlenet-2014": GoogLeNet2014(dropout: 0, auxiliaryDropout: 0)
        default: try NetworkCatalog.network(named: name).network()
        }
    }
}
