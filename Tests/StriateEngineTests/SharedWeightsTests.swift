import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Layers that share a weight read it in the order that suits each of them.
@Suite struct SharedWeightsTests {
    @Test func oneWeightServesPicturesOfDifferentSizes() throws {
        var graph = Graph()
        let x = graph.input("x", [2, 12, 12]), small = try graph.maxPool(x, window: Window(kernel: 4, stride: 4))
        let weight = graph.variable("weight", [12, 2, 3, 3]), rate = graph.scalarInput("rate"), window = Window(kernel: 3)
        let large = try graph.convolution(x, weight: weight, window: window)
        let single = try graph.convolution(small, weight: weight, window: window)
        let sums = try graph.add(
            try graph.flatten(single), try graph.flatten(try graph.averagePool(large, window: Window(kernel: 10))))
        let labels = graph.input("labels", .scalar)
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(sums, labels: labels))
        let gradients = try graph.differentiate(loss, by: [weight, x])
        let step = try graph.append(GradientDescent(), [weight, try #require(gradients[0]), rate])
        graph.update(weight, to: step[0])
        for (name, value) in [("large", large), ("single", single), ("loss", loss)] { graph.output(name, value) }
        graph.output("gradient of x", try #require(gradients[1]))

        let count = 17
        let pixels = (0..<count * 288).map { Float($0 * 37 % 101) / 50 - 1 }
        let feed = Feed(
            count: count,
            inputs: [
                "x": Source(.floats(pixels), first: count),
                "labels": Source(.integers((0..<count).map { Int32($0 % 12) }), first: count),
            ], scalars: ["rate": 0.5])
        var start = Weights()
        start["weight"] = Tensor([12, 2, 3, 3], (0..<216).map { Float($0 * 29 % 67) / 67 - 0.5 })
        let lanes = try LaneEngine(threads: 2).compile(graph, batch: count), reference = try ReferenceEngine().compile(graph, batch: count)
        for program in [lanes, reference] {
            try program.load(start)
            for _ in 0..<3 { try program.run(feed) }
        }
        for (name, _) in graph.outputs { expectAgreement(lanes.output(name), reference.output(name), tolerance: 1e-5, name) }
    }
}
