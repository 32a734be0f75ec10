import Foundation
import Striate
import StriateStudio
import Testing

@Suite struct TrainingStudioTests {
    /// A LeNet-5 that learns 60 digits in three epochs of four steps.
    private func withRun(_ body: (TrainingRun, TracedNetwork) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/striate-studio-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = TrainingOptions(network: "lenet5", data: "digits")
        (options.epochs, options.batch, options.rate) = (3, 16, 0.05)
        let description = try ModelDescription(network: "lenet5"), digits = try DataSet.load(.test, of: "digits").prefix(60)
        let images = PictureLoader(try digits.prepared(for: description.preprocessing))
        let run = try TrainingRun(
            options, description: description, images: images, validation: images, folder: RunFolder(creating: folder + "/run", options: options),
            engine: LaneEngine(threads: 1))
        try await body(run, description.traced())
    }

    private let classes = (0..<10).map(String.init)

    /// Where a stream of events was asked for.
    private func watch(_ server: TestServer) throws -> LoopbackConnection {
        let connection = try LoopbackConnection(port: server.port)
        connection.send(TestServer.bytes("GET", "/v1/training/events"))
        return connection
    }

    @Test func whatARunComesToIsThereSectionBySection() async throws {
        try await withRun { (run, network) async throws in
            try await TestServer.runTraining { (server, studio) async throws in
                let feed = TrainingFeed(run, of: network, classes: classes, judge: "test", to: studio)
                let before = try await server.get("/v1/training").json()
                #expect((before["run"] as? [String: Any])?["network"] as? String == "lenet5")
                #expect(before["progress"] == nil && (before["epochs"] as? [Any])?.isEmpty == true)
                let outcome = try run.run(control: studio.control, onStep: { feed.add($0) }, onEpoch: { feed.add($0) })
                feed.end(outcome)
                let document = try await server.get("/openapi.json").json(), after = try await server.get("/v1/training").json()
                let schema = Schema(document: document)
                #expect(schema.faults(in: after, ["$ref": "#/components/schemas/Training"]) == [])
                #expect((after["state"] as? [String: Any])?["state"] as? String == "finished")
                let epochs = try #require(after["epochs"] as? [[String: Any]])
                #expect(epochs.count == 3)
                for (told, epoch) in zip(epochs, run.metrics) { #expect(abs((told["train_loss"] as? Double ?? .nan) - epoch.trainLoss) < 1e-12) }
                let progress = try #require(after["progress"] as? [String: Any]), losses = try #require(progress["losses"] as? [Double])
                #expect(losses.count == 12 && progress["epoch"] as? Int == 3 && progress["images"] as? Int == 60)
                // The points are the steps' own losses: their mean, by images, is the epoch's.
                let sizes = [16.0, 16, 16, 12], last = zip(losses.suffix(4), sizes).reduce(0) { $0 + $1.0 * $1.1 } / 60
                #expect(abs(last - run.metrics[2].trainLoss) < 1e-5)
                let filters = try #require(after["filters"] as? [String: Any]), png = try #require(Data(base64Encoded: filters["png"] as? String ?? ""))
                let picture = try PNG.decode(Array(png), file: "filters")
                #expect(filters["name"] as? String == "conv1.weight" && picture.shape[2] == filters["width"] as? Int)
                let mistakes = try #require((after["mistakes"] as? [String: Any])?["mistakes"] as? [[String: Any]])
                #expect(mistakes.count == min(24, run.details?.mistakes.count ?? -1))
            }
        }
    }

    @Test func whoWatchesIsToldAtOnceAndOfTheEnd() async throws {
        try await withRun { (run, network) async throws in
            try await TestServer.runTraining { (server, studio) async throws in
                let feed = TrainingFeed(run, of: network, classes: classes, to: studio), early = try watch(server)
                let first = try await onThread { [early = SendableBox(early)] in early.value.text(until: "event: filters\ndata: {") }
                #expect(first?.contains("event: run\ndata: {") == true && first?.contains(#""state":"training""#) == true)
                feed.end(try run.run(control: studio.control, onStep: { feed.add($0) }, onEpoch: { feed.add($0) }))
                await server.stop()
                let rest = try await onThread { [early = SendableBox(early)] in (early.value.text(until: #""state":"finished""#), early.value.text(until: "\r\n0\r\n\r\n"), early.value.isClosed()) }
                #expect(rest.0 != nil && rest.1 != nil && rest.2)
            }
        }
    }

    @Test func wishesReachTheRun() async throws {
        try await TestServer.runTraining { (server, studio) async throws in
            func ask(_ what: String, _ body: String = "") async throws -> (status: Int, json: [String: Any]) {
                let reply = try await server.post("/v1/training/\(what)", type: body.isEmpty ? nil : "application/json", Array(body.utf8))
                return (reply.status, try reply.json())
            }
            #expect(try await ask("pause").json["state"] as? String == "paused" && studio.control.isPaused)
            #expect(try await ask("rate", #"{"factor": 0.25}"#).json["rate_factor"] as? Double == 0.25 && studio.control.rateFactor == 0.25)
            #expect(try await ask("resume").json["state"] as? String == "training" && !studio.control.isPaused)
            for wrong in ["", "{}", "[]", #"{"factor": -1}"#, #"{"factor": 1e9}"#, #"{"factor": "2"}"#, #"{"factor": NaN}"#, String(repeating: "1", count: 2000)] {
                let (status, json) = try await ask("rate", wrong)
                #expect(status == (wrong.count > 1024 ? 413 : 400) && json["error"] != nil, "\(wrong.prefix(20))")
            }
            #expect(studio.control.rateFactor == 0.25)
            #expect(try await ask("stop").json["state"] as? String == "stopping" && studio.control.isStopped)
        }
    }

    @Test func theDocumentNamesWhatIsServedAndNothingElse() async throws {
        try await TestServer.runTraining { (server, _) async throws in
            let document = try await server.get("/openapi.json").json(), paths = try #require(document["paths"] as? [String: [String: Any]])
            #expect(Set(paths.keys) == [
                "/v1/training", "/v1/training/events", "/v1/training/pause", "/v1/training/resume", "/v1/training/stop", "/v1/training/rate", "/healthz",
                "/openapi.json",
            ])
            for (path, methods) in paths { #expect(try await server.request("DELETE", path).status == 405, "\(path): \(methods.keys)") }
            for file in PageFile.training.dropFirst() { #expect(try await server.get("/\(file.name)").body == file.bytes) }
            #expect(try await server.get("/").body == PageFile.training[0].bytes)
        }
    }

    @Test func pagesOfOthersAndHoldersOfNoTokenAreRefused() async throws {
        try await TestServer.runTraining { (server, studio) async throws in
            let reply = try await server.request("POST", "/v1/training/stop", fields: ["Origin: https://example.org"])
            #expect(reply.status == 403 && !studio.control.isStopped)
        }
        try await TestServer.runTraining(options: { $0.token = "s3cret" }) { (server, studio) async throws in
            #expect(try await server.request("POST", "/v1/training/stop").status == 401 && !studio.control.isStopped)
            #expect(try await server.get("/v1/training/events").status == 401)
            #expect(try await server.get("/").status == 200)
            #expect(try await server.request("POST", "/v1/training/stop", fields: ["Authorization: Bearer s3cret"]).status == 200 && studio.control.isStopped)
        }
    }

    @Test func aWatcherThatDoesNotReadHoldsNobodyUp() async throws {
        try await withRun { (run, network) async throws in
            try await TestServer.runTraining { (server, studio) async throws in
                let feed = TrainingFeed(run, of: network, classes: classes, to: studio)
                let sleepers = try (0..<8).map { _ in try watch(server) }
                // One that leaves in the middle of it.
                do { _ = try watch(server) }
                feed.end(try run.run(control: studio.control, onStep: { feed.add($0) }, onEpoch: { feed.add($0) }))
                #expect(try await server.get("/healthz").status == 200)
                withExtendedLifetime(sleepers) {}
            }
        }
    }
}

/// A value that is handed to one thread at a time.
private struct SendableBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
