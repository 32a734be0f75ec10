import Foundation
import Striate
import Testing

/// Training, testing and using a model through the program, on made-up digits.
@Suite(.serialized) struct TrainTests {
    private static let short = ["--data", "digits", "--limit", "512", "--epochs", "2", "--activation", "relu", "--rate", "0.05"]

    private func train(_ run: String, _ more: String..., in folder: String) throws -> Tool.Result {
        try Tool.run(["train", "lenet5"] + Self.short + ["--run", run] + more, in: folder)
    }

    @Test func aRunLeavesAModelThatAllVerbsUnderstand() throws {
        try withFolder { folder in
            let trained = try train("run", "--json", "--log-steps", "steps.jsonl", in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let epochs = try trained.jsonLines()
            #expect(epochs.map { $0["epoch"] as? Int } == [1, 2])
            for key in ["train_loss", "train_accuracy", "val_loss", "val_accuracy", "images_per_second", "seconds"] {
                #expect(epochs.allSatisfy { $0[key] is Double }, "\(key)")
            }
            let files = Set(try FileManager.default.contentsOfDirectory(atPath: folder + "/run")).filter { !$0.hasPrefix("events.out.tfevents.") }
            #expect(files == [
                "config.json", "recipe.yaml", "metrics.jsonl", "metrics.csv", "last.safetensors", "previous.safetensors", "best.safetensors",
                "curves.svg", "rate.svg", "confusion.svg", "classes.svg", "calibration.svg", "samples.svg", "mistakes.svg", "report.html",
            ])
            let page = try String(contentsOfFile: folder + "/run/report.html", encoding: .utf8)
            #expect(page.contains("<h1>lenet5 on digits</h1>") && page.components(separatedBy: "<figure>").count == 8)
            let steps = try String(contentsOfFile: folder + "/steps.jsonl", encoding: .utf8).split(separator: "\n")
            #expect(steps.count == 16)

            let tested = try Tool.run("evaluate", "run", "--data", "digits", "--json", "--report", "test.html", in: folder).json()
            let test = try String(contentsOfFile: folder + "/test.html", encoding: .utf8)
            #expect(test.contains("<h1>run on digits</h1>") && test.components(separatedBy: "<figure>").count == 6)
            #expect(tested["samples"] as? Int == 10_000)
            let best = epochs.compactMap { $0["val_accuracy"] as? Double }.max() ?? 0
            #expect(abs((tested["accuracy"] as? Double ?? 0) - best) < 1e-9)
            let confusion = try #require(tested["confusion"] as? [[Int]])
            #expect(confusion.flatMap { $0 }.reduce(0, +) == 10_000)
            let right = (0..<10).reduce(0) { $0 + confusion[$1][$1] }
            #expect(tested["errors"] as? Int == 10_000 - right)
            #expect((tested["top5"] as? Double ?? 0) >= Double(right) / 10_000)
            #expect(tested["loss"] is Double)

            let summary = try Tool.run("summary", "run/best.safetensors", "--json", in: folder).json()
            #expect(summary["parameters"] as? Int == 61_706)
            #expect((summary["options"] as? [String: String])?["activation"] == "relu")

            let refused = try Tool.run("evaluate", "run", "--data", "digits", "--activation", "tanh", in: folder)
            #expect(refused.status == 2 && refused.errors.contains("--activation"))
        }
    }

    @Test func aPipeGetsALineForEachEpochAndTheResult() throws {
        try withFolder { folder in
            let result = try train("run", in: folder)
            let lines = result.output.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines.first?.hasPrefix("epoch 1/2  loss ") == true)
            #expect(lines.last?.hasPrefix("test accuracy ") == true && lines.last?.hasSuffix("model: run/best.safetensors") == true)
            #expect(!result.output.contains("\u{1B}") && !result.errors.contains("\u{1B}"))

            let again = try train("run", in: folder)
            #expect(again.status == 1 && again.errors.contains("--resume run"))

            let quiet = try train("quiet", "--quiet", in: folder)
            #expect(quiet.output.split(separator: "\n").count == 1 && quiet.errors.isEmpty)
        }
    }

    @Test func anInterruptedRunExitsWith130AndGoesOnToTheSameBits() throws {
        try withFolder { folder in
            let long = ["train", "lenet5", "--data", "digits", "--limit", "8192", "--epochs", "16", "--json"]
            let whole = try Tool.run(long + ["--run", "whole"], in: folder)
            #expect(whole.status == 0, "\(whole.errors)")
            let stopped = try Tool.run(long + ["--run", "parts"], in: folder) { process in
                let metrics = folder + "/parts/metrics.jsonl"
                let deadline = Date.now + 120
                while process.isRunning, Date.now < deadline,
                    ((try? FileManager.default.attributesOfItem(atPath: metrics)[.size] as? Int) ?? 0) == 0
                { usleep(2000) }
                process.interrupt()
            }
            #expect(stopped.status == 130, "\(stopped.errors)")
            #expect(stopped.errors.contains("--resume parts"))
            let resumed = try Tool.run("train", "--resume", "parts", "--json", in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            for name in ["best.safetensors", "last.safetensors"] {
                #expect(
                    FileManager.default.contentsEqual(atPath: "\(folder)/whole/\(name)", andPath: "\(folder)/parts/\(name)"), "\(name)")
            }
            let changed = try Tool.run("train", "--resume", "parts", "--rate", "0.5", in: folder)
            #expect(changed.status == 2 && changed.errors.contains("--rate"))
        }
    }

    @Test func everyWayOfTrainingIsKeptWithTheRun() throws {
        try withFolder { folder in
            let result = try train(
                "run", "--optimizer", "adamw", "--rate", "0.002", "--schedule", "one-cycle", "--ema", "0.9:warmup", "--clip", "1",
                "--label-smoothing", "0.1", "--accumulate", "2", "--freeze", "conv1", "--freeze", "*.bias", "--head-rate", "2",
                "--class-weights", "balanced", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            for part in ["batch 64×2, adamw, rate 0.002", "weight decay 0.01", "schedule one-cycle", "clip norm:1.0", "freeze conv1,*.bias"] {
                #expect(result.errors.contains(part), "\(part) in \(result.errors)")
            }
            let same = try Tool.run("train", "--resume", "run", "--clip", "norm:1.00", "--freeze", "conv1,*.bias", in: folder)
            #expect(same.status == 0, "\(same.errors)")
            let other = try Tool.run("train", "--resume", "run", "--freeze", "conv1", in: folder)
            #expect(other.status == 2 && other.errors.contains("--freeze conv1 differs from what this run began with (conv1,*.bias)"))
            let unknown = try train("none", "--freeze", "layer9", in: folder)
            #expect(unknown.status != 0 && unknown.errors.contains("layer9") && unknown.errors.contains("conv1.weight"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/none"), "nothing is left of a run that never began")
        }
    }

    @Test func namesOfOneLetterAreNamesToo() throws {
        try withFolder { folder in
            let trained = try Tool.run(
                "train", "lenet5", "--data", "digits", "--limit", "64", "--epochs", "1", "--run", "r", "--log-steps", "s", in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            var input = Weights()
            input["x"] = Tensor([1, 1, 32, 32], repeating: 0)
            try Safetensors(input).write(to: folder + "/i")
            let result = try Tool.run("run", "r", "--input", "i", "--output", "o", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            #expect(FileManager.default.fileExists(atPath: folder + "/o"))
        }
    }

    @Test func aFolderOfPicturesIsData() throws {
        try withFolder { folder in
            func save(_ level: Int, _ path: String) throws {
                let url = URL(fileURLWithPath: folder + "/data/" + path)
                try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                let picture = Picture(shape: [1, 20 + level % 3, 24], pixels: Array(repeating: UInt8(level), count: (20 + level % 3) * 24))
                try Data(PNG.encode(picture)).write(to: url)
            }
            for file in 0..<12 {
                for (name, level) in [("dark", 10), ("grey", 120), ("light", 240)] { try save(level + file, "train/\(name)/\(file).png") }
                try save(240 + file, "test/light/\(file).png")
            }
            try Data("notes".utf8).write(to: URL(fileURLWithPath: folder + "/data/train/grey/notes.txt"))
            let trained = try Tool.run(
                "train", "lenet5", "--data", "data", "--activation", "relu", "--epochs", "20", "--batch", "4", "--rate", "0.05", "--run", "run", in: folder)
            #expect(trained.status == 0 && trained.errors.contains("skipped: data/train/grey/notes.txt: is no picture"), "\(trained.errors)")
            let info = try Tool.run("data", "info", "data", "--json", in: folder).json()
            #expect(info["classes"] as? [String] == ["dark", "grey", "light"] && info["train"] as? Int == 36 && info["test"] as? Int == 12)
            // The test folder alone lacks two classes; the third is still the third.
            for data in ["data", "data/test"] {
                let result = try Tool.run("evaluate", "run", "--data", data, "--json", in: folder).json()
                let confusion = try #require(result["confusion"] as? [[Int]])
                #expect(confusion.map { $0.reduce(0, +) }.prefix(2) == [0, 0] && confusion[2][2] > 0, "\(data): \(confusion)")
            }
        }
    }

    @Test func aLossThatIsNotANumberEndsTheRun() throws {
        try withFolder { folder in
            let result = try train("run", "--rate", "1e30", "--quiet", in: folder)
            #expect(result.status == 1)
            #expect(result.errorLines.count == 1 && result.errors.contains("loss"))
            #expect(result.errors.contains("lower rate"))
        }
    }
}
