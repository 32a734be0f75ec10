import StriateEngine
import StriateGraph
import Testing

/// What does not fit is refused with one line that names it, and changes nothing.
@Suite struct ErrorsTests {
    /// A linear classifier of pairs of numbers, with its training step.
    private func makeProgram(batch: Int = 8) throws -> any Program {
        var graph = Graph()
        let x = graph.input("x", [2])
        try graph.appendTraining(of: try graph.linear(x, weight: graph.variable("weight", [3, 2])), GradientDescent(momentum: 0.5))
        let program = try LaneEngine(threads: 2).compile(graph, batch: batch)
        try program.loadHashedWeights()
        return program
    }

    private func feed(
        count: Int = 2, x: Source? = Source(.floats([1, 2, 3, 4]), first: 2), labels: Source? = Source(.integers([0, 2]), first: 2),
        scalars: [String: Float] = ["rate": 1], more: [String: Source] = [:]
    ) -> Feed {
        var inputs = more
        inputs["x"] = x
        inputs["labels"] = labels
        return Feed(count: count, inputs: inputs, scalars: scalars)
    }

    private func expectRefusal(
        _ feed: Feed, naming words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let program = try makeProgram()
        let before = program.variables
        let error = #expect(throws: EngineError.self, sourceLocation: sourceLocation) { try program.run(feed) }
        for word in words { #expect(error?.description.contains(word) == true, "\(error?.description ?? "")", sourceLocation: sourceLocation) }
        #expect(error?.description.contains("\n") == false, sourceLocation: sourceLocation)
        #expect(program.variables == before, "a refused run changes nothing", sourceLocation: sourceLocation)
        try program.run(self.feed())
        #expect(program.variables != before, "and the program still works", sourceLocation: sourceLocation)
    }

    @Test func aMissingInputIsNamed() throws {
        try expectRefusal(feed(x: nil), naming: "x")
        try expectRefusal(feed(labels: nil), naming: "labels")
        try expectRefusal(feed(scalars: [:]), naming: "rate")
    }

    @Test func anUnknownInputIsNamed() throws {
        try expectRefusal(feed(more: ["pixels": Source(.floats([1, 2]), first: 1)]), naming: "pixels")
        try expectRefusal(feed(scalars: ["rate": 1, "speed": 2]), naming: "speed")
    }

    @Test func imagesOutsideOneToTheBatchAreRefused() throws {
        let nine = Source(.floats(Array(repeating: 1, count: 18)), first: 9)
        try expectRefusal(feed(count: 9, x: nine, labels: Source(.integers(Array(repeating: 0, count: 9)), first: 9)), naming: "9", "8")
        try expectRefusal(feed(count: 0, x: Source(.floats([]), first: 0), labels: Source(.integers([]), first: 0)))
        try expectRefusal(feed(count: -1))
    }

    @Test func fewerRowsThanImagesAreRefused() throws {
        try expectRefusal(feed(x: Source(.floats([1, 2, 3, 4]), first: 1)), naming: "x", "1", "2")
        try expectRefusal(feed(labels: Source(.integers([0, 1]), rows: [])), naming: "labels")
    }

    @Test func rowsBeyondTheirSourceAreRefused() throws {
        try expectRefusal(feed(x: Source(.floats([1, 2, 3, 4]), rows: [0, 2][...])), naming: "x", "2")
        try expectRefusal(feed(x: Source(.floats([1, 2, 3]), first: 2)), naming: "x")
        try expectRefusal(feed(x: Source(.floats([1, 2, 3, 4]), rows: [-1, 0][...])), naming: "x", "-1")
        try expectRefusal(feed(x: Source(.floats([1, 2, 3, 4]), rows: [0, .max][...])), naming: "x")
        try expectRefusal(feed(labels: Source(.bytes([0, 1]), rows: [1, 2][...])), naming: "labels")
    }

    @Test func labelsOutsideTheClassesAreRefused() throws {
        try expectRefusal(feed(labels: Source(.integers([0, 3]), first: 2)), naming: "3")
        try expectRefusal(feed(labels: Source(.integers([-1, 0]), first: 2)), naming: "-1")
        try expectRefusal(feed(labels: Source(.bytes([255, 0]), first: 2)), naming: "255")
        try expectRefusal(feed(labels: Source(.floats([0, .nan]), first: 2)))
        try expectRefusal(feed(labels: Source(.floats([0.5, 1]), first: 2)), naming: "0.5")
    }

    /// Rows that a run does not read may hold anything.
    @Test func onlyTheLabelsThatAreReadAreChecked() throws {
        let program = try makeProgram()
        try program.run(feed(labels: Source(.integers([9, 0, 1]), rows: [1, 2][...])))
        #expect(program.output("loss").values[0].isFinite)
    }

    @Test func loadingNamesWhatDoesNotFitAndSetsNothing() throws {
        let program = try makeProgram(), before = program.variables
        var unknown = Weights(), misshapen = Weights()
        unknown["weight"] = Tensor([3, 2], repeating: 7)
        unknown["weigth"] = Tensor([3, 2], repeating: 7)
        misshapen["weight.velocity"] = Tensor([3, 2], repeating: 7)
        misshapen["weight"] = Tensor([2, 3], repeating: 7)
        for (weights, words) in [(unknown, ["weigth"]), (misshapen, ["weight", "2×3", "3×2"])] {
            let error = #expect(throws: EngineError.self) { try program.load(weights) }
            for word in words { #expect(error?.description.contains(word) == true, "\(error?.description ?? "")") }
            #expect(program.variables == before)
        }
    }

    @Test func anOperationThatTheEngineLacksIsNamed() throws {
        struct Mystery: Operation {
            var description: String { "mystery" }
            func resultTypes(for inputs: [ValueType]) -> [ValueType] { inputs }
        }
        var graph = Graph()
        graph.path = "features.3"
        graph.output("y", try graph.append(Mystery(), [graph.input("x", [1])])[0])
        let error = #expect(throws: EngineError.self) { try LaneEngine(threads: 1).compile(graph, batch: 1) }
        #expect(error?.description.contains("mystery") == true, "\(error?.description ?? "")")
    }

    @Test func impossibleSizesAreRefusedBeforeAnythingIsAllocated() throws {
        var graph = Graph()
        graph.output("y", try graph.activation(.relu, graph.input("x", [1 << 20])))
        let engine = try LaneEngine(threads: 1)
        for batch in [0, -1, 1 << 50, Int.max] {
            #expect(throws: EngineError.self) { try engine.compile(graph, batch: batch) }
        }
        #expect(throws: EngineError.self) { try LaneEngine(threads: 0) }
        #expect(throws: EngineError.self) { try LaneEngine(threads: -3) }
    }
}
