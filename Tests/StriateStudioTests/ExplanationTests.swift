import Striate
import StriateStudio
import Testing

@Suite struct ExplanationTests {
    /// A heat map as the API answers it.
    private func values(_ reply: Reply) throws -> [Double] { try #require(try reply.json()["values"] as? [Double], "\(reply.text.prefix(200))") }

    @Test(arguments: ["grad-cam", "saliency", "integrated-gradients", "occlusion"])
    func aPictureIsExplainedAsTheLibraryExplainsIt(_ name: String) async throws {
        let model = try TestServer.model("lenet5"), method = try #require(ExplanationMethod.all.first { $0.name == name })
        let picture = try Sample.digits[3].prepared(for: model.description.preprocessing)
        let expected = try Explainer(model.description, weights: model.weights, engine: LaneEngine(threads: 1)).explain(picture, by: method, target: 7)
        try await TestServer.run { server in
            let reply = try await server.post("/v1/explain?method=\(name)&class=7", try Sample.digit(3)), answer = try reply.json()
            #expect(reply.status == 200 && answer["class"] as? String == "7" && answer["method"] as? String == name)
            #expect(answer["rows"] as? Int == expected.heatmap.rows && answer["columns"] as? Int == expected.heatmap.columns)
            #expect((answer["layer"] is String) == (name == "grad-cam"))
            for (one, other) in zip(try values(reply), expected.heatmap.values) { #expect(abs(one - Double(other)) < 1e-5) }
        }
    }

    @Test func whatCannotBeAskedIsRefused() async throws {
        try await TestServer.run { server in
            let png = try Sample.digit(0)
            for query in [
                "method=magic", "class=eleven", "layer=none", "method=integrated-gradients&steps=0", "method=integrated-gradients&steps=100000",
                "method=occlusion&window=0", "method=occlusion&window=4&stride=5", "method=occlusion&fill=pink",
            ] {
                let reply = try await server.post("/v1/explain?\(query)", png)
                #expect(reply.status == 400, "\(query)")
                #expect(try reply.errorCode() == "bad_request", "\(query)")
            }
            let two = try await server.post("/v1/explain", type: Sample.formType, Sample.form([("a", png), ("b", png)]))
            #expect(two.status == 400)
        }
    }
}
