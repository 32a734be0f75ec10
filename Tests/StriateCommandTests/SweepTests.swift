import Foundation
import Testing

/// `striate sweep` and `train --lr-find`.
@Suite(.serialized) struct SweepTests {
    private static let recipe = "network: lenet5\ndata: digits\nactivation: relu\nlimit: 256\nepochs: 3\nschedule: cosine\n"

    private func sweep(_ arguments: String..., in folder: String) throws -> Tool.Result {
        try Data(Self.recipe.utf8).write(to: URL(fileURLWithPath: folder + "/mine.yaml"))
        return try Tool.run(["sweep", "--json", "--quiet"] + arguments, in: folder)
    }

    private func trials(_ result: Tool.Result) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]], "\(result.errors)")
    }

    @Test func aGridTriesEveryCombinationAndTellsTheBestFirst() throws {
        try withFolder { folder in
            let result = try sweep("--recipe", "mine.yaml", "--vary", "rate=0.001,0.05", "--vary", "momentum=0,0.9", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let trials = try trials(result)
            #expect(trials.count == 4 && Set(trials.compactMap { $0["trial"] as? Int }) == [1, 2, 3, 4])
            let accuracies = trials.compactMap { $0["accuracy"] as? Double }
            #expect(accuracies == accuracies.sorted(by: >))
            #expect(trials.allSatisfy { $0["epochs"] as? Int == 3 })
            let table = try String(contentsOfFile: folder + "/sweeps/mine-1/sweep.csv", encoding: .utf8).split(separator: "\n")
            #expect(table.count == 5 && table[0].hasPrefix("trial,rate,momentum,epochs,accuracy"))

            // A finished trial is not done again.
            let before = try FileManager.default.attributesOfItem(atPath: folder + "/sweeps/mine-1/001/last.safetensors")[.modificationDate] as? Date
            let again = try Tool.run("sweep", "--resume", "sweeps/mine-1", "--json", "--quiet", in: folder)
            #expect(again.status == 0 && again.output == result.output, "\(again.errors)")
            let after = try FileManager.default.attributesOfItem(atPath: folder + "/sweeps/mine-1/001/last.safetensors")[.modificationDate] as? Date
            #expect(before == after)
        }
    }

    @Test func halvingLetsTheBestThirdGoOnAsIfItHadNeverPaused() throws {
        try withFolder { folder in
            let result = try sweep(
                "--recipe", "mine.yaml", "--vary", "rate=1e-3:1e-1:log", "--method", "halving", "--trials", "3", "--sweep", "s", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let trials = try trials(result)
            #expect(trials.compactMap { $0["epochs"] as? Int } == [3, 1, 1])
            let best = try #require(trials[0]["run"] as? String)
            let whole = try Tool.run("train", "--recipe", "\(best)/recipe.yaml", "--run", "whole", "--quiet", in: folder)
            #expect(whole.status == 0, "\(whole.errors)")
            #expect(FileManager.default.contentsEqual(atPath: "\(folder)/whole/last.safetensors", andPath: "\(folder)/\(best)/last.safetensors"))
        }
    }

    @Test func aTrialThatDivergesIsTheLast() throws {
        try withFolder { folder in
            let result = try sweep("--recipe", "mine.yaml", "--vary", "rate=1e30,0.05", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let trials = try trials(result)
            #expect(trials[0]["trial"] as? Int == 2 && (trials[1]["failure"] as? String)?.contains("diverged") == true)
        }
    }

    @Test(arguments: [
        (["--vary", "rat=1,2"], "did you mean rate"), (["--vary", "rate"], "NAME=VALUE"), (["--vary", "rate=fast,slow"], "rate: "),
        (["--vary", "rate=0.1:0.2"], "--method random"), (["--vary", "rate=2:1"], "LOW:HIGH"), ([], "sweep needs"),
    ])
    func aMistakeIsToldBeforeTheFirstTrial(arguments: [String], expected: String) throws {
        try withFolder { folder in
            try Data(Self.recipe.utf8).write(to: URL(fileURLWithPath: folder + "/mine.yaml"))
            let result = try Tool.run(["sweep", "--recipe", "mine.yaml"] + arguments, in: folder)
            #expect(result.status == 2 && result.errors.contains(expected), "\(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/sweeps"))
        }
    }

    @Test func aRateIsSuggestedWithAPictureAndNothingIsTrained() throws {
        try withFolder { folder in
            let result = try Tool.run(
                "train", "lenet5", "--data", "digits", "--activation", "relu", "--limit", "2048", "--lr-find", "--json", "--run", "find", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let found = try result.json(), suggestion = try #require(found["suggestion"] as? Double)
            #expect((1e-4...1).contains(suggestion))
            let rates = try #require(found["points"] as? [[String: Double]]).compactMap { $0["rate"] }
            #expect(rates.count > 50 && abs(rates[0] - 1e-7) < 1e-12 && rates == rates.sorted())
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/find").sorted()
            #expect(files == ["config.json", "lr-find.csv", "lr-find.svg", "recipe.yaml"])
        }
    }
}
