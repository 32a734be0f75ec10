import StriateEngine
import StriateGraph
import Testing

/// Dropout on lanes is the scalar definition, whatever the batch and the threads, and its chance is fair.
@Suite struct DropoutTests {
    private func masks(rate: Float, shape: Shape, batch: Int, counts: [Int], seed: UInt64, threads: Int = 2, stream: UInt64 = 7) throws -> [[Float]] {
        var graph = Graph()
        let ones = try graph.affine(graph.input("x", shape), scale: [0], offset: [1])
        graph.output("y", try graph.append(Dropout(rate: rate, stream: stream), [ones])[0])
        let program = try LaneEngine(threads: threads).compile(graph, batch: batch)
        let pixels = Array(repeating: Float(0), count: batch * shape.count)
        return try counts.map { count in
            try program.run(Feed(count: count, inputs: ["x": Source(.floats(pixels), first: count)], seed: seed))
            return program.output("y").values
        }
    }

    @Test(arguments: [1, 15, 17, 33, 64], [Float(0.1), 0.5, 0.9])
    func lanesFollowTheScalarDefinition(batch: Int, rate: Float) throws {
        let dropout = Dropout(rate: rate, stream: 7)
        for seed in [0, 1, 0xDEAD_BEEF_0123_4567] as [UInt64] {
            let keys = dropout.keys(seed: seed)
            let found = try masks(rate: rate, shape: [3, 11, 5], batch: batch, counts: [batch, (batch + 1) / 2], seed: seed)
            for mask in found {
                let expected = mask.indices.map { dropout.isDropped(keys, image: $0 / 165, element: $0 % 165) ? 0 : 1 / (1 - rate) }
                #expect(mask == expected)
            }
        }
    }

    @Test func theSameElementsFallForAnyNumberOfThreads() throws {
        let one = try masks(rate: 0.5, shape: [5000], batch: 40, counts: [40], seed: 3, threads: 1)
        for threads in [2, 3, 7] { #expect(try masks(rate: 0.5, shape: [5000], batch: 40, counts: [40], seed: 3, threads: threads) == one) }
    }

    @Test(arguments: [1, 17, 40])
    func whatFallsByImageFallsWhole(batch: Int) throws {
        let dropout = Dropout(rate: 0.4, stream: 9, isByImage: true)
        var graph = Graph()
        graph.output("y", try graph.append(dropout, [try graph.affine(graph.input("x", [2, 5, 3]), scale: [0], offset: [1])])[0])
        let pixels = Source(.floats(Array(repeating: 0, count: batch * 30)), first: batch), keys = dropout.keys(seed: 5)
        for threads in [1, 3] {
            let program = try LaneEngine(threads: threads).compile(graph, batch: batch)
            try program.run(Feed(count: batch, inputs: ["x": pixels], seed: 5))
            for (index, value) in program.output("y").values.enumerated() {
                #expect(value == (dropout.isDropped(keys, image: index / 30, element: 0) ? 0 : 1 / (1 - dropout.rate)))
            }
        }
    }

    @Test func theGradientFallsWhereTheValueFell() throws {
        var graph = Graph()
        let x = graph.input("x", [4, 9]), y = try graph.dropout(x, rate: 0.25)
        let sum = try graph.batchSum(try graph.reshape(y, to: [36]))
        let weighted = try graph.reshape(try graph.linear(try graph.reshape(y, to: [36]), weight: graph.constant(Tensor([1, 36], repeating: 1))), to: .scalar)
        graph.output("y", y)
        graph.output("sum", sum)
        graph.output("dx", try #require(try graph.differentiate(try graph.batchMean(weighted), by: [x])[0]))
        let program = try LaneEngine(threads: 2).compile(graph, batch: 20)
        try program.run(Feed(count: 20, inputs: ["x": Source(.floats(Array(repeating: 1, count: 720)), first: 20)], seed: 11))
        let (values, gradient) = (program.output("y").values, program.output("dx").values)
        #expect(zip(values, gradient).allSatisfy { ($0 == 0) == ($1 == 0) })
        #expect(values.contains(0) && values.contains { $0 != 0 })
    }

    /// The share of fallen elements lies within five standard deviations of the rate, and so does the share of pairs that agree, for
    /// pairs of neighbouring elements, rows, images, seeds and streams.
    @Test(arguments: [Float(0.1), 0.5, 0.75])
    func chanceIsFairAndIndependent(rate: Float) throws {
        let (batch, size) = (64, 4096)
        func mask(seed: UInt64, stream: UInt64 = 7) throws -> [Bool] {
            try masks(rate: rate, shape: [size], batch: batch, counts: [batch], seed: seed, stream: stream)[0].map { $0 == 0 }
        }
        let mask0 = try mask(seed: 5), p = Double(rate)
        func expectShare(_ hits: Int, of count: Int, _ probability: Double, _ name: String) {
            let deviation = (Double(count) * probability * (1 - probability)).squareRoot()
            #expect(abs(Double(hits) - Double(count) * probability) < 5 * deviation, "\(name): \(hits) of \(count)")
        }
        expectShare(mask0.count { $0 }, of: mask0.count, p, "fallen")
        let agreement = p * p + (1 - p) * (1 - p)
        func expectIndependence(_ a: some Collection<Bool>, _ b: some Collection<Bool>, _ name: String) {
            expectShare(zip(a, b).count { $0 == $1 }, of: min(a.count, b.count), agreement, name)
        }
        for distance in [1, 2, 16, 64] { expectIndependence(mask0, mask0.dropFirst(distance), "elements \(distance) apart") }
        for images in [1, 2, 16] { expectIndependence(mask0, mask0.dropFirst(images * size), "\(images) images apart") }
        for seed in [4, 6, 1 << 32 | 5] as [UInt64] { expectIndependence(mask0, try mask(seed: seed), "seed \(seed)") }
        for stream in [6, 8] as [UInt64] { expectIndependence(mask0, try mask(seed: 5, stream: stream), "stream \(stream)") }
        // Each image, and each element over the images, has its own fair share.
        for image in 0..<batch { expectShare(mask0[image * size..<(image + 1) * size].count { $0 }, of: size, p, "image \(image)") }
    }
}
