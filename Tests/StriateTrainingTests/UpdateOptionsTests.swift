import ReferenceEngine
import StriateData
import StriateEngine
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

@Suite struct UpdateOptionsTests {
    /// A network with batch normalisation, on the same pictures as the small one.
    private struct NormalizedNetwork: Network {
        var body: [any Layer] {
            Conv2D(6, kernel: 3, bias: false).named("conv")
            BatchNorm().named("norm")
            ReLU()
            Flatten()
            Linear(3).named("output")
        }
    }

    private func trainer(
        _ optimizer: Optimizer = .sgd(momentum: 0.9), batch: Int = 24, threads: Int = 2, objective: Objective = Objective(),
        _ change: (inout UpdateOptions) -> Void = { _ in }
    ) throws -> Trainer {
        var updates = UpdateOptions()
        change(&updates)
        let network = try TracedNetwork(NormalizedNetwork(), preprocessing: smallPreprocessing, mode: .training)
        let inference = try TracedNetwork(NormalizedNetwork(), preprocessing: smallPreprocessing, mode: .inference)
        return try Trainer(
            network, inference: inference, seed: 1, optimizer: optimizer, objective: objective, updates: updates, batch: batch,
            engine: LaneEngine(threads: threads))
    }

    private static let optimizers: [Optimizer] = [
        .sgd(momentum: 0.9, weightDecay: 0.01, nesterov: true), .adam(weightDecay: 0.01), .adamW(),
        .rmsprop(momentum: 0.9, centered: true), .lars(trust: 0.02), .muon(),
    ]

    @Test(arguments: optimizers)
    func theBitsAreTheSameForAnyNumberOfThreads(optimizer: Optimizer) throws {
        func state(threads: Int) throws -> Weights {
            let trainer = try trainer(optimizer, batch: 20, threads: threads) {
                ($0.accumulation, $0.average, $0.clipping) = (2, WeightAverage(decay: 0.9), .norm(1))
            }
            try trainer.train(on: smallImages(70), rate: 0.01)
            return trainer.state
        }
        let one = try state(threads: 1)
        #expect(one.allSatisfy { $0.tensor.values.allSatisfy(\.isFinite) })
        for threads in [2, 3, 7] { #expect(try state(threads: threads) == one, "\(threads) threads") }
    }

    /// Without normalisation, whose statistics are each part's own.
    @Test(arguments: optimizers)
    func partsAddUpToTheirUpdate(optimizer: Optimizer) throws {
        let fixture = try UpdateFixture.read(), images = smallImages(45)
        func trained(batch: Int, accumulation: Int) throws -> (weights: Weights, updates: Int) {
            let update = UpdateCase("", optimizer) { $0.updates.accumulation = accumulation }
            let trainer = try update.trainer(fixture, batch: batch, on: ReferenceEngine())
            for _ in 0..<2 { try trainer.train(on: images, rate: 0.01) }
            return (trainer.weights, trainer.updates)
        }
        // Each epoch's last update has 21 images, its last part fewer than the others.
        for (batch, accumulation) in [(8, 3), (6, 4), (24, 1)] {
            let (found, updates) = try trained(batch: batch, accumulation: accumulation)
            let (expected, number) = try trained(batch: 24, accumulation: 1)
            #expect(updates == number && updates == 4)
            for (path, tensor) in expected {
                let values = try #require(found[path]).values
                #expect(zip(values, tensor.values).allSatisfy { abs($0 - $1) < 1e-5 }, "\(path) of \(batch)×\(accumulation)")
            }
        }
    }

    @Test func averagesAreWhatIsEvaluatedAndStartFromTheWeights() throws {
        let images = smallImages(24), trainer = try trainer { $0.average = WeightAverage(decay: 0.75) }
        let start = trainer.learntWeights
        #expect(trainer.weights == start)
        try trainer.step(on: PictureBatch(images, rows: Array(0..<24)[...]), rate: 0.1)
        let first = trainer.learntWeights
        #expect(first != start)
        for (path, tensor) in trainer.weights {
            let expected = try #require(first[path]).values
            #expect(zip(tensor.values, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "the first update is taken over whole: \(path)")
        }
        try trainer.step(on: PictureBatch(images, rows: Array(0..<24)[...]), rate: 0.1)
        let second = trainer.learntWeights
        for (path, tensor) in trainer.weights {
            let (a, b) = (try #require(first[path]).values, try #require(second[path]).values)
            for (index, value) in tensor.values.enumerated() { #expect(abs(value - (0.75 * a[index] + 0.25 * b[index])) < 1e-6, "\(path)") }
        }
        let evaluated = try trainer.evaluate(on: images), averages = trainer.weights
        try trainer.load(averages)
        #expect(try trainer.evaluate(on: images) == evaluated && trainer.learntWeights == averages)
    }

    @Test func frozenParametersStayAndTheirBackwardWorkIsGone() throws {
        let frozen = try trainer { $0.frozen = ["conv", "norm"].compactMap { PathPattern($0) } }, before = frozen.state
        try frozen.train(on: smallImages(48), rate: 0.1)
        for path in before.paths {
            #expect((frozen.state[path] == before[path]) == (path.hasPrefix("conv") || path.hasPrefix("norm")), "\(path)")
        }
        let operations = frozen.program.graph.nodes.map(\.operation)
        #expect(!operations.contains { $0 is ConvolutionWeightGradient || $0 is BatchNormalization || $0 is RunningStatistics })
        #expect(!frozen.state.paths.contains("optimizer.momentum.conv.weight"))
    }

    @Test func aNormalisationThatIsNotFrozenStillFollows() throws {
        let trainer = try trainer { $0.frozen = [PathPattern("conv")].compactMap { $0 } }, before = trainer.state
        try trainer.train(on: smallImages(48), rate: 0.1)
        #expect(trainer.state["norm.running_mean"] != before["norm.running_mean"] && trainer.state["conv.weight"] == before["conv.weight"])
    }

    @Test func patternsThatMatchNothingAreNamedWithSomePaths() throws {
        let changes: [(inout UpdateOptions) -> Void] = [
            { $0.frozen = [PathPattern("layer9.*")].compactMap { $0 } },
            { $0.rateFactors = [RateFactor(parsing: "layer9.*=2")].compactMap { $0 } },
        ]
        for change in changes {
            let error = #expect(throws: TrainingError.self) { try trainer(.sgd(), change) }
            let message = error?.description ?? ""
            #expect(message.contains("layer9.*") && message.contains("conv.weight") && !message.contains("\n"), "\(message)")
        }
        let all = #expect(throws: TrainingError.self) { try trainer { $0.frozen = [PathPattern("*")].compactMap { $0 } } }
        #expect(all?.description.contains("nothing is left") == true)
    }

    @Test func factorsScaleTheRateOfTheirParameters() throws {
        let images = smallImages(24), batch = PictureBatch(images, rows: Array(0..<24)[...])
        func moves(_ change: (inout UpdateOptions) -> Void) throws -> Weights {
            let trainer = try trainer(.sgd(), change), before = trainer.state
            try trainer.step(on: batch, rate: 0.125)
            var moves = Weights()
            for (path, tensor) in trainer.state { moves[path] = Tensor(tensor.shape, zip(tensor.values, before[path]!.values).map(-)) }
            return moves
        }
        let plain = try moves { _ in }
        let scaled = try moves {
            $0.rateFactors = [RateFactor(parsing: "norm=0.5"), RateFactor(parsing: "*.bias=0")].compactMap { $0 }
            $0.headRate = 4
        }
        for (path, factor) in [("conv.weight", 1), ("norm.weight", 0.5), ("norm.bias", 0.5), ("output.weight", 4), ("output.bias", 0)] as [(String, Float)] {
            let (a, b) = (try #require(plain[path]).values, try #require(scaled[path]).values)
            #expect(zip(a, b).allSatisfy { abs($0 * factor - $1) < 1e-6 }, "\(path)")
        }
    }

    @Test func blendedImagesNeedATrainerThatTakesThem() throws {
        let fixture = try UpdateFixture.read(), mixed = UpdateCase("") { $0.objective.isMixed = true }.batch(fixture)
        #expect(throws: TrainingError.self) { try UpdateCase("").trainer(fixture, on: ReferenceEngine()).step(on: mixed, rate: 0.1) }
        // Without second labels each image has its own class alone.
        let plain = try UpdateCase("").trainer(fixture, on: ReferenceEngine())
        let taking = try UpdateCase("") { ($0.objective.isMixed, $0.objective.isWeighted) = (true, true) }.trainer(fixture, on: ReferenceEngine())
        try plain.step(on: fixture.batch, rate: 0.1)
        try taking.step(on: fixture.batch, rate: 0.1)
        #expect(plain.weights == taking.weights)
    }
}

@Suite struct PathPatternTests {
    @Test(arguments: [
        ("layer1", "layer1.0.conv1.weight", true), ("layer1", "layer10.conv1.weight", false), ("layer1.0", "layer1.0.bn1.bias", true),
        ("*.bias", "layer1.0.bn1.bias", true), ("*.bias", "bias", false), ("*bias", "bias", true), ("conv?", "conv1.weight", true),
        ("conv?", "conv.weight", false), ("*", "a.b", true), ("l*1", "layer1.weight", true), ("layer1.*.weight", "layer1.0.conv1.weight", true),
        ("a*b*c", "aXbXbc", true), ("a*b*c", "aXbX", false), ("weight", "conv.weight", false),
    ])
    func patternsMatchPathsAndLayersAround(pattern: String, path: String, isMatch: Bool) throws {
        #expect(try #require(PathPattern(pattern)).matches(path) == isMatch)
    }

    @Test func manyStarsTakeLittleTime() throws {
        let pattern = try #require(PathPattern(String(repeating: "*a", count: 40) + "b"))
        #expect(!pattern.matches(String(repeating: "a", count: 2000)))
    }
}
