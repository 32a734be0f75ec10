import ReferenceEngine
import Foundation
import StriateData
import StriateFormats
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

@Suite struct TrainingRunTests {
    @Test func aRunLeavesItsFilesAndALinePerEpoch() throws {
        try withFolder { folder in
            let run = try smallRun(smallOptions(), in: RunFolder(creating: "\(folder)/run", options: smallOptions()))
            var reported = [EpochMetrics](), steps = 0
            let outcome = try run.run(onStep: { _ in steps += 1 }, onEpoch: { reported.append($0) })
            #expect(outcome == .finished && steps == 28)
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run").filter { !$0.hasPrefix("events.") }.sorted()
            #expect(names == ["best.safetensors", "config.json", "last.safetensors", "metrics.csv", "metrics.jsonl", "previous.safetensors"])
            #expect(reported.map(\.epoch) == [1, 2, 3, 4])
            #expect(run.folder.allMetrics().map(\.withoutTimes) == reported.map(\.withoutTimes))
            #expect(reported[3].trainLoss < reported[0].trainLoss)
            #expect(run.evaluation?.accuracy == reported[3].validationAccuracy)
        }
    }

    @Test func theBestModelIsTheFirstWithTheHighestValidationAccuracy() throws {
        try withFolder { folder in
            let options = smallOptions(epochs: 6)
            let run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            _ = try run.run()
            let best = try ModelFile.read(run.folder.best), accuracies = run.metrics.compactMap(\.validationAccuracy)
            let training = try #require(best.metadata.training)
            #expect(training.accuracy == accuracies.max())
            #expect(training.epochs == (try #require(accuracies.firstIndex(of: accuracies.max()!))) + 1)
            let evaluator = try Evaluator(smallGraph().graph, weights: best.weights, engine: ReferenceEngine())
            #expect(try evaluator.evaluate(on: smallImages(30, seed: 2)).accuracy == training.accuracy)
        }
    }

    @Test func progressCountsImagesAndKeepsRunningMeans() throws {
        try withFolder { folder in
            let run = try smallRun(smallOptions(epochs: 1), in: RunFolder(creating: "\(folder)/run", options: smallOptions()))
            var progress = [TrainingProgress]()
            _ = try run.run(onStep: { progress.append($0) })
            #expect(progress.map(\.images) == [8, 16, 24, 32, 40, 48, 50])
            #expect(progress.last?.loss == run.metrics.first?.trainLoss)
            #expect(progress.allSatisfy { $0.imagesPerSecond > 0 && $0.imageCount == 50 && $0.epoch == 1 })
        }
    }

    @Test func withoutValidationTheTrainingAccuracyDecides() throws {
        try withFolder { folder in
            let run = try smallRun(smallOptions(), in: RunFolder(creating: "\(folder)/run", options: smallOptions()), validation: nil)
            _ = try run.run()
            #expect(run.metrics.allSatisfy { $0.validationLoss == nil })
            #expect(run.position.best?.accuracy == run.metrics.map(\.trainAccuracy).max())
        }
    }

    @Test func equalRunsLeaveEqualBytes() throws {
        try withFolder { folder in
            for name in ["a", "b"] {
                _ = try smallRun(smallOptions(), in: RunFolder(creating: "\(folder)/\(name)", options: smallOptions())).run()
            }
            for name in ["best.safetensors", "last.safetensors", "config.json"] {
                #expect(try bytes("\(folder)/a/\(name)") == bytes("\(folder)/b/\(name)"), "\(name)")
            }
        }
    }

    @Test func seedAndShufflingDecideTheResult() throws {
        try withFolder { folder in
            var results = Set<[UInt8]>()
            for (name, seed, shuffle) in [("a", UInt64(1), true), ("b", 2, true), ("c", 1, false)] {
                var options = smallOptions(epochs: 2)
                (options.seed, options.shuffle) = (seed, shuffle)
                let run = try smallRun(options, in: RunFolder(creating: "\(folder)/\(name)", options: options))
                _ = try run.run()
                results.insert(try ModelFile.read(run.folder.last).weights.flatMap { $0.tensor.values.map { UInt8($0.bitPattern & 0xFF) } })
            }
            #expect(results.count == 3)
        }
    }

    @Test func theScheduleSetsTheRateOfEveryStep() throws {
        try withFolder { folder in
            var options = smallOptions(epochs: 2)
            options.schedule = .linear()
            let run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            run.stepLog = try StepLog(path: "\(folder)/steps")
            _ = try run.run()
            let lines = String(decoding: try bytes("\(folder)/steps"), as: UTF8.self).split(separator: "\n")
            struct Line: Decodable { let step: Int, loss: Float, rate: Float }
            let steps = try lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            #expect(steps.map(\.step) == Array(1...14))
            for (index, step) in steps.enumerated() { #expect(abs(step.rate - 0.05 * (1 - Float(index) / 14)) < 1e-7) }
        }
    }

    @Test func divergenceLeavesTheGoodFilesAlone() throws {
        try withFolder { folder in
            var options = smallOptions(epochs: 1)
            let run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            _ = try run.run()
            let best = try bytes(run.folder.best), last = try bytes(run.folder.last), metrics = try bytes(run.folder.metrics)
            options.epochs = 5
            (options.rate, options.weightDecay) = (1e30, 1e30)
            let wild = try smallRun(options, in: run.folder)
            try wild.resume()
            let error = #expect(throws: TrainingError.self) { try wild.run() }
            #expect(error?.description.hasPrefix("epoch 2, step 2: ") == true, "\(String(describing: error))")
            #expect(try bytes(run.folder.best) == best)
            #expect(try bytes(run.folder.last) == last)
            #expect(try bytes(run.folder.metrics) == metrics)
        }
    }

    @Test func weightsRuinedByTheLastStepAreNotSaved() throws {
        try withFolder { folder in
            // One step an epoch: its loss is still finite, its update is not.
            var options = smallOptions(epochs: 1, batch: 50)
            (options.rate, options.weightDecay) = (1e30, 1e30)
            let images = smallImages(50)
            for validation in [nil, images] {
                let path = "\(folder)/\(validation == nil)"
                let run = try smallRun(options, in: RunFolder(creating: path, options: options), images: images, validation: validation)
                #expect(throws: TrainingError.self) { try run.run() }
                #expect(!FileManager.default.fileExists(atPath: run.folder.best))
                #expect(!run.folder.hasCheckpoint)
            }
        }
    }

    @Test func aFolderThatVanishesEndsTheRunWithItsName() throws {
        try withFolder { folder in
            let run = try smallRun(smallOptions(), in: RunFolder(creating: "\(folder)/run", options: smallOptions()))
            let error = #expect(throws: TrainingError.self) {
                try run.run(onStep: { _ in try? FileManager.default.removeItem(atPath: "\(folder)/run") })
            }
            #expect(error?.description.contains("\(folder)/run") == true)
        }
    }
}
