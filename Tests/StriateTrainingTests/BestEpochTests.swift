import Foundation
import StriateData
import StriateFormats
import StriateTraining
import Testing

/// Which epochs are the best, which models are kept, and when training ends before its last epoch.
@Suite struct BestEpochTests {
    private func kept(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("epoch-") }.sorted()
    }

    @Test func theLossDecidesWhereItIsWatched() throws {
        try withFolder { folder in
            var options = smallOptions(epochs: 6)
            options.monitor = .loss
            let run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            _ = try run.run()
            let losses = run.metrics.compactMap(\.validationLoss)
            #expect(run.position.best?.loss == losses.min())
            #expect(try ModelFile.read(run.folder.best).metadata.training?.loss == losses.min())
        }
    }

    @Test func patienceEndsARunThatGetsNoBetter() throws {
        try withFolder { folder in
            // Without learning every epoch is as good as the first.
            var options = smallOptions(epochs: 9)
            (options.rate, options.patience) = (0, 3)
            let run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            #expect(try run.run() == .stoppedEarly)
            #expect(run.position.epoch == 4 && run.position.best?.epoch == 1)
            let again = try smallRun(options, in: run.folder)
            try again.resume()
            #expect(try again.run() == .stoppedEarly)
            #expect(again.position.epoch == 4)
        }
    }

    @Test func theModelsOfTheBestEpochsAreKept() throws {
        try withFolder { folder in
            var options = smallOptions(epochs: 8)
            (options.keep, options.monitor) = (3, .loss)
            let path = "\(folder)/run"
            let run = try smallRun(options, in: RunFolder(creating: path, options: options))
            _ = try run.run()
            let best = run.metrics.sorted { $0.validationLoss! < $1.validationLoss! }.prefix(3)
            let expected = best.map { String(format: "epoch-%04ld-%.4f.safetensors", $0.epoch, $0.validationLoss!) }
            #expect(try kept(in: path) == expected.sorted())
            for (epoch, name) in zip(best, expected) {
                #expect(try ModelFile.read("\(path)/\(name)").metadata.training?.loss == epoch.validationLoss)
            }
            #expect(try bytes("\(path)/\(expected[0])") == bytes(run.folder.best))
        }
    }

    @Test func theSavedModelsAreOneForEachEpochInTheirOrder() throws {
        try withFolder { folder in
            var options = smallOptions(epochs: 6)
            (options.keep, options.monitor) = (3, .loss)
            let run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            _ = try run.run()
            let best = try #require(run.position.best).epoch, kept = try #require(run.position.kept).map(\.epoch)
            try Data("no model".utf8).write(to: URL(fileURLWithPath: "\(run.folder.path)/epoch-0099-0.1000.safetensors"))
            let saved = try RunFolder(reading: run.folder.path).savedModels
            #expect(saved.map(\.epoch) == Set(kept + [6]).sorted())
            #expect(saved.filter(\.isBest).map(\.epoch) == [best])
            #expect(saved.map(\.accuracy) == saved.map { run.metrics[$0.epoch - 1].validationAccuracy })
        }
    }

    @Test func keptModelsAreTheSameAfterAnyInterruption() throws {
        try withFolder { folder in
            var options = smallOptions(epochs: 5)
            (options.keep, options.monitor) = (2, .loss)
            let whole = try smallRun(options, in: RunFolder(creating: "\(folder)/whole", options: options))
            _ = try whole.run()
            let parts = try RunFolder(creating: "\(folder)/parts", options: options)
            for stop in stride(from: 3, through: 40, by: 5) {
                let run = try smallRun(options, in: parts)
                try run.resume()
                let interrupt = Interrupt()
                _ = try run.run(interrupt: interrupt, onStep: { _ in if run.position.steps == stop { interrupt.raise() } })
            }
            #expect(try kept(in: whole.folder.path) == kept(in: parts.path))
            for name in try kept(in: parts.path) + ["best.safetensors", "last.safetensors"] {
                #expect(try bytes("\(whole.folder.path)/\(name)") == bytes("\(parts.path)/\(name)"), "\(name)")
            }
        }
    }

    @Test func aPauseAfterAnEpochChangesNothing() throws {
        try withFolder { folder in
            var options = smallOptions(epochs: 4)
            options.schedule = .cosine()
            let whole = try smallRun(options, in: RunFolder(creating: "\(folder)/whole", options: options))
            _ = try whole.run()
            let parts = try RunFolder(creating: "\(folder)/parts", options: options)
            for epoch in [1, 3, 4] {
                let run = try smallRun(options, in: parts)
                try run.resume()
                #expect(try run.run(until: epoch) == .finished && run.position.epoch == epoch)
            }
            #expect(try bytes(whole.folder.last) == bytes(parts.last))
        }
    }

    @Test func aDamagedCheckpointIsReplacedByTheOneBeforeIt() throws {
        try withFolder { folder in
            let options = smallOptions()
            let run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            _ = try run.run()
            let last = try bytes(run.folder.last), best = try bytes(run.folder.best)
            try Data(last.dropLast(5)).write(to: URL(fileURLWithPath: run.folder.last))
            let again = try smallRun(options, in: RunFolder(opening: run.folder.path))
            let failure = try #require(try again.resume())
            #expect(failure.description.contains("last.safetensors"))
            #expect(again.position.epoch == 3 && again.metrics.count == 3)
            _ = try again.run()
            #expect(try bytes(run.folder.last) == last)
            #expect(try bytes(run.folder.best) == best)
            #expect(try bytes("\(folder)/run/unreadable.safetensors").count == last.count - 5)
        }
    }

    @Test func aRunWithoutAReadableCheckpointSaysSo() throws {
        try withFolder { folder in
            let options = smallOptions(epochs: 1)
            let run = try smallRun(options, in: RunFolder(creating: "\(folder)/run", options: options))
            _ = try run.run()
            for path in [run.folder.last, run.folder.previous] { try Data([1]).write(to: URL(fileURLWithPath: path)) }
            let again = try smallRun(options, in: run.folder)
            #expect(throws: TrainingError.self) { try again.resume() }
        }
    }
}
