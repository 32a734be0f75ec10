import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Random training steps on lanes agree with scalar loops over doubles.
@Suite struct RandomGraphTests {
    @Test(arguments: 0..<8)
    func randomGraphsAgreeWithTheReferenceEngine(chunk: Int) throws {
        var compared = 0
        let seeds = chunk * 50..<(chunk + 1) * 50
        for seed in seeds { if try agreement(seed: seed) { compared += 1 } }
        #expect(compared >= seeds.count * 8 / 10, "too many graphs lie where rounding decides")
    }

    /// Two steps from the same weights; false where a decision was so close that rounding may have turned it.
    private func agreement(seed: Int) throws -> Bool {
        var random = try RandomGraph(seed: seed)
        let graph = random.graph
        let lanes = try LaneEngine(threads: 1 + seed % 3).compile(graph, batch: random.batch)
        let reference = ReferenceProgram(graph, batch: random.batch)
        try lanes.loadHashedWeights(seed: seed)
        for step in 0..<2 {
            let feed = random.feed()
            try reference.load(lanes.variables)
            try lanes.run(feed)
            try reference.run(feed)
            guard reference.margin > 1e-5 else { return false }
            func name(_ what: String) -> String { "\(what), seed \(seed), step \(step), \(feed.count) of \(random.batch) images of\n\(graph)" }
            for (output, value) in graph.outputs {
                let type = graph[value], found = lanes.output(output)
                #expect(found.shape == (type.isBatched ? Shape([feed.count] + type.shape.extents) : type.shape), "\(name(output))")
                expectAgreement(found.values, reference.elements(of: output), tolerance: 1e-4, floor: 0x1p-8, name(output))
            }
            let expected = reference.variables
            for (variable, tensor) in lanes.variables {
                guard let other = expected[variable] else { Issue.record("no \(variable)"); continue }
                expectAgreement(tensor, other, tolerance: 1e-4, floor: 0x1p-8, name(variable))
            }
        }
        return true
    }
}
