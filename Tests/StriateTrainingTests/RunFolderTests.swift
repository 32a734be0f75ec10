import Foundation
import StriateFormats
import StriateGraph
import StriateTraining
import Testing

@Suite struct RunFolderTests {
    private func metrics(_ epoch: Int) -> EpochMetrics {
        EpochMetrics(
            epoch: epoch, trainLoss: 0.1 + 0.2, trainAccuracy: 1 / 3, validationLoss: nil, validationAccuracy: 0.5, imagesPerSecond: 1234.5,
            seconds: 0.25)
    }

    @Test func defaultNamesCountUp() throws {
        try withFolder { folder in
            for number in 1...3 {
                let run = try RunFolder(for: "lenet5", in: "\(folder)/deep/runs", options: smallOptions())
                #expect(run.path == "\(folder)/deep/runs/lenet5-\(number)")
            }
        }
    }

    @Test func runsThatBeginAtOnceGetFoldersOfTheirOwn() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("striate-tests-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let paths = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try RunFolder(for: "n", in: folder, options: smallOptions()).path } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(paths).count == 16)
    }

    @Test func aFolderThatHoldsSomethingIsRefused() throws {
        try withFolder { folder in
            _ = try RunFolder(creating: "\(folder)/run/", options: smallOptions())
            let error = #expect(throws: FormatError.self) { try RunFolder(creating: "\(folder)/run", options: smallOptions()) }
            #expect(try #require(error).description.contains("--resume \(folder)/run"))
        }
    }

    @Test func anEmptyFolderWillDo() throws {
        try withFolder { folder in #expect(throws: Never.self) { try RunFolder(creating: folder, options: smallOptions()) } }
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        try withFolder { folder in
            try AtomicFile.write("", to: "\(folder)/file")
            for path in ["\(folder)/file/run", "\(folder)/file", "/proc/striate/run"] {
                let error = #expect(throws: FormatError.self) { try RunFolder(creating: path, options: smallOptions()) }
                #expect(try !#require(error).description.contains("\n"))
            }
        }
    }

    @Test func onlyAFolderWithARunIsOpened() throws {
        try withFolder { folder in
            #expect(throws: FormatError.self) { try RunFolder(opening: folder) }
            #expect(throws: FormatError.self) { try RunFolder(opening: "\(folder)/none") }
        }
    }

    @Test func whatAKilledProcessLeftIsRemoved() throws {
        try withFolder { folder in
            _ = try RunFolder(creating: "\(folder)/run", options: smallOptions())
            try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/run/\(AtomicFile.temporaryPrefix)x"))
            _ = try RunFolder(opening: "\(folder)/run")
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run")
            #expect(names == ["config.json"])
        }
    }

    @Test func lookingAtARunUnderWayTouchesNothing() throws {
        try withFolder { folder in
            _ = try RunFolder(creating: "\(folder)/run", options: smallOptions())
            let unfinished = "\(folder)/run/\(AtomicFile.temporaryPrefix)x"
            try Data([1]).write(to: URL(fileURLWithPath: unfinished))
            _ = try RunFolder(reading: "\(folder)/run/")
            #expect(FileManager.default.fileExists(atPath: unfinished))
            #expect(throws: FormatError.self) { try RunFolder(reading: folder) }
        }
    }

    @Test func metricsAreLinesWithTheAgreedFieldsInFull() throws {
        try withFolder { folder in
            let run = try RunFolder(creating: "\(folder)/run", options: smallOptions())
            for epoch in 1...2 { try run.append(metrics(epoch)) }
            #expect(run.allMetrics() == [metrics(1), metrics(2)])
            let line = String(decoding: try bytes(run.metrics), as: UTF8.self).prefix { $0 != "\n" }
            let expected =
                #"{"epoch":1,"train_loss":0.30000000000000004,"train_accuracy":0.3333333333333333,"val_loss":null,"#
                + #""val_accuracy":0.5,"images_per_second":1234.5,"seconds":0.2500}"#
            #expect(line == expected)
        }
    }

    @Test func metricsBeyondTheCheckpointAreCutOff() throws {
        try withFolder { folder in
            let run = try RunFolder(creating: "\(folder)/run", options: smallOptions())
            for epoch in 1...3 { try run.append(metrics(epoch)) }
            let whole = try bytes(run.metrics)
            try Data(whole.dropLast(10)).write(to: URL(fileURLWithPath: run.metrics))
            try run.keepMetrics(ofFirst: 3)
            #expect(run.allMetrics() == [metrics(1), metrics(2)], "half a line is none")
            try run.keepMetrics(ofFirst: 1)
            #expect(run.allMetrics() == [metrics(1)])
            let left = try bytes(run.metrics)
            #expect(left == Array(whole.prefix(left.count)), "what stays, stays byte for byte")
        }
    }
}

@Suite struct CheckpointTests {
    private var checkpoint: Checkpoint {
        var state = Weights()
        state["w"] = Tensor([2], [0.1, -0.0])
        state["optimizer.momentum.w"] = Tensor([2], [.leastNonzeroMagnitude, 3])
        var position = Checkpoint.Position()
        position.epoch = 3
        position.steps = 3007
        position.totals.images = 56
        position.totals.steps = 7
        position.totals.correct = 17
        position.totals.lossSum = 0.1 + 0.2
        position.seconds = 1 / 3
        position.best = .init(epoch: 2, accuracy: 2 / 3)
        return Checkpoint(model: smallModel, state: state, position: position, data: "50 images", precision: .bfloat16)
    }

    @Test func aCheckpointIsReadBackToTheBit() throws {
        try withFolder { folder in
            try checkpoint.write(to: "\(folder)/last")
            #expect(try Checkpoint(contentsOf: "\(folder)/last") == checkpoint)
            let model = try ModelFile.read("\(folder)/last")
            #expect(model.weights.paths == ["w"], "it is a model file as well")
        }
    }

    @Test func aCheckpointThatDoesNotSayIsOfSingleFloats() throws {
        try withFolder { folder in
            try checkpoint.write(to: "\(folder)/last")
            var contents = try Safetensors(contentsOf: "\(folder)/last")
            contents.metadata["striate.precision"] = nil
            try contents.write(to: "\(folder)/last")
            #expect(try Checkpoint(contentsOf: "\(folder)/last").precision == .float32)
            contents.metadata["striate.precision"] = "fp8"
            try contents.write(to: "\(folder)/last")
            let error = #expect(throws: FormatError.self) { try Checkpoint(contentsOf: "\(folder)/last") }
            #expect(try #require(error).description.contains("striate.precision"))
        }
    }

    @Test func aModelIsNoCheckpoint() throws {
        try withFolder { folder in
            try ModelFile(smallModel, weights: Weights()).write(to: "\(folder)/m")
            let error = #expect(throws: FormatError.self) { try Checkpoint(contentsOf: "\(folder)/m") }
            #expect(try #require(error).description.contains("not a checkpoint"))
        }
    }

    @Test(arguments: [
        ("\"epoch\":3", "\"epoch\":-3"), ("\"steps\":3007", "\"steps\":9223372036854775807"), ("\"correct\":17", "\"correct\":57"),
        ("\"images\":56", "\"images\":1"), ("\"steps\":7", "\"steps\":[]"),
    ])
    func aDamagedPositionIsRefused(old: String, new: String) throws {
        try withFolder { folder in
            try checkpoint.write(to: "\(folder)/last")
            var contents = try Safetensors(contentsOf: "\(folder)/last")
            let text = try #require(contents.metadata["striate.position"])
            #expect(text.contains(old), "\(text)")
            contents.metadata["striate.position"] = text.replacingOccurrences(of: old, with: new)
            try contents.write(to: "\(folder)/last")
            let error = #expect(throws: FormatError.self) { try Checkpoint(contentsOf: "\(folder)/last") }
            #expect(try #require(error).description.contains("striate.position"))
        }
    }
}
