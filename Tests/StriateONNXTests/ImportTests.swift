import StriateEngine
import StriateFormats
import StriateGraph
import StriateNetworks
import StriateONNX
import Testing

@Suite struct ImportTests {
    private func weights(_ tensors: [(String, Tensor)]) -> Weights {
        var weights = Weights()
        for (name, tensor) in tensors { weights[name] = tensor }
        return weights
    }

    /// Imports a file and runs it on tensors; the outputs as ONNX shapes them.
    private func run(_ file: FileBuilder, _ inputs: [(String, Tensor)], batched: Bool = true) throws -> [String: Tensor] {
        let given = weights(inputs)
        let imported = try ONNXModel(bytes: file.bytes, name: "f").tensorGraph(given: given)
        #expect(imported.isBatched == batched)
        let count = batched ? given[imported.inputs[0]]?.shape[0] ?? 1 : 1
        let program = try LaneEngine(threads: 1).compile(imported.graph.optimized(), batch: count)
        try program.load(imported.weights)
        let sources = try imported.inputs.map { ($0, Source(.floats(try #require(given[$0]).values), first: count)) }
        try program.run(Feed(count: count, inputs: Dictionary(uniqueKeysWithValues: sources)))
        var outputs = [String: Tensor]()
        for name in imported.outputs {
            let output = program.output(name)
            outputs[name] = batched ? output : Tensor(Shape(Array(output.shape.extents.dropFirst())), output.values)
        }
        return outputs
    }

    private func isNear(_ a: [Float], _ b: [Float]) -> Bool { a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 } }

    // MARK: - Shapes and the batch

    @Test(arguments: [1, 2, 21]) func aBatchOfAnySizeRunsThroughShapesComputedInTheFile(_ count: Int) throws {
        let model = try ONNXModel(bytes: FuzzTests.shapes, name: "f")
        let values = (0..<count * 144).map { Float($0 % 144) }
        let imported = try model.tensorGraph(given: weights([("x", Tensor([count, 4, 6, 6], values))]))
        #expect(imported.isBatched)
        let program = try LaneEngine(threads: 1).compile(imported.graph.optimized(), batch: count)
        try program.load(imported.weights)
        try program.run(Feed(count: count, inputs: ["x": Source(.floats(values), first: count)]))
        let y = program.output("y")
        // Two channels of 8×4 after padding and slicing, halved by the pool; all images are equal, and a softmax sums to 1.
        #expect(y.shape == [count, 16])
        let first = Array(y.values.prefix(16))
        #expect(abs(first.reduce(0, +) - 1) < 1e-5)
        for image in 0..<count { #expect(Array(y.values[image * 16..<(image + 1) * 16]) == first) }
    }

    @Test func aGraphThatMovesAxis0RunsAsOneImage() throws {
        var file = FileBuilder()
        file.input("x", [2, 3])
        file.node("Transpose", ["x"], ["y"], [("perm", .ints([1, 0]))])
        file.output("y")
        let y = try run(file, [("x", Tensor([2, 3], [1, 2, 3, 4, 5, 6]))], batched: false)["y"]
        #expect(y == Tensor([3, 2], [1, 4, 2, 5, 3, 6]))
    }

    // MARK: - Operators whose meaning depends on the version or on settings

    @Test(arguments: [(11, [Float](repeating: 1.0 / 6, count: 6)), (13, [Float](repeating: 1.0 / 3, count: 6))])
    func softmaxCountsAxesByTheVersionsConvention(_ opset: Int, _ expected: [Float]) throws {
        var file = FileBuilder()
        file.opset = opset
        file.input("x", [0, 2, 3])
        file.node("Softmax", ["x"], ["y"], opset == 13 ? [("axis", .int(-1))] : [])
        file.output("y")
        let y = try #require(try run(file, [("x", Tensor([1, 2, 3], repeating: 5))])["y"])
        #expect(isNear(y.values, expected))
    }

    @Test func anOddRowOfPaddingGoesToTheSideThatAutoPadNames() throws {
        for (rule, expected) in [("SAME_UPPER", [Float(3), 5, 3]), ("SAME_LOWER", [1, 3, 5])] {
            var file = FileBuilder()
            file.input("x", [0, 1, 3])
            file.initializer("w", [1, 1, 2], floats: [1, 1])
            file.node("Conv", ["x", "w"], ["y"], [("auto_pad", .text(rule))])
            file.output("y")
            let y = try #require(try run(file, [("x", Tensor([1, 1, 3], [1, 2, 3]))])["y"])
            #expect(y == Tensor([1, 1, 3], expected), "\(rule)")
        }
    }

    @Test func weightsThatAreInputsAreReadFromTheTensors() throws {
        var file = FileBuilder()
        file.input("x", [0, 3])
        file.input("w", [3, 2])
        file.node("MatMul", ["x", "w"], ["y"])
        file.output("y")
        let tensors = [("x", Tensor([1, 3], [1, 2, 3])), ("w", Tensor([3, 2], [1, 0, 0, 1, 1, 1]))]
        #expect(try run(file, tensors)["y"] == Tensor([1, 2], [4, 5]))
    }

    @Test func elementsOfEveryTypeBecomeFloats() throws {
        // 1.5 in each type that has halves, else 2.
        let types: [(type: Int, raw: [UInt8], value: Float)] = [
            (1, [0, 0, 0xC0, 0x3F], 1.5), (10, [0, 0x3E], 1.5), (16, [0xC0, 0x3F], 1.5), (11, [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], 1.5),
            (2, [2], 2), (3, [0xFE], -2), (5, [0xFE, 0xFF], -2), (6, [2, 0, 0, 0], 2), (7, [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], -2),
            (9, [1], 1), (12, [2, 0, 0, 0], 2), (13, [2, 0, 0, 0, 0, 0, 0, 0], 2),
        ]
        for (type, raw, value) in types {
            var file = FileBuilder()
            file.input("x", [0, 1])
            file.initializer("w", [1], type: type, raw: raw)
            file.node("Mul", ["x", "w"], ["y"])
            file.output("y")
            #expect(try run(file, [("x", Tensor([1, 1], [10]))])["y"]?.values == [10 * value], "type \(type)")
        }
    }

    // MARK: - Classifiers

    /// Features of a 2×2 picture, a linear layer whose weight is inputs×outputs, and a softmax.
    private func classifier() -> FileBuilder {
        var file = FileBuilder()
        file.input("picture", [0, 1, 2, 2])
        file.initializer("fc.weight", [4, 2], floats: [1, 0, 0, 1, 1, 0, 0, 1])
        file.initializer("fc.bias", [2], floats: [0.5, -0.5])
        file.node("Flatten", ["picture"], ["flat"])
        file.node("Gemm", ["flat", "fc.weight", "fc.bias"], ["scores"])
        file.node("Softmax", ["scores"], ["probabilities"], [("axis", .int(1))])
        file.output("probabilities")
        return file
    }

    @Test func theLogitsAreWhatASoftmaxAtTheEndReads() throws {
        let network = try ONNXNetwork(ONNXModel(bytes: classifier().bytes, name: "folder/mine.onnx"))
        #expect(network.network == "mine" && network.classes == ["0", "1"] && !network.takesPixels)
        #expect(network.preprocessing == Preprocessing([1, 2, 2], mean: [0], standardDeviation: [1]))
        let traced = try network.tracedWithoutPreprocessing()
        let program = try LaneEngine(threads: 1).compile(traced.graph.optimized(), batch: 1)
        try program.load(network.weights)
        try program.run(Feed(count: 1, inputs: [TracedNetwork.inputName: Source(.floats([1, 2, 3, 4]), first: 1)]))
        #expect(program.output(TracedNetwork.outputName) == Tensor([1, 2], [4.5, 5.5]))
    }

    @Test func weightsAreParametersInTheGraphsOwnOrder() throws {
        let network = try ONNXNetwork(ONNXModel(bytes: classifier().bytes, name: "f"))
        #expect(network.weights["fc.weight"] == Tensor([2, 4], [1, 0, 1, 0, 0, 1, 0, 1]))
        let traced = try network.traced(mode: .training)
        #expect(traced.parameters.map(\.path).sorted() == ["fc.bias", "fc.weight"] && traced.parameterCount == 10)
        #expect(traced.layers.map(\.kind) == ["Flatten", "Gemm", "Softmax"] && traced.multiplyAdds == 8)
    }

    @Test func aModelFileHoldsAnImportedModelWhole() throws {
        let network = try ONNXNetwork(ONNXModel(bytes: classifier().bytes, name: "f")).naming(classes: ["cat", "dog"])
        let metadata = ModelMetadata(
            network: network.network, classes: network.classes, preprocessing: network.preprocessing, graph: network.importedGraph)
        let file = Safetensors(network.weights, metadata: metadata.texts)
        let again = try ONNXNetwork(ModelFile(Safetensors(bytes: file.encoded, name: "m"), file: "m"), file: "m")
        #expect(again.classes == ["cat", "dog"] && again.weights == network.weights)
        #expect(try again.traced().graph.description == network.traced().graph.description)

        var short = network.weights
        short["fc.bias"] = nil
        let contents = ModelFile(metadata, weights: short)
        let reason = complaint { () throws(FormatError) in _ = try ONNXNetwork(contents, file: "m") }
        #expect(reason?.contains("1 missing (fc.bias)") == true)
    }

    @Test func runningStatisticsAreFollowedWhileTraining() throws {
        let model = TinyModel(), weights = try model.traced().initialWeights(seed: 2)
        let bytes = try ONNXModel.encoded(model, weights: weights, withPreprocessing: false, file: "f")
        let network = try ONNXNetwork(ONNXModel(bytes: bytes, name: "f"))
        let roles = try Dictionary(uniqueKeysWithValues: network.traced(mode: .training).parameters.map { ($0.path, $0.role) })
        #expect(roles["norm.weight"] == .parameter && roles["norm.bias"] == .parameter)
        #expect(roles["norm.running_mean"] == .runningStatistic && roles["norm.running_var"] == .runningStatistic)
        #expect(try network.traced(mode: .training).graph.updates.count == 2 && network.traced().graph.updates.isEmpty)
    }

    @Test func aGraphThatIsNoClassifierIsPointedToRun() throws {
        var file = FileBuilder()
        file.input("x", [0, 3])
        file.node("Relu", ["x"], ["y"])
        file.output("y")
        let bytes = file.bytes
        let reason = complaint { () throws(FormatError) in _ = try ONNXNetwork(ONNXModel(bytes: bytes, name: "f")) }
        #expect(reason == "f: a classifier takes pictures (N×C×H×W), not a tensor of 2 axes; use striate run")
    }
}
