import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// Same weights, same batches: the same bits, however many threads there are.
@Suite struct ThreadsTests {
    @Test(arguments: ["lenet5", "lenet5-d2l", "lenet5-cifar", "cifar-cnn"], [1, 5, 16, 17, 40, 64, 100])
    func trainingGivesTheSameBitsForAnyNumberOfThreads(network: String, batch: Int) throws {
        let traced = try ModelDescription(network: network).traced(mode: .training)
        let graph = try trainingGraph(traced, GradientDescent(momentum: 0.875, weightDecay: 0.001, isNesterov: true))
            .fusingBiasAndActivation().removingDeadValues()
        try expectSameBits(graph, traced.graph[traced.input].shape, batch: batch)
    }

    @Test(arguments: ["lenet5-cifar", "cifar-cnn"], [1, 17, 40])
    func trainingInBFloat16GivesTheSameBitsForAnyNumberOfThreads(network: String, batch: Int) throws {
        let traced = try ModelDescription(network: network).traced(mode: .training)
        let graph = try trainingGraph(traced).optimized().allowing(.bfloat16)
        try expectSameBits(graph, traced.graph[traced.input].shape, batch: batch)
    }

    /// Strides, groups, dilation and odd sizes cut work into other pieces than the networks do.
    @Test(arguments: [1, 15, 33, 50])
    func unusualLayersGiveTheSameBitsForAnyNumberOfThreads(batch: Int) throws {
        var graph = Graph()
        let pixels = graph.input("pixels", [3, 19, 23])
        var x = try graph.affine(pixels, scale: [0.01, 0.02, 0.03], offset: [-1, -2, -3])
        let tall = Window(kernel: Extent(4, 3), stride: Extent(1, 2), padding: 2), wide = Window(kernel: 3, padding: 2, dilation: 2)
        x = try graph.convolution(x, weight: graph.variable("a", [7, 3, 4, 3]), window: tall)
        x = try graph.activation(.scaledTanh, try graph.addBias(x, graph.variable("a.bias", [7])))
        x = try graph.maxPool(x, window: Window(kernel: 3, stride: 2, padding: 1))
        x = try graph.convolution(x, weight: graph.variable("b", [7, 1, 3, 3]), window: wide, groups: 7)
        x = try graph.add(x, try graph.activation(.relu, x))
        x = try graph.averagePool(x, window: Window(kernel: 2, padding: 1), countsPadding: false)
        x = try graph.flatten(x)
        let logits = try graph.linear(x, weight: graph.variable("c", [9, graph[x].shape.count]))
        try graph.appendTraining(of: logits, GradientDescent())
        try expectSameBits(graph, [3, 19, 23], batch: batch, classes: 9)
    }

    /// Branches side by side, and arithmetic that is cut into parts.
    @Test(arguments: [1, 17, 50])
    func branchesAndArithmeticGiveTheSameBitsForAnyNumberOfThreads(batch: Int) throws {
        var graph = Graph()
        let x = try graph.affine(graph.input("pixels", [3, 29, 31]), scale: [0.01], offset: [-1])
        func branch(_ name: String, _ channels: Int, _ kernel: Int, _ x: Value) throws -> Value {
            let weight = graph.variable(name, [channels, graph[x].shape[0], kernel, kernel])
            let window = Window(kernel: Extent(kernel), padding: Padding(kernel / 2, kernel / 2))
            return try graph.apply(.gelu(approximatedByTanh: false), try graph.convolution(x, weight: weight, window: window))
        }
        let a = try branch("a", 5, 3, x), b = try branch("b", 4, 1, try graph.slice(a, axis: 0, 1..<4))
        var y = try graph.concatenate([a, b, x])
        let gate = try graph.activation(.sigmoid, try graph.reduce(.mean, y, axes: [1, 2], keepsAxes: true))
        y = try graph.arithmetic(.multiply, y, gate)
        y = try graph.arithmetic(.maximum, y, graph.variable("floor", [31]))
        y = try graph.softmax(try graph.transpose(y, [1, 0, 2]), axis: 1)
        y = try graph.gather(try graph.reduce(.max, y, axes: [2]), axis: 1, [11, 0, Gather.filled, 3, 3])
        let logits = try graph.linear(try graph.flatten(y), weight: graph.variable("head", [9, graph[y].shape.count]))
        try graph.appendTraining(of: logits, GradientDescent(momentum: 0.5))
        try expectSameBits(graph, [3, 29, 31], batch: batch, classes: 9)
    }

    private func expectSameBits(_ graph: Graph, _ shape: Shape, batch: Int, classes: Int = 10) throws {
        let (pixels, labels) = hashedImages(shape, images: 2 * batch + 3, classes: classes)
        func train(threads: Int) throws -> (losses: [UInt32], weights: [String: [UInt32]]) {
            let program = try LaneEngine(threads: threads).compile(graph, batch: batch)
            try program.loadHashedWeights()
            var losses = [UInt32]()
            // The last batch is smaller than the program's.
            for first in [0, batch, 2 * batch] {
                let rows = Array(first..<min(first + batch, 2 * batch + 3))[...]
                try program.run(Feed(
                    count: rows.count, inputs: ["pixels": Source(pixels, rows: rows), "labels": Source(labels, rows: rows)],
                    scalars: ["rate": 0.03125]))
                losses += program.output("loss").bits + program.output("correct").bits
            }
            return (losses, Dictionary(uniqueKeysWithValues: program.variables.map { ($0.path, $0.tensor.bits) }))
        }
        let one = try train(threads: 1)
        for threads in [2, 3, 7] {
            let many = try train(threads: threads)
            #expect(many.losses == one.losses, "\(threads) threads")
            for (name, bits) in one.weights { #expect(many.weights[name] == bits, "\(name) with \(threads) threads") }
        }
        #expect(try train(threads: 3).losses == one.losses, "3 threads once more")
    }
}
