import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Linear layers whose weights are read once for the whole batch compute what small ones do.
@Suite struct StreamedLinearTests {
    private func makeGraph() throws -> Graph {
        var graph = Graph()
        let small = try graph.linear(try graph.flatten(graph.input("x", [3, 2, 2])), weight: graph.variable("small", [523, 12]))
        let bias = graph.variable("bias", [517])
        let large = try graph.linear(try graph.activation(.tanh, small), weight: graph.variable("large", [517, 523]))
        let y = try graph.activation(.relu, try graph.addBias(large, bias))
        let logits = try graph.linear(y, weight: graph.variable("head", [3, 517]))
        graph.output("logits", logits)
        for (name, gradient) in try graph.appendTraining(of: logits, GradientDescent(momentum: 0.5)) where name != "large" {
            graph.output("gradient of \(name)", gradient)
        }
        return graph.optimized()
    }

    private func feed(_ count: Int) -> Feed {
        Feed(
            count: count,
            inputs: [
                "x": Source(.floats(Hashed.tensor([count, 12], seed: 1).values), first: count),
                "labels": Source(.integers((0..<count).map { Int32($0 % 3) }), first: count),
            ], scalars: ["rate": 0.125])
    }

    @Test func itsWeightsAreNotRearranged() throws {
        let steps = try LaneEngine.plan(try makeGraph()).flatMap { stage in stage.steps.map { (stage.kind, $0) } }
        #expect(steps.filter { $0.1.hasPrefix("linear") && $0.0 == .batch }.map(\.1) == ["linear + bias + relu", "linear-input-gradient"])
        #expect(steps.count { $0.1 == "pack" } == 2, "the small layers'")
    }

    @Test(arguments: [1, 16, 17, 50])
    func everyNumberOfImagesGivesWhatTheReferenceGives(count: Int) throws {
        let graph = try makeGraph()
        let reference = ReferenceProgram(graph, batch: 50)
        let programs = try [1, 2, 3, 7].map { try LaneEngine(threads: $0).compile(graph, batch: 50) }
        for program in programs {
            try program.loadHashedWeights()
            // What a larger run leaves in the lanes must not count.
            try program.run(feed(50))
        }
        try reference.load(programs[0].variables)
        for program in programs { try program.run(feed(count)) }
        try reference.run(feed(count))
        for (name, _) in graph.outputs {
            expectAgreement(programs[0].output(name).values, reference.elements(of: name), tolerance: 1e-4, floor: 0x1p-8, name)
            for program in programs { #expect(program.output(name).bits == programs[0].output(name).bits, "\(name)") }
        }
        let expected = reference.variables
        for (name, tensor) in programs[0].variables {
            expectAgreement(tensor, try #require(expected[name]), tolerance: 1e-4, floor: 0x1p-8, name)
        }
    }
}
