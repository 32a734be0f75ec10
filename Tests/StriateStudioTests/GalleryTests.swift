import Foundation
import Striate
import StriateStudio
import Testing

/// A server with data, and with the models that a run has saved.
@Suite struct GalleryTests {
    private static let count = 120

    /// The same network at three epochs; the second is the best, and served.
    private func serve(_ body: (TestServer, ServedModel) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/striate-gallery-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let description = try ModelDescription(network: "lenet5"), network = try description.traced()
        var metadata = ModelMetadata(description)
        for (epoch, name) in [(1, "epoch-0001-0.5000"), (2, "epoch-0002-0.9000"), (3, "epoch-0003-0.8000"), (2, "best")] {
            metadata.training = TrainingSummary(dataset: "digits", epochs: epoch, seed: 1, accuracy: [0, 0.5, 0.9, 0.8][epoch])
            try ModelFile(metadata, weights: network.initialWeights(seed: UInt64(epoch))).write(to: "\(folder)/\(name).safetensors")
        }
        try Data("{}".utf8).write(to: URL(fileURLWithPath: folder + "/config.json"))
        func pictures(_ split: DataSet.Split) throws -> PictureLoader {
            PictureLoader(try DataSet.load(split, of: "digits").prefix(GalleryTests.count).prepared(for: description.preprocessing))
        }
        let model = ServedModel(
            name: "run", description: description, weights: network.initialWeights(seed: 2),
            data: ServedData(name: "digits", test: try pictures(.test), training: try pictures(.train)), saved: try RunFolder(reading: folder).savedModels)
        try await TestServer.run(model) { try await body($0, model) }
    }

    private func finished(_ server: TestServer, _ path: String = "/v1/data") async throws -> [String: Any] {
        for _ in 0..<400 {
            let test = try await server.get(path).json()
            if test["finished"] as? Bool == true { return test }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(path): the test did not end")
        return [:]
    }

    private func pictures(_ reply: Reply) throws -> [[String: Any]] { try #require(try reply.json()["pictures"] as? [[String: Any]], "\(reply.text.prefix(200))") }

    @Test func theDocumentDescribesWhatIsServedBesideTheModel() async throws {
        try await serve { server, _ in
            _ = try await finished(server)
            let document = try await server.get("/openapi.json").json(), schema = Schema(document: document)
            let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
            for path in ["/v1/data", "/v1/data/pictures", "/v1/data/exciting", "/v1/saved", "/v1/saved/weights"] {
                let reply = try await server.get(path), responses = try #require(paths[path]?["get"]?["responses"] as? [String: [String: Any]])
                let content = try #require((responses["200"]?["content"] as? [String: [String: Any]])?.first)
                #expect(reply.status == 200 && reply.fields["content-type"] == content.key, "\(path): \(reply.text.prefix(300))")
                guard content.key == "application/json", let described = content.value["schema"] as? [String: Any] else { continue }
                #expect(schema.faults(in: try reply.json(), described) == [], "\(path)")
            }
            #expect(try await server.get("/v1/model/graph").json()["offers"] as? [String] == ["data", "training", "saved"])
        }
    }

    @Test func aCellOpensThePicturesThatItCounts() async throws {
        try await serve { server, model in
            let test = try await finished(server), cells = try #require(test["cells"] as? [[Int]]), data = try #require(model.data)
            #expect(cells.reduce(0) { $0 + $1[2] } == GalleryTests.count)
            for cell in cells {
                let reply = try await server.get("/v1/data/pictures?kind=cell&class=\(cell[0])&answer=\(cell[1])&count=100")
                #expect(try reply.json()["total"] as? Int == cell[2])
                for picture in try pictures(reply) {
                    let number = try #require(picture["number"] as? Int), text = try #require(picture["pixels"] as? String)
                    #expect(Int(data.test.labels[number]) == cell[0])
                    let own = try #require(try data.test.pictures([number])[number])
                    #expect(Data(base64Encoded: text).map { Array($0) } == own.pixels, "byte by byte what the network sees")
                }
            }
            let first = try pictures(try await server.get("/v1/data/pictures?count=5")), rest = try pictures(try await server.get("/v1/data/pictures?from=5&count=100"))
            let numbers = (first + rest).compactMap { $0["number"] as? Int }
            #expect(first.count == 5 && Set(numbers).count == 105, "pages do not overlap")
        }
    }

    @Test func theSavedModelsAreToldTestedAndSent() async throws {
        try await serve { server, model in
            let saved = try await server.get("/v1/saved").json(), models = try #require(saved["models"] as? [[String: Any]])
            #expect(saved["served"] as? Int == 1 && models.map { $0["epoch"] as? Int } == [1, 2, 3])
            #expect(models.map { $0["best"] as? Bool } == [false, true, false] && models[0]["accuracy"] as? Double == 0.5)
            let graph = try model.description.traced().graph
            for place in 0..<3 {
                let weights = try await server.get("/v1/saved/weights?saved=\(place)")
                let expected = try BrowserModel.bytes(of: model.weights(ofSaved: place), in: graph)
                #expect(weights.body == expected)
            }
            let own = try await finished(server), second = try await finished(server, "/v1/data?saved=1"), third = try await finished(server, "/v1/data?saved=2")
            #expect(own["cells"] as? [[Int]] == second["cells"] as? [[Int]], "the best is the one that is served")
            #expect(own["loss"] as? Double != third["loss"] as? Double)
        }
    }

    @Test func excitingPicturesComeWithTheirPlaces() async throws {
        try await serve { server, model in
            let layer = "conv2", training = try #require(model.data?.training)
            let expected = try ExcitementSearch(model.description, weights: model.weights, layer: layer, engine: LaneEngine(threads: 1)).pictures(of: training)
            let reply = try await server.get("/v1/data/exciting?layer=\(layer)&map=3"), answer = try reply.json()
            #expect(answer["looked"] as? Int == GalleryTests.count && answer["maps"] as? Int == 16)
            let found = try pictures(reply)
            #expect(found.compactMap { $0["number"] as? Int } == expected.maps[3].map(\.number))
            #expect(found.compactMap { $0["row"] as? Int } == expected.maps[3].map(\.row))
        }
    }

    @Test func whatIsNotThereIsRefusedInALine() async throws {
        try await serve { server, _ in
            _ = try await finished(server)
            for path in [
                "/v1/data?saved=3", "/v1/data?saved=-1", "/v1/data?saved=..%2F..%2Fetc%2Fpasswd", "/v1/saved/weights?saved=9", "/v1/saved/weights?saved=%00",
                "/v1/data/pictures?kind=cell", "/v1/data/pictures?kind=cell&class=10&answer=0", "/v1/data/pictures?kind=cell&class=0&answer=x",
                "/v1/data/pictures?kind=../secret", "/v1/data/pictures?from=-1", "/v1/data/pictures?count=101", "/v1/data/pictures?from=99999999999999999999",
                "/v1/data/exciting?layer=none", "/v1/data/exciting?layer=..%2F..%2Fetc", "/v1/data/exciting?layer=conv1&map=6", "/v1/data/exciting?map=-1",
            ] {
                let reply = try await server.get(path)
                #expect(reply.status == 400, "\(path): \(reply.text)")
                #expect(try reply.errorCode() == "bad_request", "\(path)")
            }
            #expect(try await server.get("/v1/saved/weights/../../../etc/passwd").status == 404)
            #expect(try pictures(try await server.get("/v1/data/pictures?from=5000")).isEmpty)
        }
    }

    @Test func withoutDataNothingOfItIsThere() async throws {
        try await TestServer.run { server in
            for path in ["/v1/data", "/v1/data/pictures", "/v1/data/exciting", "/v1/saved", "/v1/saved/weights"] {
                let status = try await server.get(path).status
                #expect(status == 404, "\(path)")
            }
        }
    }
}
