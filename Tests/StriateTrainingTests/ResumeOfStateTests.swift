import Foundation
import StriateData
import StriateEngine
import StriateFormats
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

/// What lives beside parameters and velocities goes on exactly as well: the place in chance's sequence, running statistics,
/// estimates of curvature.
@Suite struct ResumeOfStateTests {
    private struct NormalizedNetwork: Network {
        var body: [any Layer] {
            Conv2D(4, kernel: 3, padding: 1).named("conv")
            BatchNorm().named("norm")
            ReLU()
            Dropout(0.4).named("dropout")
            Flatten()
            Linear(3).named("output")
        }
    }

    private struct RadialNetwork: Network {
        var body: [any Layer] {
            Flatten()
            Linear(6).named("hidden")
            ScaledTanh()
            EuclideanRBF(centers: Tensor([3, 6], (0..<18).map { $0 * 7 % 5 < 2 ? 1 : -1 }))
        }
    }

    private func run(_ options: TrainingOptions, in folder: RunFolder, threads: Int) throws -> TrainingRun {
        let layers: any Layer = options.optimizer == .lecunSDLM ? RadialNetwork() : NormalizedNetwork()
        let network = try TracedNetwork(layers, preprocessing: smallPreprocessing, mode: .training)
        let inference = try TracedNetwork(layers, preprocessing: smallPreprocessing, mode: .inference)
        let trainer = try Trainer(
            network, inference: inference, seed: options.seed, optimizer: options.rule,
            objective: options.objective(labels: smallImages(50).labels, classes: 3), updates: options.updates, batch: options.batch,
            engine: LaneEngine(threads: threads))
        return try TrainingRun(
            options, model: smallModel, trainer: trainer, images: PictureLoader(smallImages(50)),
            validation: PictureLoader(smallImages(30, seed: 2)), folder: folder)
    }

    private var dropout: TrainingOptions { smallOptions(epochs: 3, batch: 20) }

    private var curvature: TrainingOptions {
        var options = smallOptions(epochs: 3, batch: 20)
        options.optimizer = .lecunSDLM
        options.momentum = 0
        options.loss = .meanSquaredError
        options.rate = 0.001
        return options
    }

    /// Updates of three steps, of which the last of an epoch is of five images.
    private var adaptive: TrainingOptions {
        var options = smallOptions(epochs: 3, batch: 5)
        options.adoptStandards(of: .adamw)
        options.accumulation = 3
        options.rate = 0.01
        options.average = WeightAverage(decay: 0.9, hasWarmup: true)
        options.clipping = .norm(0.5)
        options.schedule = .oneCycle()
        options.labelSmoothing = 0.1
        return options
    }

    private var plateau: TrainingOptions {
        var options = smallOptions(epochs: 4, batch: 25)
        options.adoptStandards(of: .muon)
        options.accumulation = 2
        options.schedule = .plateau(Plateau(factor: 0.5, patience: 0))
        return options
    }

    enum Kind: CaseIterable { case dropout, curvature, adaptive, plateau }

    @Test(arguments: Kind.allCases)
    func anInterruptionAfterAnyStepChangesNothing(kind: Kind) throws {
        let options = switch kind {
        case .dropout: dropout
        case .curvature: curvature
        case .adaptive: adaptive
        case .plateau: plateau
        }
        try withFolder { folder in
            let whole = try run(options, in: RunFolder(creating: "\(folder)/whole", options: options), threads: 1)
            #expect(try whole.run() == .finished)
            let last = try bytes(whole.folder.last)
            for stop in 1...7 {
                let path = "\(folder)/\(stop)"
                let part = try run(options, in: RunFolder(creating: path, options: options), threads: 2)
                let interrupt = Interrupt()
                var count = 0
                let outcome = try part.run(interrupt: interrupt, onStep: { _ in
                    count += 1
                    if count == stop { interrupt.raise() }
                })
                #expect(outcome == .interrupted)
                let rest = try run(options, in: RunFolder(opening: path), threads: 3)
                try rest.resume()
                #expect(try rest.run() == .finished)
                #expect(try bytes(rest.folder.last) == last, "stopped after step \(stop)")
            }
        }
    }

    @Test func everyStepDropsOtherElements() throws {
        let network = try TracedNetwork(NormalizedNetwork(), preprocessing: smallPreprocessing, mode: .training)
        let trainer = try Trainer(network, seed: 1, optimizer: .sgd(), batch: 20, engine: LaneEngine(threads: 1))
        let images = smallImages(20)
        let losses = try (0..<4).map { _ in try trainer.step(on: PictureBatch(images, rows: Array(0..<20)[...]), rate: 0).loss }
        #expect(Set(losses).count == 4, "\(losses)")
    }

    @Test func evaluationFollowsTheRunningStatistics() throws {
        let network = try TracedNetwork(NormalizedNetwork(), preprocessing: smallPreprocessing, mode: .training)
        let inference = try TracedNetwork(NormalizedNetwork(), preprocessing: smallPreprocessing, mode: .inference)
        let trainer = try Trainer(network, inference: inference, seed: 1, optimizer: .sgd(), batch: 50, engine: LaneEngine(threads: 1))
        let images = smallImages(50), before = try trainer.evaluate(on: images).loss
        // No learning, only statistics: they come to those of these images, by which training normalises.
        for _ in 0..<200 { try trainer.step(on: PictureBatch(images, rows: Array(0..<50)[...]), rate: 0) }
        let after = try trainer.evaluate(on: images).loss
        #expect(before != after)
        let weights = trainer.weights
        let mean = try #require(weights["norm.running_mean"]), bias = try #require(weights["conv.bias"])
        #expect(mean.values.count == 4 && mean.values != [0, 0, 0, 0] && bias.values.count == 4)
    }
}
