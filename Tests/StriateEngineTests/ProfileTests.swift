import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// A measured run is an ordinary run that also says where its time went.
@Suite struct ProfileTests {
    private let graph: Graph
    private let shape: Shape

    init() throws {
        let traced = try ModelDescription(network: "lenet5-cifar").traced(mode: .training)
        graph = try trainingGraph(traced, GradientDescent(momentum: 0.875)).fusingBiasAndActivation().removingDeadValues()
        shape = traced.graph[traced.input].shape
    }

    private func program(threads: Int) throws -> any Program {
        let program = try LaneEngine(threads: threads).compile(graph, batch: 48)
        try program.loadHashedWeights()
        return program
    }

    private func feed(_ count: Int) -> Feed {
        let (pixels, labels) = hashedImages(shape, images: 48, classes: 10), rows = Array(0..<count)[...]
        return Feed(
            count: count, inputs: ["pixels": Source(pixels, rows: rows), "labels": Source(labels, rows: rows)], scalars: ["rate": 0.03125])
    }

    /// In an ordinary training all weights change with every step.
    @Test func whatWasPreparedBeforeIsNotThere() throws {
        let inference = try ModelDescription(network: "lenet5").traced().graph.optimized()
        let program = try LaneEngine(threads: 1).compile(inference, batch: 1)
        let feed = Feed(count: 1, inputs: ["pixels": Source(.bytes(Array(repeating: 7, count: 1024)), first: 1)])
        let (first, second) = (try program.profile(feed), try program.profile(feed))
        #expect(first.stages.flatMap(\.steps).contains { $0.kind == "pack" })
        #expect(!second.stages.flatMap(\.steps).contains { $0.kind == "pack" })
    }

    /// 48 images fill three groups, which go through all steps one after another; one group of 5 shares each step.
    @Test(arguments: [(1, 48), (2, 48), (3, 5)]) func everyStepOfThePlanIsThereInItsOrder(threads: Int, count: Int) throws {
        let profile = try program(threads: threads).profile(feed(count))
        #expect(profile.stages.flatMap(\.steps).map(\.name) == (try LaneEngine.plan(graph)).flatMap(\.steps))
        let isDepthFirst = threads < 3
        #expect(profile.stages.contains { $0.steps.count > 20 } == isDepthFirst)
    }

    @Test(arguments: [(1, 48), (2, 37), (3, 5)]) func resultsAreThoseOfAnOrdinaryRunBitForBit(threads: Int, count: Int) throws {
        let measured = try program(threads: threads), ordinary = try program(threads: threads)
        for _ in 0..<3 {
            _ = try measured.profile(feed(count))
            try ordinary.run(feed(count))
            #expect(measured.output("loss").bits == ordinary.output("loss").bits)
        }
        try measured.run(feed(count))
        try ordinary.run(feed(count))
        for (name, tensor) in ordinary.variables { #expect(measured.variables[name]?.bits == tensor.bits, "\(name)") }
    }

    @Test(arguments: [(1, 48), (2, 48), (3, 5)]) func theTimesOfAStagesStepsAndItsWaitingAreTheStagesTime(threads: Int, count: Int) throws {
        let clock = ContinuousClock(), program = try program(threads: threads), feed = feed(count)
        var profile = RunProfile(stages: [])
        let seconds = clock.measure { profile = try! program.profile(feed) } / .seconds(1)
        #expect(profile.seconds > 0 && profile.seconds <= seconds)
        for stage in profile.stages {
            let busy = stage.steps.reduce(0) { $0 + $1.seconds }
            #expect(stage.steps.allSatisfy { $0.seconds >= 0 })
            #expect(busy <= stage.seconds && abs(busy + stage.waiting - stage.seconds) <= 1e-9)
        }
    }

    /// The direct algorithm's two for each multiply-add, whatever ran together, and no more for images that did not run.
    @Test(arguments: [48, 20]) func operationsAreThoseOfTheGraph(count: Int) throws {
        let steps = try program(threads: 2).profile(feed(count)).stages.flatMap(\.steps)
        #expect(steps.reduce(0) { $0 + $1.operations } == 2 * graph.multiplyAdds * count)
        let update = try #require(steps.first { $0.name.hasPrefix("outer product and gradient-descent") })
        #expect(update.kind == "outer product and gradient-descent" && update.operations > 0)
        let forward = try #require(steps.first { $0.operations > 0 })
        #expect(forward.kind == "convolution" && forward.path == "conv1")
    }

    /// A strided convolution's input gradient is made in phases: together they read and write each value once.
    @Test func bytesAreThoseOfTheOperandsAndResults() throws {
        var graph = Graph()
        let x = graph.input("pixels", [2, 8, 8]), w = graph.variable("w", [3, 2, 2, 2])
        let scaled = try graph.convolution(x, weight: graph.variable("v", [2, 2, 1, 1]), window: Window(kernel: 1))
        let y = try graph.convolution(scaled, weight: w, window: Window(kernel: 2, stride: 2))
        try graph.appendTraining(of: try graph.flatten(y), GradientDescent())
        let program = try LaneEngine(threads: 1).compile(graph, batch: 16)
        let (pixels, labels) = hashedImages([2, 8, 8], images: 16, classes: 3), rows = Array(0..<16)[...]
        let steps = try program.profile(Feed(
            count: 16, inputs: ["pixels": Source(pixels, rows: rows), "labels": Source(labels, rows: rows)], scalars: ["rate": 0.1]
        )).stages.flatMap(\.steps)
        func bytes(_ kind: String) -> Int { steps.filter { $0.kind == kind && $0.operations > 0 }.reduce(0) { $0 + $1.bytes } }
        let (input, output) = (16 * 2 * 8 * 8 * 4, 16 * 3 * 4 * 4 * 4)
        #expect(bytes("convolution") == input + input + 4 * 4 + input + output + 4 * 24)
        let gradients = steps.filter { $0.name == "convolution-input-gradient 2×2 stride 2×2" }
        #expect(gradients.count == 4)
        #expect(gradients.reduce(0) { $0 + $1.operations } == 2 * 16 * 3 * 16 * 8)
        #expect(gradients.reduce(0) { $0 + $1.bytes } == output + input + 4 * 24)
    }

    @Test func mistakesAreRefusedAsInAnOrdinaryRun() throws {
        let program = try program(threads: 1)
        #expect(throws: EngineError.self) { try program.profile(feed(0)) }
    }

    @Test func memoryIsReadAtSomeSpeed() throws {
        let bandwidth = try #require(try LaneEngine(threads: 2).measureBandwidth())
        #expect(bandwidth > 0.1 && bandwidth < 100_000)
    }

    @Test(arguments: [1, 16, 48]) func memoryIsKnownWithoutTakingIt(batch: Int) throws {
        let engine = try LaneEngine(threads: 2)
        #expect(try engine.memory(for: graph, batch: batch) == (try engine.compile(graph, batch: batch)).memory)
    }
}
