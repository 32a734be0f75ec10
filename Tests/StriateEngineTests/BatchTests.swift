import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// A program takes any number of images up to its batch, and places without an image count for nothing.
@Suite struct BatchTests {
    private let shape: Shape = [3, 32, 32]

    private func compile(batch: Int) throws -> any Program {
        let graph = try trainingGraph(try ModelDescription(network: "lenet5-cifar").traced(mode: .training))
        let program = try LaneEngine(threads: 2).compile(graph, batch: batch)
        try program.loadHashedWeights()
        return program
    }

    private func run(_ program: any Program, rows: ArraySlice<Int>) throws {
        let (pixels, labels) = hashedImages(shape, images: 80, classes: 10)
        try program.run(Feed(
            count: rows.count, inputs: ["pixels": Source(pixels, rows: rows), "labels": Source(labels, rows: rows)],
            scalars: ["rate": 0.0625]))
    }

    @Test func aGraphWithoutImagesRunsToo() throws {
        var graph = Graph()
        let weight = graph.variable("weight", [3]), sum = try graph.add(weight, graph.constant(Tensor([3], [1, 2, 3])))
        graph.output("sum", sum)
        graph.update(weight, to: sum)
        let program = try LaneEngine(threads: 2).compile(graph, batch: 1)
        for _ in 0..<2 { try program.run(Feed(count: 1, inputs: [:])) }
        #expect(program.output("sum").values == [2, 4, 6])
        #expect(program.variables["weight"]?.values == [2, 4, 6])
    }

    @Test(arguments: [1, 2, 15, 16, 17, 31, 33, 64])
    func aSmallerRunOfALargerProgramGivesWhatASmallerProgramGives(count: Int) throws {
        let large = try compile(batch: 70), exact = try compile(batch: count)
        // What an earlier, larger run left in the lanes must not count.
        try run(large, rows: Array(0..<70)[...])
        try large.loadHashedWeights()
        try large.load(velocities(of: exact))
        let rows = Array(3..<3 + count)[...]
        try run(large, rows: rows)
        try run(exact, rows: rows)
        for name in ["loss", "correct", "logits"] {
            let (found, expected) = (large.output(name), exact.output(name))
            #expect(found.shape == expected.shape)
            expectAgreement(found, expected, tolerance: 1e-6, name)
        }
        let expected = exact.variables
        for (name, tensor) in large.variables { expectAgreement(tensor, try #require(expected[name]), tolerance: 1e-6, name) }
    }

    private func velocities(of program: any Program) -> Weights {
        var weights = Weights()
        for (variable, _) in program.graph.variables where variable.role == .optimizerState {
            weights[variable.name] = Tensor(variable.shape, repeating: 0)
        }
        return weights
    }

    @Test func anImagesAnswerDoesNotDependOnItsCompany() throws {
        let program = try compile(batch: 64)
        func logits(_ rows: [Int]) throws -> Tensor {
            try program.loadHashedWeights()
            try run(program, rows: rows[...])
            return program.output("logits")
        }
        let together = try logits(Array(0..<64))
        for image in [0, 1, 15, 16, 17, 40, 63] {
            let alone = try logits([image])
            expectAgreement(alone.values, together.values[image * 10..<(image + 1) * 10].map(Double.init), tolerance: 1e-6, "image \(image)")
        }
    }

    @Test func rowsMayComeInAnyOrderAndTwice() throws {
        let program = try compile(batch: 20)
        try run(program, rows: Array(0..<20)[...])
        let inOrder = program.output("logits")
        try program.loadHashedWeights()
        // A slice that does not begin at 0, as a step's part of a shuffled epoch does not.
        try run(program, rows: [7, 99, 19, 0, 0, 5, 99][2..<6])
        let shuffled = program.output("logits")
        for (place, image) in [19, 0, 0, 5].enumerated() {
            expectAgreement(
                shuffled.values[place * 10..<(place + 1) * 10], inOrder.values[image * 10..<(image + 1) * 10].map(Double.init),
                tolerance: 1e-6, "image \(image)")
        }
    }

    /// The offset makes something of nothing in the places without an image; no gradient may hear of it.
    @Test(arguments: [BatchReduction.Kind.mean, .sum], [1, 5, 16, 21])
    func placesWithoutAnImageAddNothingToGradients(reduction: BatchReduction.Kind, count: Int) throws {
        var graph = Graph()
        let x = try graph.affine(graph.input("x", [2, 3, 3]), scale: [1], offset: [5])
        let kernel = graph.variable("kernel", [1, 2, 3, 3]), bias = graph.variable("bias", [1])
        let y = try graph.addBias(try graph.convolution(x, weight: kernel, window: Window(kernel: 3)), bias)
        let weight = graph.variable("weight", [1, 18])
        let z = try graph.linear(try graph.flatten(x), weight: weight)
        let loss = try graph.append(BatchReduction(reduction), [try graph.reshape(try graph.add(try graph.flatten(y), z), to: .scalar)])[0]
        for (name, gradient) in zip(["kernel", "bias", "weight"], try graph.differentiate(loss, by: [kernel, bias, weight])) {
            graph.output(name, try #require(gradient))
        }
        let program = try LaneEngine(threads: 2).compile(graph, batch: 40)
        let pixels = Hashed.tensor([40, 18], seed: 5).values
        for images in [40, count] {
            try program.run(Feed(count: images, inputs: ["x": Source(.floats(pixels), first: images)]))
        }
        let divisor = reduction == .mean ? Double(count) : 1
        let sums = (0..<18).map { place in (0..<count).reduce(0) { $0 + Double(pixels[$1 * 18 + place]) + 5 } / divisor }
        expectAgreement(program.output("kernel").values, sums, tolerance: 1e-6, "kernel")
        expectAgreement(program.output("weight").values, sums, tolerance: 1e-6, "weight")
        expectAgreement(program.output("bias").values, [Double(count) / divisor], tolerance: 1e-6, "bias")
    }

    @Test func oneNotANumberSpoilsOnlyItsOwnImage() throws {
        var graph = Graph()
        let x = graph.input("x", [1, 6, 6])
        let maps = try graph.convolution(x, weight: graph.variable("weight", [4, 1, 3, 3]), window: Window(kernel: 3))
        graph.output("y", try graph.activation(.tanh, maps))
        let program = try LaneEngine(threads: 2).compile(graph, batch: 20)
        try program.loadHashedWeights()
        var pixels = Hashed.tensor([20, 36], seed: 3).values
        pixels[5 * 36 + 14] = .nan
        try program.run(Feed(count: 20, inputs: ["x": Source(.floats(pixels), first: 20)]))
        let y = program.output("y").values
        for image in 0..<20 {
            #expect(y[image * 64..<(image + 1) * 64].contains(where: \.isNaN) == (image == 5), "image \(image)")
        }
    }

    @Test func aProgramReportsItsMemoryAndWhatLivenessSaved() throws {
        let memory = try compile(batch: 64).memory
        // 62,006 parameters and as many velocities, four bytes each, in whatever packing.
        #expect(memory.variables >= 2 * 62_006 * 4)
        #expect(memory.arena > 0)
        #expect(memory.arena < memory.arenaWithoutReuse)
    }
}
