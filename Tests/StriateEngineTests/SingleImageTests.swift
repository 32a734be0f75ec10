import ReferenceEngine
import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// Lanes of channels compute what lanes of images do.
@Suite struct SingleImageTests {
    /// Makes programs whose lanes hold channels.
    struct ChannelEngine: Engine {
        var threads = 2

        func compile(_ graph: Graph, batch: Int) throws(EngineError) -> any Program {
            try LaneEngine(threads: threads).compile(graph, batch: batch, lanesHold: .channels)
        }
    }

    @Test(arguments: 0..<10)
    func randomNetworksAgreeWithTheReferenceEngine(chunk: Int) throws {
        for seed in chunk * 40..<(chunk + 1) * 40 {
            let random = try RandomInferenceGraph(seed: seed), graph = random.graph, batch = 1 + seed % 5
            let feed = Feed(count: batch, inputs: [
                "x": Source(.floats(Hashed.tensor([batch, random.input.count], seed: seed).values), first: batch)
            ])
            let reference = ReferenceProgram(graph, batch: batch)
            var bits = [String: [UInt32]]()
            for threads in [1, 2, 3, 7] {
                let program = try ChannelEngine(threads: threads).compile(graph, batch: batch)
                try program.loadHashedWeights(seed: seed)
                try program.run(feed)
                if threads == 1 {
                    try reference.load(program.variables)
                    try reference.run(feed)
                }
                for (name, value) in graph.outputs {
                    let found = program.output(name)
                    #expect(found.shape == Shape([batch] + graph[value].shape.extents))
                    if threads == 1 {
                        bits[name] = found.bits
                        expectAgreement(found.values, reference.elements(of: name), tolerance: 1e-4, floor: 0x1p-8, "\(name), seed \(seed) of\n\(graph)")
                    }
                    #expect(bits[name] == found.bits, "\(name) with \(threads) threads, seed \(seed)")
                }
            }
        }
    }

    @Test func fewerImagesThanPlannedRun() throws {
        let random = try RandomInferenceGraph(seed: 3), count = random.input.count
        let program = try ChannelEngine().compile(random.graph, batch: 6), alone = try ChannelEngine().compile(random.graph, batch: 1)
        let images = Source.Elements.floats(Hashed.tensor([6, count], seed: 1).values)
        for program in [program, alone] { try program.loadHashedWeights() }
        for rows in [[4], [5, 0], [1, 2, 3], [0, 1, 2, 3, 4, 5]] {
            try program.run(Feed(count: rows.count, inputs: ["x": Source(images, rows: rows[...])]))
            let together = program.output("y")
            var apart = [UInt32]()
            for row in rows {
                try alone.run(Feed(count: 1, inputs: ["x": Source(images, rows: [row])]))
                apart += alone.output("y").bits
            }
            #expect(together.bits == apart)
        }
    }

    /// Whatever fed it: nothing of an image is left for the next.
    @Test func anImageOfNaNLeavesNoTrace() throws {
        for seed in 0..<20 {
            let random = try RandomInferenceGraph(seed: seed), count = random.input.count
            let program = try ChannelEngine().compile(random.graph, batch: 1)
            try program.loadHashedWeights()
            func bits(_ image: [Float]) throws -> [UInt32] {
                try program.run(Feed(count: 1, inputs: ["x": Source(.floats(image), first: 1)]))
                return program.output("y").bits
            }
            let image = Hashed.tensor([count], seed: 1).values, clean = try bits(image)
            _ = try bits(Array(repeating: .nan, count: count))
            #expect(try bits(image) == clean, "seed \(seed)")
        }
    }

    @Test func newWeightsAreFollowed() throws {
        let random = try RandomInferenceGraph(seed: 11), program = try ChannelEngine().compile(random.graph, batch: 1)
        let feed = Feed(count: 1, inputs: ["x": Source(.floats(Hashed.tensor([random.input.count], seed: 2).values), first: 1)])
        for seed in 1...2 {
            try program.loadHashedWeights(seed: seed)
            let reference = ReferenceProgram(random.graph, batch: 1)
            try reference.load(program.variables)
            try reference.run(feed)
            for _ in 0..<2 {
                try program.run(feed)
                expectAgreement(program.output("y").values, reference.elements(of: "y"), tolerance: 1e-4, floor: 0x1p-8, "weights \(seed)")
            }
        }
    }

    @Test func smallBatchesOfEveryNetworkHoldChannels() throws {
        for description in NetworkCatalog.networks {
            let graph = try ModelDescription(network: description.name).traced(mode: .inference).graph.optimized()
            #expect(try LaneEngine.lanesHold(graph, batch: 1) == .channels, "\(description.name)")
            #expect(try LaneEngine.lanesHold(graph, batch: 16) == .images, "\(description.name)")
        }
    }

    @Test func trainingAndOperationsThatLanesOfChannelsLackHoldImages() throws {
        let traced = try ModelDescription(network: "lenet5").traced(mode: .training)
        #expect(try LaneEngine.lanesHold(trainingGraph(traced), batch: 1) == .images)

        var graph = Graph()
        let x = try graph.transpose(graph.input("x", [3, 4, 5]), [1, 0, 2])
        graph.output("y", try graph.convolution(x, weight: graph.variable("w", [2, 4, 1, 1]), window: Window(kernel: 1)))
        #expect(throws: EngineError.self) { try ChannelEngine().compile(graph, batch: 1) }
        #expect(try LaneEngine.lanesHold(graph, batch: 1) == .images)
        #expect(throws: Never.self) { try LaneEngine(threads: 1).compile(graph, batch: 1) }
    }

    /// A residual block is its convolutions and nothing more.
    @Test func aResidualBlockIsItsConvolutions() throws {
        var graph = Graph()
        let x = graph.input("x", [16, 8, 8])
        let first = try graph.activation(.relu, try graph.convolution(x, weight: graph.variable("a", [16, 16, 3, 3]), window: Window(kernel: 3, padding: 1)))
        let second = try graph.convolution(first, weight: graph.variable("b", [16, 16, 3, 3]), window: Window(kernel: 3, padding: 1))
        graph.output("y", try graph.activation(.relu, try graph.averagePool(try graph.activation(.relu, try graph.add(second, x)), window: Window(kernel: 8))))
        let steps = try LaneEngine.plan(graph.optimized(), lanesHold: .channels).filter { $0.kind == .groups }.flatMap(\.steps)
        #expect(steps == ["input x", "convolution 3×3 padding 1×1 + relu", "convolution 3×3 padding 1×1", "average-pool 8×8", "relu"])
    }
}
