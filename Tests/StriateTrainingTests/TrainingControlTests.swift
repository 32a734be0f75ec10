import Foundation
import StriateFormats
import StriateTraining
import Synchronization
import Testing

@Suite struct TrainingControlTests {
    private func rates(_ path: String) throws -> [Float] {
        struct Line: Decodable { let rate: Float }
        return try String(decoding: try bytes(path), as: UTF8.self).split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).rate }
    }

    private func started(_ name: String, in folder: String, options: TrainingOptions = smallOptions()) throws -> TrainingRun {
        let run = try smallRun(options, in: RunFolder(creating: "\(folder)/\(name)", options: options))
        run.stepLog = try StepLog(path: "\(folder)/\(name).steps")
        return run
    }

    @Test func aRunThatWaitsIsSavedAndEndsWithTheSameBits() throws {
        try withFolder { folder in
            let whole = try started("whole", in: folder)
            #expect(try whole.run() == .finished)
            let run = try started("paused", in: folder), control = TrainingControl()
            let last = run.folder.last, waiter = Mutex<(saved: Checkpoint.Position?, steps: Int)>((nil, 0))
            var steps = 0
            let outcome = try run.run(control: control, onStep: { _ in
                steps += 1
                guard steps == 10 else { return }
                control.isPaused = true
                // Another thread ends the wait, once it has seen what was saved.
                Thread.detachNewThread {
                    for _ in 0..<200 where waiter.withLock({ $0.saved?.steps != 10 }) {
                        Thread.sleep(forTimeInterval: 0.01)
                        let position = try? Checkpoint(contentsOf: last).position
                        waiter.withLock { $0.saved = position }
                    }
                    control.isPaused = false
                }
            })
            #expect(outcome == .finished && steps == 28)
            #expect(waiter.withLock { $0.saved?.steps } == 10)
            #expect(try bytes(run.folder.best) == bytes(whole.folder.best))
            #expect(try bytes("\(folder)/paused.steps") == bytes("\(folder)/whole.steps"))
        }
    }

    @Test func timeThatARunWaitsIsNotCounted() throws {
        try withFolder { folder in
            let run = try started("run", in: folder, options: smallOptions(epochs: 1)), control = TrainingControl()
            var steps = 0
            _ = try run.run(control: control, onStep: { _ in
                steps += 1
                guard steps == 3 else { return }
                control.isPaused = true
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: 1)
                    control.isPaused = false
                }
            })
            #expect(try #require(run.metrics.first).seconds < 0.9)
        }
    }

    @Test func theRateIsMultipliedFromTheNextStepOnAndByAResumedRunToo() throws {
        try withFolder { folder in
            let run = try started("run", in: folder), control = TrainingControl()
            var steps = 0
            let outcome = try run.run(control: control, onStep: { _ in
                steps += 1
                if steps == 4 { control.rateFactor = 0.5 }
                if steps == 9 { control.stop() }
            })
            #expect(outcome == .interrupted)
            #expect(try rates("\(folder)/run.steps") == [Float](repeating: 0.05, count: 4) + [Float](repeating: 0.025, count: 5))
            let rest = try smallRun(try run.folder.options(), in: run.folder), later = TrainingControl()
            try rest.resume()
            rest.stepLog = try StepLog(path: "\(folder)/run.steps", keepingSteps: rest.position.steps)
            #expect(try rest.run(control: later) == .finished)
            #expect(later.rateFactor == 0.5)
            #expect(try rates("\(folder)/run.steps").dropFirst(4).allSatisfy { $0 == 0.025 })
            #expect(rest.metrics.last?.rate == 0.025)
        }
    }

    @Test func aRunThatIsStoppedGoesOnToTheSameBits() throws {
        try withFolder { folder in
            let whole = try started("whole", in: folder)
            _ = try whole.run()
            let run = try started("run", in: folder), control = TrainingControl()
            var steps = 0
            // A wait that is ended by a stop.
            let outcome = try run.run(control: control, onStep: { _ in
                steps += 1
                guard steps == 12 else { return }
                control.isPaused = true
                control.stop()
            })
            #expect(outcome == .interrupted && steps == 12)
            let rest = try smallRun(try run.folder.options(), in: run.folder)
            try rest.resume()
            rest.stepLog = try StepLog(path: "\(folder)/run.steps", keepingSteps: rest.position.steps)
            #expect(try rest.run() == .finished)
            #expect(try bytes(rest.folder.last) == bytes(whole.folder.last))
            #expect(try bytes("\(folder)/run.steps") == bytes("\(folder)/whole.steps"))
        }
    }

    @Test func aFactorThatNobodyWantsIsNoCheckpoint() throws {
        try withFolder { folder in
            let run = try started("run", in: folder, options: smallOptions(epochs: 1))
            _ = try run.run()
            var checkpoint = try Checkpoint(contentsOf: run.folder.last)
            for factor in [-1, 1e7] {
                checkpoint.position.rateFactor = factor
                try checkpoint.write(to: "\(folder)/wrong.safetensors")
                #expect(throws: FormatError.self) { try Checkpoint(contentsOf: "\(folder)/wrong.safetensors") }
            }
        }
    }
}
