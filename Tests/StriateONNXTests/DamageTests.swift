import Foundation
import StriateFormats
import StriateGraph
import StriateONNX
import Testing

/// Files that do not say what they should: each is refused in one line.
@Suite struct DamageTests {
    private func refusal(_ build: (inout FileBuilder) -> Void) -> String {
        var file = FileBuilder()
        build(&file)
        let bytes = file.bytes
        var input = Weights()
        input["x"] = Tensor([2, 3], repeating: 1)
        return complaint { () throws(FormatError) in _ = try ONNXModel(bytes: bytes, name: "f").tensorGraph(given: input) } ?? "no complaint"
    }

    @Test func aGraphThatRunsInACircleIsRefused() {
        let reason = refusal {
            $0.input("x", [0, 3])
            $0.node("Add", ["x", "b"], ["a"], name: "first")
            $0.node("Relu", ["a"], ["b"], name: "second")
            $0.output("b")
        }
        #expect(reason == "f: the graph runs in a circle through node second (Relu)")
    }

    @Test func anOperatorThatIsNotSupportedIsNamedWithItsNode() {
        let reason = refusal {
            $0.input("x", [0, 3])
            $0.node("Relu", ["x"], ["a"])
            $0.node("Frobnicate", ["a"], ["b"], name: "layer7")
            $0.output("b")
        }
        #expect(reason == "f: node layer7 (Frobnicate): the operator is not supported")
        let foreign = refusal {
            $0.input("x", [0, 3])
            $0.node("Relu", ["x"], ["y"], name: "n", domain: "com.example")
            $0.output("y")
        }
        #expect(foreign == "f: node n (Relu): operators of the domain com.example are not supported")
        let attribute = refusal {
            $0.input("x", [0, 3])
            $0.node("Relu", ["x"], ["y"], name: "n", [("slope", .float(1))])
            $0.output("y")
        }
        #expect(attribute == "f: node n (Relu): the attribute slope is not supported")
    }

    /// Two bytes each in the file, some two hundred once decoded.
    @Test func aFileOfEmptyNodesIsRefusedBeforeItIsDecoded() {
        var graph = Wire(), model = Wire()
        for _ in 0...1_000_000 { graph.message(1, Wire()) }
        model.int(1, 8)
        model.message(7, graph)
        let bytes = model.bytes
        let reason = complaint { () throws(FormatError) in _ = try ONNXModel(bytes: bytes, name: "f") }
        #expect(reason == "f: has more than 1000000 nodes, tensors and attributes, which no network needs")
    }

    @Test func deadNodesMayBeAnything() {
        #expect(refusal {
            $0.input("x", [0, 3])
            $0.node("Frobnicate", ["x"], ["unread"])
            $0.node("Relu", ["x"], ["y"])
            $0.output("y")
        } == "no complaint")
    }

    @Test(arguments: [[-1, 4], [1 << 40], [1 << 20, 1 << 20], [3, Int.max, 5]])
    func shapesThatNoFileCanHoldAreRefused(_ extents: [Int]) {
        let reason = refusal {
            $0.input("x", [0, 3])
            $0.initializer("w", extents, floats: [1])
            $0.node("Mul", ["x", "w"], ["y"])
            $0.output("y")
        }
        #expect(reason == "f: tensor w: a shape of \(extents) is negative or too large")
    }

    @Test func elementsThatAreMissingOrTooManyAreTold() {
        func reason(_ extents: [Int], type: Int, raw: [UInt8]) -> String {
            refusal {
                $0.input("x", [0, 3])
                $0.initializer("w", extents, type: type, raw: raw)
                $0.node("Mul", ["x", "w"], ["y"])
                $0.output("y")
            }
        }
        #expect(reason([3], type: 1, raw: [0, 0, 0, 0]) == "f: tensor w: 3 takes 12 bytes, but it has 4")
        #expect(reason([1_000_000_000], type: 1, raw: []).hasPrefix("f: tensor w: "))
        #expect(reason([1], type: 8, raw: [0]) == "f: tensor w: elements of type number 8 cannot be read")
    }

    @Test func namesThatStandTwiceOrForNothingAreRefused() {
        #expect(refusal {
            $0.input("x", [0, 3])
            $0.node("Relu", ["x"], ["y"])
            $0.node("Tanh", ["x"], ["y"])
            $0.output("y")
        }.contains("tensor y: is made twice"))
        #expect(refusal {
            $0.input("x", [0, 3])
            $0.node("Add", ["x", "ghost"], ["y"], name: "n")
            $0.output("y")
        } == "f: tensor ghost: is read by node n (Add), but nothing makes it")
        #expect(refusal {
            $0.input("x", [0, 3])
            $0.initializer("w", [1], floats: [1])
            $0.initializer("w", [1], floats: [1])
            $0.node("Mul", ["x", "w"], ["y"])
            $0.output("y")
        } == "f: tensor w: stands twice among the initialisers")
    }

    @Test(arguments: [5, 29, -1])
    func otherVersionsOfTheOperatorsAreRefused(_ version: Int) {
        let reason = refusal {
            $0.opset = version
            $0.input("x", [0, 3])
            $0.node("Relu", ["x"], ["y"])
            $0.output("y")
        }
        #expect(reason == "f: uses version \(version) of the operators; Striate reads 6 to 28")
    }

    @Test func numbersFromNothingAreBounded() {
        #expect(refusal {
            $0.input("x", [0, 3])
            $0.initializer("shape", [1], ints: [1 << 30])
            $0.node("ConstantOfShape", ["shape"], ["w"])
            $0.node("Add", ["x", "w"], ["y"], name: "n")
            $0.output("y")
        }.contains("node n (Add): the file makes more than"))
        #expect(refusal {
            $0.input("x", [0, 3])
            $0.initializer("pads", [4], ints: [0, 0, 0, 1 << 40])
            $0.node("Pad", ["x", "pads"], ["y"], name: "n")
            $0.output("y")
        } == "f: node n (Pad): pads of 0 and 1099511627776 are not supported")
        #expect(refusal {
            $0.input("x", [0, 3])
            $0.initializer("shape", [3], ints: [1 << 15, 1 << 15, 3])
            $0.node("Expand", ["x", "shape"], ["y"], name: "n")
            $0.output("y")
        }.hasPrefix("f: node n (Expand): "))
    }

    // MARK: - Elements in other files

    /// A folder with a model in it whose initialiser lies at `location`, and a file of elements outside.
    private func reading(_ location: String, offset: String = "0", prepare: (String) throws -> Void = { _ in }) throws -> String? {
        let home = FileManager.default.temporaryDirectory.path + "/striate-onnx-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: home + "/model/below", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: home) }
        let elements = Data([0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64])  // 1, 2, 3
        for path in ["/outside.bin", "/model/inside.bin", "/model/below/inside.bin"] {
            try elements.write(to: URL(fileURLWithPath: home + path))
        }
        try prepare(home)
        var file = FileBuilder()
        file.input("x", [0, 3])
        file.initializer("w", [3], type: 1, external: [("location", location), ("offset", offset), ("length", "12")])
        file.node("Mul", ["x", "w"], ["y"])
        file.output("y")
        try Data(file.bytes).write(to: URL(fileURLWithPath: home + "/model/m.onnx"))
        var input = Weights()
        input["x"] = Tensor([2, 3], repeating: 1)
        var found: Weights?
        let complaint = complaint { () throws(FormatError) in
            found = try ONNXModel(contentsOf: home + "/model/m.onnx").tensorGraph(given: input).weights
        }
        if complaint == nil { #expect(found?["w"] == Tensor([3], [1, 2, 3])) }
        return complaint?.replacingOccurrences(of: home, with: "")
    }

    @Test func elementsInTheModelsFolderAreRead() throws {
        #expect(try reading("inside.bin") == nil)
        #expect(try reading("below/inside.bin") == nil)
    }

    @Test(arguments: ["../outside.bin", "below/../../outside.bin", "/etc/passwd", "", "below//inside.bin", ".."])
    func placesOutsideTheFolderAreRefused(_ location: String) throws {
        let complaint = try #require(try reading(location))
        #expect(complaint == "/model/m.onnx: tensor w: lies at \"\(location)\", which is not a place in the model's folder")
    }

    @Test func linksThatLeadOutOfTheFolderAreRefused() throws {
        let complaint = try reading("link.bin") { home in
            try FileManager.default.createSymbolicLink(atPath: home + "/model/link.bin", withDestinationPath: home + "/outside.bin")
        }
        #expect(complaint == "/model/m.onnx: tensor w: lies at \"link.bin\", which leads out of the model's folder")
        #expect(try reading("link.bin") { home in
            try FileManager.default.createSymbolicLink(atPath: home + "/model/link.bin", withDestinationPath: home + "/model/inside.bin")
        } == nil)
    }

    @Test func elementsBeyondTheFilesEndAreRefused() throws {
        #expect(try reading("inside.bin", offset: "4")?.contains("ends beyond the 12 bytes of inside.bin") == true)
        #expect(try reading("inside.bin", offset: "9223372036854775807")?.contains("ends beyond") == true)
        #expect(try reading("inside.bin", offset: "-4")?.contains("is not a number") == true)
        #expect(try reading("missing.bin")?.contains("does not exist beside the model") == true)
    }
}
