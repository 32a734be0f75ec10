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

    /// What a network of a case makes of its pictures.
    private struct Result {
        let loss: Double
        /// Of every parameter.
        let gradients: Weights
        /// All variables afterwards, running statistics among them.
        let variables: Weights
    }

    /// - Parameter size: Rows and columns of the pictures, where they are not the case's own.
    private func result(_ published: Case, size: Int? = nil, allowing precision: Precision = .float32) throws -> Result {
        let size = size ?? published.size, shape: Shape = [published.network == "lenet5-1998" ? 1 : 3, size, size]
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

        let program = try LaneEngine().compile(graph.optimized().allowing(precision), batch: published.batch)
        try program.load(NetworkFixtures.weights(of: traced, gain: published.gain, shift: published.shift))
        let classes = (0..<published.batch).map { Int32(Hashed.bits($0, seed: 2) % UInt32(published.classes)) }
        try program.run(Feed(count: published.batch, inputs: [
            TracedNetwork.inputName: NetworkFixtures.pictures(published.batch, shape, draw: published.draw),
            "labels": Source(.integers(classes), first: published.batch),
        ]))
        var gradients = Weights()
        for (variable, _) in variables { gradients[variable.name] = program.output(variable.name) }
        return Result(loss: Double(program.output("loss").values[0]), gradients: gradients, variables: program.variables)
    }

    @Test(arguments: try cases())
    func gradientsAreThoseOfPyTorch(_ published: Case) throws {
        let result = try result(published)
        #expect(abs(result.loss / published.loss - 1) < 1e-5)
        #expect(Set(result.gradients.paths) == Set(published.gradients.keys))
        // What cancels to nothing, such as the bias before a batch norm, is held to the largest gradient's rounding.
        let floor = 1e-4 * (published.gradients.values.map(\.norm).max() ?? 0)
        var worst = (path: "", error: 0.0)
        func compare(_ path: String, _ found: Tensor?, _ expected: PublishedTensor, floor: Double) throws {
            let projections = NetworkFixtures.projections(of: try #require(found).values)
            let error = NetworkFixtures.length(projections, expected.projections) / max(expected.norm, floor)
            if !(error <= worst.error) { worst = (path, error) }
        }
        for (path, expected) in published.gradients { try compare(path, result.gradients[path], expected, floor: floor) }
        for (path, expected) in published.statistics { try compare(path, result.variables[path], expected, floor: 0) }
        #expect(worst.error <= 1e-3, "\(worst.path) is \(worst.error) away")
    }

    /// A step with rounded operands goes where one with exact ones goes, which is where PyTorch's goes.
    ///
    /// What rounding costs is the network's own: PyTorch's cosines are 0.998 (`vgg11-bn`), 0.9999 (`resnet50`) and 0.945 (`googlenet` on
    /// 97×97; 0.73 on 33×33) when it rounds the same operands. Where most blocks take maxima, roundings choose other pixels.
    @Test(arguments: try cases())
    func gradientsOfRoundedOperandsHaveTheSameDirection(_ published: Case) throws {
        let isGoogLeNet = published.network == "googlenet", size = isGoogLeNet ? 97 : published.size
        let exact = try result(published, size: size), rounded = try result(published, size: size, allowing: .bfloat16)
        #expect(abs(rounded.loss / exact.loss - 1) < 2e-3)
        var (product, exactSquare, roundedSquare) = (0.0, 0.0, 0.0)
        for (path, tensor) in exact.gradients {
            let other = try #require(rounded.gradients[path])
            for (a, b) in zip(tensor.values, other.values) {
                product += Double(a) * Double(b)
                exactSquare += Double(a) * Double(a)
                roundedSquare += Double(b) * Double(b)
            }
        }
        let cosine = product / (exactSquare * roundedSquare).squareRoot()
        #expect(cosine >= (isGoogLeNet ? 0.93 : 0.997), "the cosine is \(cosine)")
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
