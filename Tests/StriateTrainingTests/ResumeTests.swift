import Foundation
import StriateData
import StriateEngine
import StriateFormats
import StriateTraining
import Testing

/// A run that was stopped, in whatever way and wherever, ends with the same bits as one that was not.
@Suite struct ResumeTests {
    /// What a finished run left, without times.
    struct Result: Equatable {
        let last: [UInt8], best: [UInt8], steps: [UInt8], metrics: [EpochMetrics]

        init(_ run: TrainingRun, steps: String) throws {
            last = try bytes(run.folder.last)
            best = try bytes(run.folder.best)
            self.steps = try bytes(steps)
            metrics = run.folder.allMetrics().map(\.withoutTimes)
        }
    }

    private static var options: TrainingOptions {
        var options = smallOptions(epochs: 3)
        options.schedule = .cosine()
        options.weightDecay = 1e-3
        options.nesterov = true
        return options
    }

    private func uninterrupted(in folder: String) throws -> Result {
        let run = try smallRun(Self.options, in: RunFolder(creating: "\(folder)/whole", options: Self.options))
        run.stepLog = try StepLog(path: "\(folder)/whole.steps")
        #expect(try run.run() == .finished)
        return try Result(run, steps: "\(folder)/whole.steps")
    }

    /// Goes on as the command line does: everything from the folder.
    private func resumed(_ path: String, steps: String) throws -> TrainingRun {
        let folder = try RunFolder(opening: path)
        let run = try smallRun(try folder.options(), in: folder)
        try run.resume()
        run.stepLog = try StepLog(path: steps, keepingSteps: run.position.steps)
        return run
    }

    @Test func anInterruptionAfterAnyStepChangesNothing() throws {
        try withFolder { folder in
            let whole = try uninterrupted(in: folder)
            for stop in 1...20 {
                let path = "\(folder)/\(stop)", steps = "\(path).steps"
                let run = try smallRun(Self.options, in: RunFolder(creating: path, options: Self.options))
                run.stepLog = try StepLog(path: steps)
                let interrupt = Interrupt()
                var count = 0
                let outcome = try run.run(interrupt: interrupt, onStep: { _ in
                    count += 1
                    if count == stop { interrupt.raise() }
                })
                #expect(outcome == .interrupted && count == stop)
                let rest = try resumed(path, steps: steps)
                #expect(rest.position.steps == stop)
                #expect(try rest.run() == .finished)
                #expect(try Result(rest, steps: steps) == whole, "stopped after step \(stop)")
            }
        }
    }

    @Test func aKilledProcessChangesNothing() throws {
        try withFolder { folder in
            let whole = try uninterrupted(in: folder)
            // The folder as it is after each step is what a process killed at that moment leaves.
            let run = try smallRun(Self.options, in: RunFolder(creating: "\(folder)/run", options: Self.options))
            run.saveInterval = .zero
            run.stepLog = try StepLog(path: "\(folder)/run.steps")
            var count = 0
            _ = try run.run(onStep: { _ in
                count += 1
                try! FileManager.default.copyItem(atPath: "\(folder)/run", toPath: "\(folder)/\(count)")
                try! FileManager.default.copyItem(atPath: "\(folder)/run.steps", toPath: "\(folder)/\(count).steps")
            })
            for stop in 1...count {
                let rest = try resumed("\(folder)/\(stop)", steps: "\(folder)/\(stop).steps")
                #expect(rest.position.steps == stop - 1, "the last save was a step before")
                _ = try rest.run()
                #expect(try Result(rest, steps: "\(folder)/\(stop).steps") == whole, "killed after step \(stop)")
            }
        }
    }

    @Test func metricsAndModelsNewerThanTheCheckpointAreMadeAgain() throws {
        try withFolder { folder in
            let whole = try uninterrupted(in: folder)
            let run = try smallRun(Self.options, in: RunFolder(creating: "\(folder)/run", options: Self.options))
            run.stepLog = try StepLog(path: "\(folder)/steps")
            var earlier = [UInt8]()
            _ = try run.run(onEpoch: { if $0.epoch == 1 { earlier = try! bytes(run.folder.last) } })
            // As if the process had been killed after the second epoch's line and model, before its checkpoint.
            try Data(earlier).write(to: URL(fileURLWithPath: run.folder.last))
            let rest = try resumed("\(folder)/run", steps: "\(folder)/steps")
            #expect(rest.position.epoch == 1 && rest.metrics.count == 1)
            _ = try rest.run()
            #expect(try Result(rest, steps: "\(folder)/steps") == whole)
        }
    }

    @Test func aRunKilledBeforeItsFirstCheckpointBeginsAgain() throws {
        try withFolder { folder in
            let whole = try uninterrupted(in: folder)
            _ = try RunFolder(creating: "\(folder)/run", options: Self.options)
            let rest = try resumed("\(folder)/run", steps: "\(folder)/steps")
            _ = try rest.run()
            #expect(try Result(rest, steps: "\(folder)/steps") == whole)
        }
    }

    @Test func aFinishedRunHasNothingLeftToDo() throws {
        try withFolder { folder in
            let whole = try uninterrupted(in: folder)
            let again = try resumed("\(folder)/whole", steps: "\(folder)/whole.steps")
            #expect(try again.run(onStep: { _ in Issue.record("a step") }) == .finished)
            #expect(try Result(again, steps: "\(folder)/whole.steps") == whole)
            #expect(again.metrics.count == 3)
        }
    }

    @Test func aRunDoesNotGoOnWithOtherImages() throws {
        try withFolder { folder in
            _ = try uninterrupted(in: folder)
            let run = try RunFolder(opening: "\(folder)/whole")
            for images in [smallImages(49), smallImages(50, seed: 8)] {
                let error = #expect(throws: TrainingError.self) { try smallRun(Self.options, in: run, images: images).resume() }
                #expect(error?.description.contains("same images") == true)
            }
        }
    }

    @Test func damagedCheckpointsAreRefused() throws {
        try withFolder { folder in
            _ = try uninterrupted(in: folder)
            let run = try RunFolder(opening: "\(folder)/whole")
            let whole = try bytes(run.last)
            for length in [0, 7, 100, whole.count - 1] {
                for path in [run.last, run.previous] { try Data(whole.prefix(length)).write(to: URL(fileURLWithPath: path)) }
                let error = #expect(throws: TrainingError.self) { try smallRun(Self.options, in: run).resume() }
                #expect(error?.description.hasPrefix(run.last) == true)
            }
        }
    }
}
