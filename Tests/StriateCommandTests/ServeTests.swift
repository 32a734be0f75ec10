import Foundation
import Striate
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite struct ServeTests {
    /// `striate serve` on a free port, and where it says that it listens.
    private func start(_ arguments: String..., environment: [String: String] = [:]) throws -> (process: Process, address: String) {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Tool.path, "the program striate was not built beside the tests"))
        process.arguments = ["serve"] + arguments + ["--port", "0", "--json"]
        process.environment = ProcessInfo.processInfo.environment.merging(["TERM": "dumb"]) { $1 }.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = try #require(try JSONSerialization.jsonObject(with: output.fileHandleForReading.availableData) as? [String: Any])
        return (process, try #require(line["address"] as? String))
    }

    private func answer(_ address: String, body: Data? = nil, token: String? = nil) async throws -> (status: Int, json: [String: Any]) {
        var request = URLRequest(url: try #require(URL(string: address)))
        if let body {
            request.httpMethod = "POST"
            request.httpBody = body
            request.setValue("image/png", forHTTPHeaderField: "Content-Type")
        }
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:])
    }

    @Test(arguments: [SIGTERM, SIGINT]) func itAnswersAsPredictDoesAndEndsWhenTold(signal: Int32) async throws {
        let digit = Data(try PNG.encode(DataSet.load(.test, of: "digits")[3]))
        let said = try Tool.run("predict", "lenet5", "-", "--json", input: digit).json()["predictions"] as? [[String: Any]]
        let (process, address) = try start("lenet5")
        defer { process.terminate() }
        let (status, json) = try await answer(address + "v1/predict", body: digit)
        let served = (json["images"] as? [[String: Any]])?.first?["predictions"] as? [[String: Any]]
        #expect(status == 200 && served?.count == 3)
        #expect(served?.map { $0["class"] as? String } == said?.map { $0["class"] as? String })
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }

    @Test func theTokenMayComeFromTheEnvironment() async throws {
        let (process, address) = try start("lenet5", environment: ["STRIATE_TOKEN": "s3cret"])
        defer { process.terminate() }
        #expect(try await answer(address + "v1/model").status == 401)
        #expect(try await answer(address + "v1/model", token: "s3cret").status == 200)
    }

    @Test func picturesOfARunAreThoseThatItDidNotLearnFrom() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/striate-serve-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for file in 0..<20 {
            let name = file % 2 == 0 ? "dark" : "light"
            try FileManager.default.createDirectory(atPath: "\(folder)/data/\(name)", withIntermediateDirectories: true)
            let pixels = (0..<1024).map { UInt8(($0 * 7 + file * 13) % 90 + (file % 2) * 150) }
            try Data(PNG.encode(Picture(shape: [1, 32, 32], pixels: pixels))).write(to: URL(fileURLWithPath: "\(folder)/data/\(name)/\(file).png"))
        }
        let trained = try Tool.run(
            "train", "lenet5", "--data", "\(folder)/data", "--epochs", "3", "--keep", "3", "--val-share", "0.3", "--run", "r", "--quiet", in: folder)
        #expect(trained.status == 0, "\(trained.errors)")
        let (process, address) = try start("\(folder)/r", "--data", "\(folder)/data")
        defer { process.terminate() }
        let table = try String(contentsOfFile: folder + "/r/split.csv", encoding: .utf8)
        let parts = table.split(separator: "\n").map { $0.split(separator: ",").last.map(String.init) ?? "" }
        let data = try await answer(address + "v1/data").json
        #expect(data["pictures"] as? Int == parts.count { $0 == "test" } && data["training_pictures"] as? Int == parts.count { $0 == "train" })
        #expect((try await answer(address + "v1/saved").json["models"] as? [[String: Any]])?.count == 3)
    }

    @Test func anExportedPageHasPicturesOfEveryClassWhereDataAreNamed() throws {
        try withFolder { folder in
            let exported = try Tool.run("export", "lenet5", "--to", "page.html", "--data", "digits", in: folder)
            #expect(exported.status == 0, "\(exported.errors)")
            let page = try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
            let start = try #require(page.range(of: #"id="model">"#)).upperBound
            let text = page[start..<(try #require(page.range(of: "</script>", range: start..<page.endIndex))).lowerBound]
            let graph = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let samples = try #require(graph["samples"] as? [[String: Any]])
            #expect(Set(samples.compactMap { $0["class"] as? String }).count == 10 && samples.count <= 120)
            #expect(samples.allSatisfy { Data(base64Encoded: $0["pixels"] as? String ?? "")?.count == 1024 })
            #expect((graph["facts"] as? [String])?.first?.contains("of digits right") == true)
            let other = try Tool.run("export", "lenet5", "--to", "m.onnx", "--data", "digits", in: folder)
            #expect(other.status == 2 && other.errors.contains("--data goes with an .html file"))
        }
    }

    @Test func wrongFlagsAndTakenPortsAreToldInALine() throws {
        for flags in [
            ["--port", "70000"], ["--tls-key", "key.pem"], ["--token", "two words"], ["--batch", "0"], ["--queue", "0"], ["--max-body", "0"],
            ["--data-dir", "/tmp"], ["--cache", "ram"], ["--data", "no-such-data"],
        ] {
            let result = try Tool.run(["serve", "lenet5"] + flags)
            #expect(result.status == 2 && result.errorLines.count <= 2, "\(flags): \(result.errors)")
        }
        let (process, address) = try start("lenet5")
        defer { process.terminate() }
        let port = try #require(URL(string: address)?.port)
        let second = try Tool.run("serve", "lenet5", "--port", String(port))
        #expect(second.status == 1 && second.errorLines.count == 1 && second.errors.contains("--port"), "\(second.errors)")
        #expect(try Tool.run("serve", "no-such-model", "--port", "0").status != 0)
    }
}
