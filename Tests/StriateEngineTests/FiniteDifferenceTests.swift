import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Gradients are slopes of the loss. The slopes come from the reference engine's loss in doubles, at both sides of each weight.
@Suite struct FiniteDifferenceTests {
    struct Choice: Sendable, CustomTestStringConvertible {
        let activation: Activation.Kind
        let pooling: Pool.Kind
        var testDescription: String { "\(activation), \(pooling) pool" }
    }

    static let choices = Activation.Kind.allCases.flatMap { kind in
        [Choice(activation: kind, pooling: .average), Choice(activation: kind, pooling: .max)]
    }

    @Test(arguments: choices)
    func gradientsAreSlopesOfTheLoss(choice: Choice) throws {
        let names = try expectSlopes(of: try lenet(choice))
        #expect(names == ["c1.weight", "c1.bias", "c3.weight", "c3.bias", "f.weight", "f.bias", "o.weight", "o.bias"])
    }

    @Test func gradientsOfBranchesAndArithmeticAreSlopesToo() throws {
        #expect(try expectSlopes(of: try branches()) == ["a", "b", "gate", "temperature", "o.weight"])
    }

    @Test func gradientsThroughFusedBatchNormalizationAreSlopesToo() throws {
        let names = try expectSlopes(of: try residualBlock()) { $0.optimized() }
        #expect(names == ["stem", "stem.scale", "stem.shift", "a", "a.scale", "a.shift", "side", "side.scale", "side.shift", "o.weight"])
    }

    /// Appends the training step of a graph that names its logits, and compares the gradients of all parameters.
    ///
    /// - Returns: The parameters' names.
    private func expectSlopes(of forward: Graph, after pass: (Graph) -> Graph = { $0 }) throws -> [String] {
        var graph = forward
        let gradients = try graph.appendTraining(of: try #require(graph.output(named: "logits")), GradientDescent())
        for (name, gradient) in gradients { graph.output("gradient of \(name)", gradient) }

        let count = 19
        let feed = Feed(
            count: count,
            inputs: [
                "x": Source(.floats(Hashed.tensor([count, 2, 12, 11], seed: 1).values), first: count),
                "labels": Source(.integers((0..<count).map { Int32($0 * 7 % 5) }), first: count),
            ], scalars: ["rate": 0])
        let program = try LaneEngine(threads: 2).compile(pass(graph), batch: count)
        try program.loadHashedWeights()
        let start = program.variables
        try program.run(feed)

        let reference = ReferenceProgram(graph, batch: count)
        try reference.load(start)
        func loss(_ name: String, _ tensor: Tensor) throws -> Double {
            var weights = Weights()
            weights[name] = tensor
            try reference.load(weights)
            try reference.run(feed)
            return reference.elements(of: "loss")[0]
        }
        // Small beside the distance to a corner of ReLU or of a max pool; exact enough in doubles.
        let step: Float = 0x1p-17
        for (name, _) in gradients {
            let gradient = program.output("gradient of \(name)"), tensor = try #require(start[name])
            // Every weight of the small tensors, every 29th of the large ones.
            let places = Array(stride(from: 0, to: tensor.values.count, by: tensor.values.count > 60 ? 29 : 1))
            let slopes = try places.map { place in
                var (above, below) = (tensor, tensor)
                above.values[place] += step
                below.values[place] -= step
                return try (loss(name, above) - loss(name, below)) / Double(above.values[place] - below.values[place])
            }
            _ = try loss(name, tensor)
            let largest = gradient.values.reduce(0) { max($0, abs($1)) }
            for (place, slope) in zip(places, slopes) {
                let found = gradient.values[place]
                #expect(abs(Double(found) - slope) <= 1e-3 * Double(largest), "\(name)[\(place)] is \(found), the slope \(slope)")
            }
        }
        return gradients.map(\.name)
    }

    /// Two branches side by side, of which one reads the other, a gate, and a softmax of powers.
    private func branches() throws -> Graph {
        var graph = Graph()
        let x = graph.input("x", [2, 12, 11])
        let a = try graph.convolution(x, weight: graph.variable("a", [3, 2, 3, 3]), window: Window(kernel: 3, stride: 2, padding: 1))
        let part = try graph.apply(.gelu(approximatedByTanh: false), try graph.slice(a, axis: 0, 1..<3))
        let b = try graph.convolution(part, weight: graph.variable("b", [2, 2, 1, 1]), window: Window(kernel: 1))
        var y = try graph.concatenate([a, try graph.apply(.silu, b)])
        let mean = try graph.reduce(.mean, y, axes: [1, 2], keepsAxes: true)
        y = try graph.arithmetic(.multiply, y, try graph.add(mean, graph.variable("gate", [5, 1, 1])))
        let base = try graph.apply(.softplus, try graph.reduce(.sum, try graph.transpose(y, [2, 0, 1]), axes: [2]))
        y = try graph.arithmetic(.power, base, try graph.apply(.exp, graph.variable("temperature", [5])))
        y = try graph.softmax(try graph.gather(y, axis: 0, [5, 0, 2, 2]), axis: 1)
        graph.output("logits", try graph.linear(try graph.flatten(y), weight: graph.variable("o.weight", [5, 20])))
        return graph
    }

    /// A normalised convolution, and a block of another one beside a shortcut that is normalised as well.
    private func residualBlock() throws -> Graph {
        var graph = Graph()
        func normalized(_ name: String, _ channels: Int, _ window: Window, _ x: Value) throws -> Value {
            let weight = graph.variable(name, [channels, graph[x].shape[0], window.kernel.rows, window.kernel.columns])
            let sums = try graph.convolution(x, weight: weight, window: window)
            let scale = graph.variable("\(name).scale", [channels]), shift = graph.variable("\(name).shift", [channels])
            return try graph.append(BatchNormalization(), [sums, scale, shift])[0]
        }
        let x = graph.input("x", [2, 12, 11])
        let stem = try graph.activation(.relu, try normalized("stem", 3, Window(kernel: 3, padding: 1), x))
        let body = try normalized("a", 4, Window(kernel: 3, stride: 2, padding: 1), stem)
        let side = try normalized("side", 4, Window(kernel: 1, stride: 2), stem)
        let y = try graph.flatten(try graph.activation(.relu, try graph.add(body, side)))
        graph.output("logits", try graph.linear(y, weight: graph.variable("o.weight", [5, graph[y].shape.count])))
        return graph
    }

    /// A LeNet that fits into a test: two convolutions, two pools, two linear layers.
    private func lenet(_ choice: Choice) throws -> Graph {
        var graph = Graph()
        func pool(_ x: Value) throws -> Value {
            try choice.pooling == .max
                ? graph.maxPool(x, window: Window(kernel: 2, stride: 2)) : graph.averagePool(x, window: Window(kernel: 2, stride: 2))
        }
        func layer(_ name: String, _ x: Value, _ shape: Shape, _ compute: (inout Graph, Value, Value) throws -> Value) throws -> Value {
            let weight = graph.variable(name + ".weight", shape)
            let sums = try compute(&graph, x, weight)
            return try graph.addBias(sums, graph.variable(name + ".bias", [shape[0]]))
        }
        var x = graph.input("x", [2, 12, 11])
        x = try layer("c1", x, [3, 2, 3, 3]) { try $0.convolution($1, weight: $2, window: Window(kernel: 3, padding: 1)) }
        x = try pool(try graph.activation(choice.activation, x))
        x = try layer("c3", x, [4, 3, 3, 2]) { try $0.convolution($1, weight: $2, window: Window(kernel: Extent(3, 2))) }
        x = try graph.flatten(try pool(try graph.activation(choice.activation, x)))
        let features = graph[x].shape.count
        x = try layer("f", x, [6, features]) { try $0.linear($1, weight: $2) }
        x = try layer("o", try graph.activation(choice.activation, x), [5, 6]) { try $0.linear($1, weight: $2) }
        graph.output("logits", x)
        return graph
    }
}
