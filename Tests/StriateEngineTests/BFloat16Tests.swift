import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Convolutions that may round their operands to bfloat16.
@Suite struct BFloat16Tests {
    struct Layer: Sendable, CustomTestStringConvertible {
        var channels: Int
        var outputs: Int
        var kernel: Int
        var stride = 1
        var padding: Padding
        var groups = 1
        var size = Extent(7, 5)

        init(_ channels: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Padding? = nil, groups: Int = 1, size: Extent = Extent(7, 5)) {
            self.channels = channels
            self.outputs = outputs
            self.kernel = kernel
            self.stride = stride
            self.padding = padding ?? Padding(kernel / 2, kernel / 2)
            self.groups = groups
            self.size = size
        }

        var testDescription: String {
            "\(kernel)×\(kernel) / \(stride), \(channels) → \(outputs) channels in \(groups) groups, \(size.rows)×\(size.columns)"
        }

        /// The convolution with a bias (`y`), and both of its gradients (`dx`, `dweight`) for an input `upstream`.
        func graph() throws -> Graph {
            var graph = Graph()
            let x = graph.input("x", [channels, size.rows, size.columns])
            let weight = graph.variable("weight", [outputs, channels / groups, kernel, kernel]), bias = graph.variable("bias", [outputs])
            let window = Window(kernel: Extent(kernel), stride: Extent(stride), padding: padding)
            let sums = try graph.convolution(x, weight: weight, window: window, groups: groups)
            let convolution = try #require(graph.nodes.last)
            graph.output("y", try graph.addBias(sums, bias))
            let upstream = graph.input("upstream", graph[sums].shape)
            let gradients = try convolution.operation.gradient(of: convolution, upstream: [upstream], in: &graph)
            for (name, gradient) in zip(["dx", "dweight"], gradients) { graph.output(name, try #require(gradient)) }
            return graph
        }
    }

    /// Channels and outputs below, at and above what a lane and a pair hold, under every kind of window.
    static let layers = [(1, 6), (3, 16), (16, 17), (17, 5), (32, 32)].flatMap { channels, outputs in
        [1, 3, 5].flatMap { kernel in [1, 2].map { Layer(channels, outputs, kernel: kernel, stride: $0) } }
    }

    static let unusualLayers = [
        Layer(32, 32, kernel: 3, groups: 2), Layer(6, 9, kernel: 3, stride: 2, groups: 3), Layer(34, 6, kernel: 1, groups: 2),
        Layer(16, 32, kernel: 3, groups: 16), Layer(3, 4, kernel: 5, padding: 0), Layer(17, 16, kernel: 3, padding: 0, size: Extent(3)),
        Layer(5, 16, kernel: 3, stride: 2, padding: Padding(top: 0, bottom: 1, left: 2, right: 0)), Layer(128, 96, kernel: 1, size: Extent(14)),
        Layer(65, 33, kernel: 3, stride: 2, size: Extent(15)), Layer(24, 40, kernel: 3, size: Extent(28)),
    ]

    private func feed(_ graph: Graph, count: Int, value: Float? = nil) -> Feed {
        let inputs = graph.inputs.enumerated().map { place, input -> (String, Source) in
            let shape = Shape([count] + graph[input.value].shape.extents)
            let tensor = value.map { Tensor(shape, repeating: $0) } ?? Hashed.tensor(shape, seed: 10 * count + place)
            return (input.name, Source(.floats(tensor.values), first: count))
        }
        return Feed(count: count, inputs: Dictionary(uniqueKeysWithValues: inputs))
    }

    private static let outputs = ["y", "dx", "dweight"]

    /// How far a result of lanes is from both that it may be, as shares of its largest number.
    private struct Distance {
        let result: String
        let toRounded: Double
        let toExact: Double
    }

    private func distances(_ layer: Layer, counts: [Int]) throws -> [Distance] {
        let exact = try layer.graph(), allowed = exact.allowing(.bfloat16), batch = counts.max() ?? 1
        let program = try LaneEngine(threads: 2).compile(allowed.optimized(), batch: batch)
        try program.loadHashedWeights()
        let references = try [allowed, exact].map { graph in
            let reference = ReferenceProgram(graph, batch: batch)
            try reference.load(program.variables)
            return reference
        }
        return try counts.flatMap { count in
            let feed = feed(exact, count: count)
            try program.run(feed)
            for reference in references { try reference.run(feed) }
            return Self.outputs.map { name in
                let found = program.output(name).values
                let distances = references.map { distance(found, $0.elements(of: name)) }
                return Distance(result: "\(name) of \(count)", toRounded: distances[0], toExact: distances[1])
            }
        }
    }

    private func distance(_ found: [Float], _ expected: [Double]) -> Double {
        guard found.count == expected.count else { return .infinity }
        let scale = expected.reduce(0) { max($0, abs($1)) }
        return zip(found, expected).reduce(0) { worst, pair in
            let difference = abs(Double(pair.0) - pair.1) / scale
            // Written so that a NaN counts.
            return difference <= worst ? worst : difference.isFinite ? difference : .infinity
        }
    }

    private static let tolerance = 1e-4

    /// An engine may compute more exactly than it is allowed to, but rounds all operands of a result, or none: a result is what exact sums of
    /// rounded products are, or those of unrounded ones, which lie at least nine times the tolerance apart.
    private func expectAgreement(_ layer: Layer, counts: [Int]) throws {
        for found in try distances(layer, counts: counts) {
            #expect(
                min(found.toRounded, found.toExact) <= Self.tolerance,
                "\(found.result): \(found.toRounded) from rounded operands, \(found.toExact) from exact ones")
        }
    }

    @Test(arguments: layers) func productsAreOfRoundedOperandsOrOfExactOnes(layer: Layer) throws {
        try expectAgreement(layer, counts: [33, 1, 5, 16, 17])
    }

    @Test(arguments: unusualLayers) func groupsPaddingAndManyChannelsTakePartToo(layer: Layer) throws {
        try expectAgreement(layer, counts: [5, 1])
    }

    /// Where the processor has the instructions, 1×1 convolutions gain by them whatever the planner knows of other windows.
    @Test(.enabled(if: LaneEngine.hasBFloat16)) func pointwiseConvolutionsRound() throws {
        for found in try distances(Layer(128, 96, kernel: 1, size: Extent(14)), counts: [32]) {
            #expect(found.toRounded <= Self.tolerance && found.toExact > 2 * Self.tolerance, "\(found)")
        }
    }

    /// Places without an image hold what an earlier, larger run left there: here what a product cannot get rid of.
    @Test(arguments: layers + unusualLayers) func neitherThreadsNorAnEarlierRunChangeABit(layer: Layer) throws {
        let graph = try layer.graph().allowing(.bfloat16).optimized()
        let one = try LaneEngine(threads: 1).compile(graph, batch: 33)
        try one.loadHashedWeights()
        let others = try [2, 3, 7].map { threads in
            let program = try LaneEngine(threads: threads).compile(graph, batch: 33)
            try program.loadHashedWeights()
            try program.run(feed(graph, count: 33, value: .nan))
            return (threads: threads, program: program)
        }
        for count in [1, 5, 16, 17, 33] {
            let feed = feed(graph, count: count)
            try one.run(feed)
            for (threads, program) in others {
                try program.run(feed)
                for name in Self.outputs {
                    #expect(program.output(name).bits == one.output(name).bits, "\(name) of \(count) with \(threads) threads")
                }
            }
        }
    }

    @Test func theReferenceRoundsTiesToEven() {
        // Eight significant bits: between 1 and 2 the step is 1/128.
        let cases: [(Double, Double)] = [
            (1, 1), (1 + 1.0 / 256, 1), (1 + 3.0 / 256, 1 + 2.0 / 128), (1 + 1.001 / 256, 1 + 1.0 / 128), (-1 - 3.0 / 256, -1 - 2.0 / 128),
            (0, 0), (3.4e38, .infinity), (1e-40, 0x1p-133), (.infinity, .infinity),
        ]
        for (number, rounded) in cases { #expect(number.roundedToBFloat16 == rounded, "\(number)") }
        #expect(Double.nan.roundedToBFloat16.isNaN)
    }
}
