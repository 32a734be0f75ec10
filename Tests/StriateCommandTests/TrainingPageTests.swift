import Foundation
import Striate
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// `train --studio`, as people and their browsers use it.
@Suite struct TrainingPageTests {
    private static let training = ["train", "lenet5", "--data", "digits", "--limit", "2000", "--run", "run", "--quiet"]

    /// Runs a training with its page; `during` has the page's address while it works.
    private func train(_ flags: String..., in folder: String, during: (Process, String) throws -> Void) throws -> Tool.Result {
        try Tool.run(Self.training + flags + ["--studio", "--port", "0"], in: folder) { process in
            let errors = try #require(process.standardError as? FileHandle)
            var address: String?
            for _ in 0..<3000 where address == nil && process.isRunning {
                usleep(10_000)
                // The process writes at the end of the same file.
                var bytes = [UInt8](repeating: 0, count: 4096)
                let text = String(decoding: bytes[..<max(0, pread(errors.fileDescriptor, &bytes, bytes.count, 0))], as: UTF8.self)
                address = text.split(separator: "\n").first { $0.hasPrefix("training at ") }.map { String($0.dropFirst("training at ".count)) }
            }
            try during(process, try #require(address, "it does not say where it listens"))
        }
    }

    private func ask(_ method: String, _ address: String, _ body: String? = nil) throws -> [String: Any] {
        var request = URLRequest(url: try #require(URL(string: address)), timeoutInterval: 20)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        nonisolated(unsafe) var found: Data?
        let end = DispatchSemaphore(value: 0)
        URLSession.shared.dataTask(with: request) { data, _, _ in
            found = data
            end.signal()
        }.resume()
        end.wait()
        return try JSONSerialization.jsonObject(with: found ?? Data("{}".utf8)) as? [String: Any] ?? [:]
    }

    /// Waits for something that the page is told.
    private func wait(_ address: String, _ what: String, until isSo: ([String: Any]) -> Bool) throws {
        for _ in 0..<1500 {
            if isSo(try ask("GET", address + "v1/training")) { return }
            usleep(20_000)
        }
        Issue.record("\(what) does not happen")
    }

    private func epochs(_ told: [String: Any]) -> Int { (told["epochs"] as? [Any])?.count ?? 0 }

    @Test func itIsPausedSlowedStoppedAndResumed() throws {
        try withFolder { folder in
            let result = try train("--epochs", "100000", "--rate", "0.05", in: folder) { _, address in
                try wait(address, "an epoch") { epochs($0) >= 1 }
                #expect(try ask("POST", address + "v1/training/pause")["state"] as? String == "paused")
                usleep(300_000)
                let paused = epochs(try ask("GET", address + "v1/training"))
                usleep(500_000)
                #expect(epochs(try ask("GET", address + "v1/training")) == paused)
                #expect(try ask("POST", address + "v1/training/rate", #"{"factor": 0.5}"#)["rate_factor"] as? Double == 0.5)
                #expect(try ask("POST", address + "v1/training/resume")["state"] as? String == "training")
                try wait(address, "another epoch") { epochs($0) > paused + 1 }
                #expect(try ask("POST", address + "v1/training/stop")["state"] as? String == "stopping")
            }
            #expect(result.status == 0 && result.errors.contains("striate train --resume run"), "\(result.errors)")
            let lines = try String(contentsOfFile: folder + "/run/metrics.jsonl", encoding: .utf8).split(separator: "\n")
            #expect(lines.first?.contains(#""rate":0.05"#) == true && lines.last?.contains(#""rate":0.025"#) == true)
            let later = try Tool.run("train", "--resume", "run", "--epochs", String(lines.count + 1), "--quiet", in: folder)
            #expect(later.status == 0, "\(later.errors)")
        }
    }

    @Test func aKilledTrainingWithItsPageGoesOn() throws {
        try withFolder { folder in
            let killed = try train("--epochs", "100000", in: folder) { process, address in
                try wait(address, "an epoch") { epochs($0) >= 2 }
                // Somebody watches, and goes with it.
                let watcher = URLSession.shared.dataTask(with: try #require(URL(string: address + "v1/training/events")))
                watcher.resume()
                usleep(100_000)
                kill(process.processIdentifier, SIGKILL)
                watcher.cancel()
            }
            #expect(killed.status == SIGKILL)
            let saved = try String(contentsOfFile: folder + "/run/metrics.jsonl", encoding: .utf8).split(separator: "\n").count
            #expect(saved >= 2)
            let later = try Tool.run("train", "--resume", "run", "--epochs", String(saved + 2), "--quiet", in: folder)
            #expect(later.status == 0, "\(later.errors)")
        }
    }

    @Test func aClosedTabAndCtrlCLoseNothing() throws {
        try withFolder { folder in
            let result = try train("--epochs", "100000", in: folder) { process, address in
                let watcher = URLSession.shared.dataTask(with: try #require(URL(string: address + "v1/training/events")))
                watcher.resume()
                try wait(address, "an epoch") { epochs($0) >= 1 }
                watcher.cancel()
                let before = epochs(try ask("GET", address + "v1/training"))
                try wait(address, "another epoch") { epochs($0) > before }
                kill(process.processIdentifier, SIGINT)
            }
            #expect(result.status == 130, "\(result.errors)")
            #expect(FileManager.default.fileExists(atPath: folder + "/run/last.safetensors"))
        }
    }

    @Test func wrongFlagsAndTakenPortsAreToldBeforeAnythingBegins() throws {
        try withFolder { folder in
            for flags in [["--port", "9000"], ["--token", "x"], ["--studio", "--host", "0.0.0.0"], ["--studio", "--lr-find"], ["--studio", "--port", "-1"]] {
                let result = try Tool.run(Self.training + flags, in: folder)
                #expect(result.status == 2 && result.errorLines.count <= 2, "\(flags): \(result.errors)")
            }
            _ = try train("--epochs", "100000", in: folder) { process, address in
                let port = try #require(URL(string: address)?.port)
                let second = try Tool.run("train", "lenet5", "--data", "digits", "--run", "second", "--studio", "--port", String(port), in: folder)
                #expect(second.status == 1 && second.errorLines.count == 1 && second.errors.contains("--port"), "\(second.errors)")
                #expect(!FileManager.default.fileExists(atPath: folder + "/second"))
                kill(process.processIdentifier, SIGKILL)
            }
        }
    }
}
