import ReferenceEngine
import Foundation
import StriateData
import StriateEngine
import StriateFormats
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

/// Whole trainings of a real network on the real engine.
@Suite struct LaneTrainingTests {
    private static let description = try! ModelDescription(network: "lenet5", options: ["activation": "relu", "pooling": "max"])

    /// Noise with a bright patch whose place tells the class.
    private static func images(_ count: Int, seed: UInt64) -> ImageSet {
        var generator = SeededGenerator(seed: seed, path: "patches")
        var pixels = [UInt8](), labels = [Int32]()
        for _ in 0..<count {
            let label = generator.below(10)
            labels.append(Int32(label))
            let top = 2 + label / 5 * 14 + generator.below(4), left = label % 5 * 6 + generator.below(2)
            for row in 0..<32 {
                for column in 0..<32 {
                    let isBright = (top..<top + 8).contains(row) && (left..<left + 5).contains(column)
                    pixels.append(UInt8(generator.below(64) + (isBright ? 190 : 0)))
                }
            }
        }
        return ImageSet(shape: [1, 32, 32], pixels: pixels, labels: labels, classes: (0..<10).map(String.init))
    }

    private static let training = images(400, seed: 1), validation = images(100, seed: 2)

    private static var options: TrainingOptions {
        var options = TrainingOptions(network: "lenet5", data: "patches")
        (options.epochs, options.batch, options.rate, options.weightDecay, options.nesterov) = (3, 48, 0.02, 1e-4, true)
        return options
    }

    private static var optionsInBFloat16: TrainingOptions {
        var options = options
        options.precision = .bfloat16
        return options
    }

    private func run(_ options: TrainingOptions, in folder: RunFolder, threads: Int) throws -> TrainingRun {
        try TrainingRun(
            options, description: Self.description, images: PictureLoader(Self.training), validation: PictureLoader(Self.validation), folder: folder,
            engine: LaneEngine(threads: threads))
    }

    @Test(arguments: Precision.allCases) func aRealNetworkLearns(precision: Precision) throws {
        try withFolder { folder in
            var options = Self.options
            options.precision = precision
            options.epochs = 6
            let run = try run(options, in: RunFolder(creating: "\(folder)/run", options: options), threads: 2)
            #expect(try run.run() == .finished)
            let last = try #require(run.metrics.last)
            #expect(last.precision == precision)
            #expect(try #require(last.validationAccuracy) > 0.9 && last.trainLoss < run.metrics[0].trainLoss / 2, "\(run.metrics)")
        }
    }

    @Test func threadsChangeNoBit() throws {
        try withFolder { folder in
            var results = Set<[UInt8]>()
            for threads in [1, 2, 3, 7] {
                let run = try run(Self.options, in: RunFolder(creating: "\(folder)/\(threads)", options: Self.options), threads: threads)
                _ = try run.run()
                results.insert(try bytes(run.folder.last) + bytes(run.folder.best))
            }
            #expect(results.count == 1)
        }
    }

    /// Stopped in the second epoch, once by a signal and once by a kill between two saves.
    @Test(arguments: [options, optionsInBFloat16]) func resumptionChangesNoBit(options: TrainingOptions) throws {
        try withFolder { folder in
            let whole = try run(options, in: RunFolder(creating: "\(folder)/whole", options: options), threads: 2)
            _ = try whole.run()

            let stopped = try run(options, in: RunFolder(creating: "\(folder)/stopped", options: options), threads: 2)
            let interrupt = Interrupt()
            let outcome = try stopped.run(interrupt: interrupt, onStep: { if $0.epoch == 2 && $0.images >= 200 { interrupt.raise() } })
            #expect(outcome == .interrupted)

            let killed = try run(options, in: RunFolder(creating: "\(folder)/running", options: options), threads: 2)
            killed.saveInterval = .zero
            _ = try killed.run(onStep: {
                guard $0.epoch == 2, $0.images == 240 else { return }
                try! FileManager.default.copyItem(atPath: "\(folder)/running", toPath: "\(folder)/killed")
            })

            for name in ["stopped", "killed"] {
                let opened = try RunFolder(opening: "\(folder)/\(name)")
                // Another number of threads as well: it is no part of a run's options.
                let rest = try run(try opened.options(), in: opened, threads: 1)
                try rest.resume()
                #expect(rest.position.epoch == 1 && rest.position.totals.images > 0)
                _ = try rest.run()
                #expect(try bytes(opened.last) == bytes(whole.folder.last), "\(name)")
                #expect(try bytes(opened.best) == bytes(whole.folder.best), "\(name)")
                #expect(opened.allMetrics().map(\.withoutTimes) == whole.folder.allMetrics().map(\.withoutTimes), "\(name)")
            }
        }
    }

    @Test func evaluationDoesNotDependOnTheBatch() throws {
        let network = try Self.description.traced(), engine = try LaneEngine(threads: 2)
        let weights = network.initialWeights(seed: 1)
        let results = try [1, 16, 33, 100, 512].map {
            try Evaluator(network.graph, weights: weights, batch: $0, engine: engine).evaluate(on: Self.validation)
        }
        #expect(Set(results).count == 1, "\(results.map(\.loss))")
    }

    /// The same small network on plain loops over single numbers and on lanes.
    @Test func lanesTrainAsSingleNumbersDo() throws {
        let images = smallImages(100), optimizer = Optimizer.sgd(momentum: 0.9, weightDecay: 1e-3, nesterov: true)
        let lanes = try Trainer(smallGraph(), seed: 1, optimizer: optimizer, batch: 24, engine: LaneEngine(threads: 2))
        let numbers = try Trainer(smallGraph(), seed: 1, optimizer: optimizer, batch: 24, engine: ReferenceEngine())
        for _ in 0..<10 {
            let (a, b) = (try lanes.train(on: images, rate: 0.02), try numbers.train(on: images, rate: 0.02))
            #expect(abs(a.loss - b.loss) < 1e-5 * b.loss && a.correct == b.correct)
        }
    }
}
