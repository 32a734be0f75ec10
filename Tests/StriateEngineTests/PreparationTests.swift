import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// What follows from variables and constants alone is computed when they change, not in every run.
@Suite struct PreparationTests {
    /// A convolution and its batch normalisation by known statistics, and a pre-activated one that cannot fold.
    private func makeGraph() throws -> Graph {
        var graph = Graph()
        let x = graph.input("x", [3, 6, 5])
        func normalized(_ name: String, _ x: Value) throws -> Value {
            let statistics = ["scale", "shift", "mean", "variance"].map { graph.variable("\(name).\($0)", [graph[x].shape[0]]) }
            let variance = try graph.arithmetic(.multiply, statistics[3], statistics[3])
            return try graph.normalize(x, scale: statistics[0], shift: statistics[1], mean: statistics[2], variance: variance, epsilon: 0.5)
        }
        let before = try graph.activation(.relu, try normalized("before", x))
        let sums = try graph.convolution(before, weight: graph.variable("w", [17, 3, 3, 3]), window: Window(kernel: 3))
        graph.output("y", try graph.activation(.relu, try normalized("behind", sums)))
        return graph
    }

    @Test func normalisationByKnownStatisticsCostsNothingInARun() throws {
        let stages = try LaneEngine.plan(makeGraph().optimized())
        #expect(stages.filter { $0.kind != .preparation }.flatMap(\.steps)
            == ["input x", "channel-scale-and-offset", "relu", "convolution 3×3 + bias + relu"])
        // Square, epsilon, root, scale, weight, packing: each needs the one before.
        #expect(stages.count { $0.kind == .preparation } >= 6)
    }

    @Test(arguments: [false, true]) func newWeightsAreFollowed(isOptimized: Bool) throws {
        let graph = isOptimized ? try makeGraph().optimized() : try makeGraph()
        let lanes = try LaneEngine(threads: 2).compile(graph, batch: 17), reference = ReferenceProgram(graph, batch: 17)
        let x = Hashed.tensor([17, 90], seed: 3)
        let feed = Feed(count: 17, inputs: ["x": Source(.floats(x.values), first: 17)])
        for seed in 1...2 {
            try lanes.loadHashedWeights(seed: seed)
            try reference.load(lanes.variables)
            try reference.run(feed)
            for _ in 0..<2 {
                try lanes.run(feed)
                expectAgreement(lanes.output("y").values, reference.elements(of: "y"), tolerance: 1e-5, "y after weights \(seed)")
            }
        }
    }

    /// What a step updates is prepared anew for the next, chains included; what depends on the batch is never prepared.
    @Test func updatesReachWhatIsPrepared() throws {
        var graph = Graph()
        let w = graph.variable("w", [4, 3]), rate = graph.scalarInput("rate")
        let squared = try graph.arithmetic(.multiply, w, w), twice = try graph.add(squared, squared)
        let y = try graph.linear(graph.input("x", [3]), weight: twice)
        graph.output("y", y)
        let mean = try graph.batchMean(y)
        graph.output("shifted", try graph.add(mean, try graph.reduce(.sum, twice, axes: [1])))
        graph.update(w, to: try graph.arithmetic(.subtract, w, try graph.arithmetic(.multiply, w, rate)))
        let lanes = try LaneEngine(threads: 3).compile(graph, batch: 20), reference = ReferenceProgram(graph, batch: 20)
        try lanes.loadHashedWeights()
        try reference.load(lanes.variables)
        for step in 0..<3 {
            let x = Hashed.tensor([20, 3], seed: step).values
            let feed = Feed(count: 20, inputs: ["x": Source(.floats(x), first: 20)], scalars: ["rate": 0.25])
            try lanes.run(feed)
            try reference.run(feed)
            for name in ["y", "shifted"] {
                expectAgreement(lanes.output(name).values, reference.elements(of: name), tolerance: 1e-5, "\(name) in step \(step)")
            }
        }
        let prepared = try LaneEngine.plan(graph).filter { $0.kind == .preparation }.flatMap(\.steps)
        #expect(prepared.sorted() == ["add", "multiply", "pack", "sum over axes [1]"])
    }
}
