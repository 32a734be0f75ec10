import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Batch normalisation counts every image once, and nothing else.
@Suite struct NormalizationTests {
    /// Two normalised layers and their training step, running statistics included.
    private func makeGraph() throws -> Graph {
        var graph = Graph()
        var x = try graph.affine(graph.input("pixels", [3, 13, 11]), scale: [0.01], offset: [-1])
        for (name, channels) in [("a", 17), ("b", 5)] {
            let weight = graph.variable("\(name).weight", [channels, graph[x].shape[0], 3, 3])
            x = try graph.convolution(x, weight: weight, window: Window(kernel: 3, stride: 2, padding: 1))
            let (scale, shift) = (graph.variable("\(name).scale", [channels]), graph.variable("\(name).shift", [channels]))
            let positions = graph[x].shape.count / channels
            let results = try graph.append(BatchNormalization(), [x, scale, shift])
            let mean = graph.variable("\(name).mean", [channels], role: .runningStatistic)
            let variance = graph.variable("\(name).variance", [channels], role: .runningStatistic)
            let followed = try graph.append(RunningStatistics(positions: positions), [mean, variance, results[1], results[2]])
            graph.update(mean, to: followed[0])
            graph.update(variance, to: followed[1])
            graph.output("\(name) mean", results[1])
            graph.output("\(name) variance", results[2])
            x = try graph.activation(.tanh, results[0])
        }
        let features = try graph.flatten(x)
        let logits = try graph.linear(features, weight: graph.variable("head", [4, graph[features].shape.count]))
        graph.output("logits", logits)
        for (name, gradient) in try graph.appendTraining(of: logits, GradientDescent(momentum: 0.875)) {
            graph.output("gradient of \(name)", gradient)
        }
        return graph
    }

    /// Normalised layers as residual networks have them: with a ReLU, with a shortcut, with a normalised shortcut.
    private func makeResidualGraph() throws -> Graph {
        var graph = Graph()
        func normalized(_ name: String, _ channels: Int, _ window: Window, _ x: Value) throws -> Value {
            let weight = graph.variable("\(name).weight", [channels, graph[x].shape[0], window.kernel.rows, window.kernel.columns])
            let sums = try graph.convolution(x, weight: weight, window: window)
            let scale = graph.variable("\(name).scale", [channels]), shift = graph.variable("\(name).shift", [channels])
            return try graph.append(BatchNormalization(), [sums, scale, shift])[0]
        }
        let pixels = try graph.affine(graph.input("pixels", [3, 13, 11]), scale: [0.01], offset: [-1])
        let same = Window(kernel: 3, padding: 1)
        var x = try graph.activation(.relu, try normalized("stem", 6, same, pixels))
        let inner = try graph.activation(.relu, try normalized("a", 6, same, x))
        x = try graph.activation(.relu, try graph.add(try normalized("b", 6, same, inner), x))
        let body = try normalized("c", 21, Window(kernel: 3, stride: 2, padding: 1), x)
        x = try graph.activation(.relu, try graph.add(body, try normalized("side", 21, Window(kernel: 1, stride: 2), x)))
        // Three readers.
        x = try graph.add(try graph.add(try graph.activation(.tanh, x), try graph.activation(.sigmoid, x)), x)
        let features = try graph.flatten(x)
        let logits = try graph.linear(features, weight: graph.variable("head", [4, graph[features].shape.count]))
        graph.output("logits", logits)
        for (name, gradient) in try graph.appendTraining(of: logits, GradientDescent(momentum: 0.875)) {
            graph.output("gradient of \(name)", gradient)
        }
        return graph
    }

    /// The passes change how often memory is walked through, not a single bit.
    @Test(arguments: [1, 16, 17, 40])
    func fusedNormalizationsGiveTheSameBits(count: Int) throws {
        let plain = try makeResidualGraph(), fused = plain.fusingBatchNormalization()
        #expect(fused.nodes.count { $0.operation is ActivationGradient } == 2, "those of tanh and sigmoid")
        #expect(!fused.nodes.contains { $0.operation as? Activation == Activation(.relu) })
        let programs = try [plain, fused].map { try LaneEngine(threads: 2).compile($0, batch: 40) }
        for program in programs {
            try program.loadHashedWeights()
            for rows in [0..<40, 40..<40 + count] { try program.run(feed(rows)) }
        }
        for (name, _) in plain.outputs { #expect(programs[1].output(name).bits == programs[0].output(name).bits, "\(name)") }
    }

    @Test(arguments: [1, 15, 16, 17, 33, 40])
    func fusedNormalizationsGiveWhatTheReferenceGives(count: Int) throws {
        try expectReference(try makeResidualGraph().optimized(), count: count)
    }

    private func feed(_ rows: Range<Int>) -> Feed {
        let (pixels, labels) = hashedImages([3, 13, 11], images: 120, classes: 4)
        return Feed(
            count: rows.count, inputs: ["pixels": Source(pixels, rows: Array(rows)[...]), "labels": Source(labels, rows: Array(rows)[...])],
            scalars: ["rate": 0.0625])
    }

    /// What an earlier, larger run left in the lanes must not count.
    @Test(arguments: [1, 2, 15, 16, 17, 33, 40])
    func everyNumberOfImagesGivesWhatTheReferenceGives(count: Int) throws { try expectReference(try makeGraph(), count: count) }

    private func expectReference(_ graph: Graph, count: Int) throws {
        let lanes = try LaneEngine(threads: 2).compile(graph, batch: 40), reference = ReferenceProgram(graph, batch: 40)
        try lanes.loadHashedWeights()
        try lanes.run(feed(0..<40))
        for first in [40, 60] {
            try reference.load(lanes.variables)
            try lanes.run(feed(first..<first + count))
            try reference.run(feed(first..<first + count))
            for (name, _) in graph.outputs {
                expectAgreement(lanes.output(name).values, reference.elements(of: name), tolerance: 1e-4, floor: 0x1p-8, name)
            }
            let expected = reference.variables
            for (name, tensor) in lanes.variables {
                expectAgreement(tensor, try #require(expected[name]), tolerance: 1e-4, floor: 0x1p-8, name)
            }
        }
    }

    @Test(arguments: [1, 16, 17, 50], [false, true])
    func statisticsAreTheSameBitsForAnyNumberOfThreads(batch: Int, isFused: Bool) throws {
        let graph = try isFused ? makeResidualGraph().optimized() : makeGraph()
        func train(threads: Int) throws -> [String: [UInt32]] {
            let program = try LaneEngine(threads: threads).compile(graph, batch: batch)
            try program.loadHashedWeights()
            for rows in [0..<batch, batch..<2 * batch, 2 * batch..<2 * batch + (batch + 1) / 2] { try program.run(feed(rows.clamped(to: 0..<120))) }
            return Dictionary(uniqueKeysWithValues: program.variables.map { ($0.path, $0.tensor.bits) })
        }
        let one = try train(threads: 1)
        for threads in [2, 3, 7] {
            let many = try train(threads: threads)
            for (name, bits) in one { #expect(many[name] == bits, "\(name) with \(threads) threads") }
        }
    }

    /// A variance made of sums of squares would be lost in the mean's square.
    @Test func aMeanFarFromZeroKeepsItsVariance() throws {
        var graph = Graph()
        let x = graph.input("x", [2, 300])
        let scale = graph.constant(Tensor([2], repeating: 1)), shift = graph.constant(Tensor([2], repeating: 0))
        let results = try graph.append(BatchNormalization(epsilon: 0), [x, scale, shift])
        for (name, value) in zip(["y", "mean", "variance"], results) { graph.output(name, value) }
        let program = try LaneEngine(threads: 2).compile(graph, batch: 50), count = 37
        // Exact in floats: 4096 and a multiple of 1/256.
        let values = (0..<count * 600).map { 4096 + Float(Hashed.bits($0, seed: 3) >> 24) / 256 }
        try program.run(Feed(count: count, inputs: ["x": Source(.floats(values), first: count)]))
        for channel in 0..<2 {
            let own = values.enumerated().filter { $0.offset / 300 % 2 == channel }.map { Double($0.element) }
            let mean = own.reduce(0, +) / Double(own.count)
            let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
            #expect(abs(Double(program.output("mean").values[channel]) - mean) < 1e-3)
            #expect(abs(Double(program.output("variance").values[channel]) - variance) < 1e-4 * variance)
        }
    }
}
