import Foundation
import Striate
import Testing

/// Training that is killed, runs out of disk, or finds its files damaged: nothing that was saved is lost, and what goes on ends with the same
/// bits as what was never stopped.
@Suite(.serialized) struct KillTests {
    private static let training = [
        "train", "lenet5", "--data", "digits", "--limit", "4096", "--epochs", "12", "--activation", "relu", "--rate", "0.05", "--schedule", "cosine",
        "--keep", "2", "--monitor", "loss", "--quiet",
    ]

    private func expectTheSameRun(_ one: String, _ other: String, in folder: String) throws {
        func files(_ run: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(run)").filter { !$0.hasPrefix("events.") }.sorted()
        }
        let names = try files(one)
        #expect(try files(other) == names)
        for name in names where name.hasSuffix(".safetensors") || name == "config.json" || name == "recipe.yaml" {
            #expect(FileManager.default.contentsEqual(atPath: "\(folder)/\(one)/\(name)", andPath: "\(folder)/\(other)/\(name)"), "\(name)")
        }
        for name in ["metrics.jsonl", "metrics.csv"] {
            #expect(try withoutTimes(name, one, in: folder) == withoutTimes(name, other, in: folder), "\(name)")
        }
    }

    /// Lines of numbers, without speeds and seconds.
    private func withoutTimes(_ name: String, _ run: String, in folder: String) throws -> [[Substring]] {
        try String(contentsOfFile: "\(folder)/\(run)/\(name)", encoding: .utf8).split(separator: "\n").map { line in
            line.split(separator: ",").prefix(5).map { $0 }
        }
    }

    @Test func aRunThatIsKilledAgainAndAgainEndsWithTheSameBits() throws {
        try withFolder { folder in
            let whole = try Tool.run(Self.training + ["--run", "whole"], in: folder)
            #expect(whole.status == 0, "\(whole.errors)")
            func epochs() -> Int {
                (try? String(contentsOfFile: folder + "/parts/metrics.jsonl", encoding: .utf8))?.split(separator: "\n").count ?? 0
            }
            var generator = SeededGenerator(seed: 1, path: "kills"), kills = 0
            for _ in 0..<6 {
                let hasBegun = FileManager.default.fileExists(atPath: folder + "/parts/config.json"), before = epochs()
                let delay = UInt32(generator.below(250_000))
                let result = try Tool.run(
                    hasBegun ? ["train", "--resume", "parts", "--quiet"] : Self.training + ["--run", "parts"], in: folder
                ) { process in
                    // Making the pictures takes longer than learning from them: the time counts from the first epoch on.
                    let deadline = Date.now + 120
                    while process.isRunning, Date.now < deadline, epochs() == before { usleep(500) }
                    usleep(delay)
                    kill(process.processIdentifier, SIGKILL)
                }
                if result.status == 0 { break }
                #expect(result.status == SIGKILL, "\(result.errors)")
                kills += 1
            }
            #expect(kills > 1)
            let last = try Tool.run("train", "--resume", "parts", "--quiet", in: folder)
            #expect(last.status == 0, "\(last.errors)")
            try expectTheSameRun("whole", "parts", in: folder)
        }
    }

    @Test func aKillWhileACheckpointIsWrittenLosesNothing() throws {
        try withFolder { folder in
            let whole = try Tool.run(Self.training + ["--run", "whole"], in: folder)
            #expect(whole.status == 0, "\(whole.errors)")
            // As soon as an unfinished file is seen.
            var kills = 0
            for _ in 0..<4 {
                let hasBegun = FileManager.default.fileExists(atPath: folder + "/parts/last.safetensors")
                if !hasBegun { try? FileManager.default.removeItem(atPath: folder + "/parts") }
                let result = try Tool.run(
                    hasBegun ? ["train", "--resume", "parts", "--quiet"] : Self.training + ["--run", "parts"], in: folder
                ) { process in
                    let deadline = Date.now + 60
                    while process.isRunning, Date.now < deadline {
                        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/parts")) ?? []
                        let isWriting = names.contains { $0.hasPrefix(AtomicFile.temporaryPrefix) }
                        if isWriting, names.contains("metrics.jsonl") { break }
                    }
                    kill(process.processIdentifier, SIGKILL)
                }
                if result.status == SIGKILL { kills += 1 }
            }
            #expect(kills > 0)
            let last = try Tool.run("train", "--resume", "parts", "--quiet", in: folder)
            #expect(last.status == 0, "\(last.errors)")
            try expectTheSameRun("whole", "parts", in: folder)
        }
    }

    @Test func aFullDiskEndsARunThatGoesOnLater() throws {
        try withFolder { folder in
            let short = Array(Self.training.map { $0 == "12" ? "3" : $0 })
            for run in ["whole", "parts"] {
                #expect(try Tool.run(short + ["--run", run, "--schedule", "constant"], in: folder).status == 0)
            }
            #expect(try Tool.run("train", "--resume", "whole", "--epochs", "12", "--quiet", in: folder).status == 0)

            let checkpoint = try Data(contentsOf: URL(fileURLWithPath: folder + "/parts/last.safetensors"))
            // Room for a model, not for a checkpoint.
            let full = try Tool.run(["train", "--resume", "parts", "--epochs", "12", "--quiet"], fileLimit: 300, in: folder)
            #expect(full.status == 1)
            #expect(full.errorLines.count == 1 && full.errors.contains("last.safetensors"), "\(full.errors)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/parts/last.safetensors")) == checkpoint)
            #expect(try Tool.run("summary", "parts", in: folder).status == 0)

            let later = try Tool.run("train", "--resume", "parts", "--quiet", in: folder)
            #expect(later.status == 0, "\(later.errors)")
            try expectTheSameRun("whole", "parts", in: folder)
        }
    }

    @Test func aBrokenCheckpointIsToldAndTheOneBeforeItTakesItsPlace() throws {
        try withFolder { folder in
            #expect(try Tool.run(Self.training + ["--run", "whole"], in: folder).status == 0)
            #expect(try Tool.run(Self.training + ["--run", "parts"], in: folder).status == 0)
            let last = URL(fileURLWithPath: folder + "/parts/last.safetensors")
            let best = try Data(contentsOf: URL(fileURLWithPath: folder + "/parts/best.safetensors"))
            try Data(try Data(contentsOf: last).dropLast(1000)).write(to: last)
            let resumed = try Tool.run("train", "--resume", "parts", "--quiet", in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(resumed.errorLines.count == 1 && resumed.errors.contains("last.safetensors"), "\(resumed.errors)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/parts/best.safetensors")) == best)
            try FileManager.default.removeItem(atPath: folder + "/parts/unreadable.safetensors")
            try expectTheSameRun("whole", "parts", in: folder)
        }
    }
}
