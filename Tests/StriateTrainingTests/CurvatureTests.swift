import Foundation
import ReferenceEngine
import StriateData
import StriateEngine
import StriateGraph
import StriateTraining
import Testing

/// A graph from pictures to the negative distances of RBF units, with `body` between.
private func radialGraph(input: Shape, _ body: (inout Graph, Value) throws -> Value) throws -> Graph {
    var graph = Graph()
    let x = try body(&graph, graph.input("pixels", input))
    let features = graph[x].shape[0]
    let centers = Tensor([3, features], (0..<3 * features).map { $0 * 5 % 7 < 3 ? 1 : -1 })
    graph.output("logits", try graph.multiply(try graph.squaredDistance(x, to: graph.constant(centers)), by: -1))
    return graph
}

private func weights(of graph: Graph, seed: UInt64 = 1) -> Weights {
    var weights = Weights()
    for (variable, _) in graph.variables {
        var generator = SeededGenerator(seed: seed, path: variable.name)
        weights[variable.name] = Tensor(variable.shape, (0..<variable.shape.count).map { _ in generator.uniform(in: -0.8...0.8) })
    }
    return weights
}

/// Six pictures, whose bytes are small numbers.
private func pictures(_ shape: Shape) -> ImageSet {
    var generator = SeededGenerator(seed: 5, path: "pictures")
    let pixels = (0..<6 * shape.count).map { _ in UInt8(generator.below(4)) }
    return ImageSet(shape: shape, pixels: pixels, labels: [0, 1, 2, 0, 1, 2], classes: ["a", "b", "c"])
}

@Suite struct CurvatureTests {
    /// Without slopes and with no more than two layers, the diagonal rule leaves nothing out: it must be the exact second derivative.
    @Test(arguments: [Loss.meanSquaredError, .maximumAPosteriori(background: 3)])
    func linearLayersAgreeWithSecondDifferencesOfTheLoss(loss: Loss) throws {
        // The posteriors couple the features, so there one layer only.
        let graph = try radialGraph(input: [1, 1, 3]) { graph, x in
            var x = try graph.flatten(x)
            let layers = loss == .meanSquaredError ? [4, 5] : [5]
            for (index, outputs) in layers.enumerated() {
                let weight = graph.variable("w\(index)", [outputs, graph[x].shape[0]]), bias = graph.variable("b\(index)", [outputs])
                x = try graph.addBias(try graph.linear(x, weight: weight), bias)
            }
            return x
        }
        let images = pictures([1, 1, 3]), start = weights(of: graph)
        let estimate = try CurvatureEstimator(graph, loss: loss, engine: ReferenceEngine()).estimate(start, on: PictureLoader(images), order: Array(0..<6))

        func meanLoss(_ weights: Weights) throws -> Double {
            try Evaluator(graph, weights: weights, loss: loss, engine: ReferenceEngine()).evaluate(on: images).loss
        }
        let step: Float = 0.125, middle = try meanLoss(start)
        for (path, tensor) in start {
            for index in tensor.values.indices {
                var up = start, down = start
                up[path]?.values[index] += step
                down[path]?.values[index] -= step
                let difference = (try meanLoss(up) - 2 * middle + meanLoss(down)) / Double(step * step)
                let found = Double(try #require(estimate[Optimizer.curvaturePrefix + path]).values[index])
                // The mean squared error is a parabola; the other loss is one only near by.
                let tolerance = loss == .meanSquaredError ? 2e-4 : 0.05
                #expect(abs(found - difference) <= tolerance * max(1, abs(difference)), "\(path)[\(index)]: \(found), \(difference)")
            }
        }
    }

    /// Equations 23 to 27 written out for one masked convolution, a squashing function, a subsampling and the units.
    @Test func sharedWeightsAddUpTheirConnections() throws {
        let table = ConnectionTable(inputs: 2, rows: [[0], [0, 1]])
        let graph = try radialGraph(input: [2, 3, 3]) { graph, x in
            let masked = try graph.convolution(
                x, weight: graph.variable("c", [2, 2, 2, 2]), window: Window(kernel: 2), connections: table)
            let squashed = try graph.activation(.tanh, masked)
            let mean = try graph.averagePool(squashed, window: Window(kernel: 2))
            let scaled = try graph.channelAffine(
                try graph.multiply(mean, by: 4), scale: graph.variable("s", [2]), offset: graph.variable("o", [2]))
            return try graph.flatten(scaled)
        }
        let images = pictures([2, 3, 3]), start = weights(of: graph)
        let estimate = try CurvatureEstimator(graph, loss: .meanSquaredError, engine: ReferenceEngine())
            .estimate(start, on: PictureLoader(images), order: Array(0..<6))

        let kernel = start["c"]!.values.map(Double.init), scale = start["s"]!.values.map(Double.init)
        var expected = ["c": [Double](repeating: 0, count: 16), "s": [0, 0], "o": [0, 0]]
        for image in 0..<6 {
            let x = images.pixels[image * 18..<(image + 1) * 18].map(Double.init)
            for output in 0..<2 {
                var sum = 0.0
                for place in 0..<4 {
                    let taps = table.rows[output].flatMap { channel in
                        (0..<4).map { tap in
                            (weight: output * 8 + channel * 4 + tap, x: x[channel * 9 + (place / 2 + tap / 2) * 3 + place % 2 + tap % 2])
                        }
                    }
                    let y = tanh(taps.reduce(0) { $0 + kernel[$1.weight] * $1.x })
                    sum += y
                    // The error's second derivative by a feature is 2/2, by what was squashed scale² times the slope's square of that.
                    let curvature = scale[output] * scale[output] * (1 - y * y) * (1 - y * y)
                    for tap in taps { expected["c"]![tap.weight] += curvature * tap.x * tap.x / 6 }
                }
                expected["s"]![output] += sum * sum / 6
                expected["o"]![output] += 1.0 / 6
            }
        }
        for (path, values) in expected {
            for (index, value) in values.enumerated() {
                let found = Double(try #require(estimate[Optimizer.curvaturePrefix + path]).values[index])
                #expect(abs(found - value) <= 1e-5 * max(1, value), "\(path)[\(index)]: \(found), \(value)")
            }
        }
    }

    @Test func aStepDividesTheSumOfGradientsByCurvatureAndDamping() throws {
        let graph = try radialGraph(input: [1, 1, 3]) { graph, x in
            try graph.linear(try graph.flatten(x), weight: graph.variable("w", [2, 3]))
        }
        let images = pictures([1, 1, 3]), start = weights(of: graph)
        func trainer(_ optimizer: Optimizer) throws -> Trainer {
            try Trainer(
                graph, weights: start, optimizer: optimizer, objective: Objective(.meanSquaredError), batch: 6,
                engine: ReferenceEngine())
        }
        let descent = try trainer(.sgd()), newton = try trainer(.lecunSDLM(damping: 0.5))
        try newton.estimateCurvature(on: PictureLoader(images), order: Array(0..<6))
        let curvature = try #require(newton.state[Optimizer.curvaturePrefix + "w"]).values
        #expect(curvature.allSatisfy { $0 > 0 })
        try descent.step(on: PictureBatch(images, rows: Array(0..<6)[...]), rate: 1)
        try newton.step(on: PictureBatch(images, rows: Array(0..<6)[...]), rate: 0.01)
        for index in 0..<6 {
            let old = start["w"]!.values[index]
            let mean = old - descent.weights["w"]!.values[index]
            let step = old - newton.weights["w"]!.values[index]
            #expect(abs(step - 0.01 / (0.5 + curvature[index]) * 6 * mean) < 1e-5)
        }
    }

    @Test func aNetworkWithoutARuleIsNamed() throws {
        let graph = try radialGraph(input: [1, 1, 3]) { graph, x in
            graph.path = "norm"
            let features = try graph.flatten(x)
            return try graph.append(LocalResponseNormalization(size: 3), [features])[0]
        }
        let withParameter = try radialGraph(input: [1, 1, 3]) { graph, x in
            let y = try graph.linear(try graph.flatten(x), weight: graph.variable("w", [3, 3]))
            graph.path = "norm"
            return try graph.append(LocalResponseNormalization(size: 3), [y])[0]
        }
        _ = try CurvatureEstimator(graph, loss: .meanSquaredError, engine: ReferenceEngine())
        let error = #expect(throws: TrainingError.self) {
            try CurvatureEstimator(withParameter, loss: .meanSquaredError, engine: ReferenceEngine())
        }
        #expect("\(try #require(error))".contains("norm"))
    }
}
