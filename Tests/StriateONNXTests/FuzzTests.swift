import Foundation
import StriateEngine
import StriateFormats
import StriateGraph
import StriateNetworks
import StriateONNX
import Testing

@Suite struct FuzzTests {
    /// Shapes computed in the file, settings as inputs, both kinds of padding: what folding and converting have to check.
    static let shapes: [UInt8] = {
        var file = FileBuilder()
        file.input("x", [0, 4, 6, 6])
        file.initializer("one", [1], ints: [1])
        file.initializer("minus", [1], ints: [-1])
        file.initializer("zero", [], ints: [0])
        file.initializer("pads", [8], ints: [0, 0, 1, 1, 0, 0, 1, 1])
        file.initializer("starts", [2], ints: [0, -1])
        file.initializer("ends", [2], ints: [2, -9])
        file.initializer("axes", [2], ints: [1, 3])
        file.initializer("steps", [2], ints: [1, -2])
        file.initializer("scale", [4, 1, 1], floats: [1, 2, 3, 4])
        file.initializer("halves", [2], ints: [1, 1])
        file.initializer("w", [8, 3], floats: (0..<24).map(Float.init))
        file.node("Pad", ["x", "pads"], ["padded"], [("mode", .text("reflect"))])
        file.node("Mul", ["padded", "scale"], ["scaled"])
        file.node("Slice", ["scaled", "starts", "ends", "axes", "steps"], ["sliced"])
        file.node("Split", ["sliced", "halves"], ["left", "right"], [("axis", .int(1))])
        file.node("Concat", ["right", "left"], ["joined"], [("axis", .int(1))])
        file.node("MaxPool", ["joined"], ["pooled"], [("kernel_shape", .ints([2, 2])), ("strides", .ints([2, 2])), ("auto_pad", .text("SAME_UPPER"))])
        file.node("Transpose", ["pooled"], ["turned"], [("perm", .ints([0, 3, 1, 2]))])
        file.node("Shape", ["turned"], ["shape"])
        file.node("Gather", ["shape", "zero"], ["batch"])
        file.node("Unsqueeze", ["batch", "zero"], ["batches"])
        file.node("Concat", ["batches", "minus"], ["target"], [("axis", .int(0))])
        file.node("Reshape", ["turned", "target"], ["flat"])
        file.node("ReduceMean", ["flat"], ["mean"], [("axes", .ints([1])), ("keepdims", .int(1))])
        file.node("Sub", ["flat", "mean"], ["centered"])
        file.node("Softmax", ["centered"], ["y"], [("axis", .int(-1))])
        file.output("y")
        return file.bytes
    }()

    /// Mutates sound files; each must be imported or refused in one line, with little memory and in little time.
    @Test(.timeLimit(.minutes(3))) func twelveThousandDamagedFilesAreImportedOrRefused() throws {
        let model = TinyModel(), weights = try model.traced().initialWeights(seed: 1)
        let sound = [
            try ONNXModel.encoded(model, weights: weights, withPreprocessing: false, file: "f"),
            try ONNXModel.encoded(model, weights: weights, withPreprocessing: true, file: "f"), Self.shapes,
        ]
        var input = Weights()
        input["x"] = Tensor([2, 4, 6, 6], repeating: 0.5)
        for bytes in sound.prefix(2) { _ = try ONNXNetwork(ONNXModel(bytes: bytes, name: "f")).traced() }
        _ = try ONNXModel(bytes: Self.shapes, name: "f").tensorGraph(given: input)

        var generator = SeededGenerator(seed: 1, path: "onnx")
        var imported = 0, refused = 0
        let memory = peakMemory(), engine = try LaneEngine(threads: 1)
        for round in 0..<12_000 {
            var mutant = sound[round % sound.count]
            for _ in 0...generator.below(3) { mutate(&mutant, &generator) }
            do throws(FormatError) {
                let model = try ONNXModel(bytes: mutant, name: "f")
                if round % sound.count == 2 {
                    let graph = try model.tensorGraph(given: input).graph
                    compile(graph, engine)
                } else {
                    let network = try ONNXNetwork(model)
                    do { compile(try network.traced().graph, engine) } catch { check("\(error)") }
                    _ = network.importedGraph
                }
                imported += 1
            } catch {
                refused += 1
                check(error.description)
            }
        }
        // Neither all sound nor all refused: the mutations reach beyond the first check.
        #expect(imported > 500 && refused > 4000, "\(imported) imported, \(refused) refused")
        #expect(peakMemory() - memory < 512 << 20)
    }

    /// What was imported is planned too, unless it is larger than a test should be.
    private func compile(_ graph: Graph, _ engine: LaneEngine) {
        guard graph.types.reduce(0, { $0 + $1.shape.count }) < 1 << 18 else { return }
        do throws(EngineError) { _ = try engine.compile(graph.optimized(), batch: 2) } catch { check("f: \(error)") }
    }

    private func check(_ message: String) {
        if message.contains("\n") || message.count > 600 || !message.hasPrefix("f: ") { Issue.record("unclear: \(message)") }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard bytes.count > 16 else { return }
        func place() -> Int { generator.below(bytes.count) }
        switch generator.below(10) {
        case 0, 1: bytes[place()] ^= 1 << UInt8(generator.below(8))
        case 2: bytes[place()] = UInt8(generator.below(256))
        case 3: bytes.removeLast(generator.below(bytes.count / 2))
        case 4:
            // A number of many bytes in place of a short one: 2⁴⁰, −1, the largest.
            let numbers: [UInt64] = [1 << 40, .max, UInt64(Int64.max), 1 << 31, 0]
            let at = place()
            bytes.replaceSubrange(at..<at + 1, with: Wire.varint(numbers[generator.below(numbers.count)]))
        case 5:
            // A part once more, elsewhere.
            let a = place(), b = min(bytes.count, a + generator.below(40)), at = place()
            bytes.insert(contentsOf: bytes[a..<b], at: at)
        case 6:
            let a = place()
            bytes.removeSubrange(a..<min(bytes.count, a + 1 + generator.below(8)))
        case 7: bytes.swapAt(place(), place())
        case 8:
            // Another small number: axes, versions, types and counts are such.
            bytes[place()] = UInt8(generator.below(24))
        default:
            // One operator's name for another's of its length.
            let names = ["Relu", "Tanh", "Conv", "Gemm", "Mul", "Add", "Pad", "Shape", "Slice", "Split", "Concat", "Gather", "Expand", "Reshape", "MaxPool"]
            let from = names[generator.below(names.count)], to = names[generator.below(names.count)]
            guard from.utf8.count == to.utf8.count, let range = bytes.firstRange(of: Array(from.utf8)) else { return }
            bytes.replaceSubrange(range, with: Array(to.utf8))
        }
    }

    /// In bytes.
    private func peakMemory() -> Int {
        var usage = rusage()
        #if canImport(Darwin)
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
        #else
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss << 10
        #endif
    }
}
