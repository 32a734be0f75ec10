import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Convolutions in many small groups: several of them are one part of the work, and no part of another's.
@Suite struct DepthwiseTests {
    @Test(arguments: [(channels: 40, perGroup: 1, outputs: 40), (34, 17, 6), (17, 1, 51), (1, 1, 3)], [1, 17])
    func everyGroupSeesItsOwnChannels(_ layer: (channels: Int, perGroup: Int, outputs: Int), count: Int) throws {
        var graph = Graph()
        let x = graph.input("x", [layer.channels, 20, 18]), window = Window(kernel: 3, stride: Extent(1, 2), padding: Padding(top: 1, bottom: 0, left: 0, right: 1))
        let weight = graph.variable("weight", [layer.outputs, layer.perGroup, 3, 3]), bias = graph.variable("bias", [layer.outputs])
        let sums = try graph.convolution(x, weight: weight, window: window, groups: layer.channels / layer.perGroup)
        var y = try graph.activation(.tanh, try graph.addBias(sums, bias))
        y = try graph.averagePool(y, window: Window(kernel: 2, stride: 2))
        graph.output("y", y)
        let features = try graph.flatten(y)
        let loss = try graph.reshape(try graph.linear(features, weight: graph.variable("head", [1, graph[features].shape.count])), to: .scalar)
        for (name, gradient) in zip(["dx", "dweight", "dbias"], try graph.differentiate(try graph.batchMean(loss), by: [x, weight, bias])) {
            graph.output(name, try #require(gradient))
        }
        let feed = Feed(count: count, inputs: ["x": Source(.floats(Hashed.tensor([count, graph[x].shape.count], seed: 1).values), first: count)])
        var bits = [String: [UInt32]]()
        for threads in [1, 2, 3, 7] {
            let program = try LaneEngine(threads: threads).compile(graph.optimized(), batch: count)
            try program.loadHashedWeights()
            try program.run(feed)
            if threads == 1 {
                let reference = ReferenceProgram(graph, batch: count)
                try reference.load(program.variables)
                try reference.run(feed)
                for (name, _) in graph.outputs { expectAgreement(program.output(name).values, reference.elements(of: name), tolerance: 1e-5, name) }
            }
            for (name, _) in graph.outputs {
                #expect(bits[name, default: program.output(name).bits] == program.output(name).bits, "\(name) with \(threads) threads")
                bits[name] = program.output(name).bits
            }
        }
    }

    /// Thousands of groups are still one step.
    @Test func aDepthwiseConvolutionIsOneStep() throws {
        var graph = Graph()
        let x = graph.input("x", [1024, 7, 7])
        graph.output("y", try graph.convolution(x, weight: graph.variable("w", [1024, 1, 3, 3]), window: Window(kernel: 3), groups: 1024))
        #expect(try LaneEngine.plan(graph).flatMap(\.steps).count <= 4)
    }
}
