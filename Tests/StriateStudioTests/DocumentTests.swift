import Foundation
import StriateStudio
import Testing

/// The OpenAPI document and the server say the same.
@Suite struct DocumentTests {
    private struct Operation {
        let path: String
        let method: String
        let members: [String: Any]

        /// The schema of an answer with this status.
        func schema(_ status: String) -> (type: String, schema: [String: Any])? {
            let responses = members["responses"] as? [String: [String: Any]]
            let content = responses?[status]?["content"] as? [String: [String: Any]]
            return content?.first.flatMap { type, content in (content["schema"] as? [String: Any]).map { (type, $0) } }
        }
    }

    private func operations(_ document: [String: Any]) throws -> [Operation] {
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        return paths.flatMap { path, methods in methods.map { Operation(path: path, method: $0.uppercased(), members: $1) } }
    }

    @Test func theDocumentNamesWhatIsServedAndNothingElse() async throws {
        try await TestServer.run { server in
            let document = try await server.get("/openapi.json").json()
            #expect(document["openapi"] as? String == "3.1.0")
            let operations = try operations(document)
            #expect(Set(operations.map(\.path)) == ["/v1/predict", "/v1/explain", "/v1/model", "/v1/model/graph", "/v1/model/weights", "/healthz", "/metrics", "/openapi.json"])
            for path in Set(operations.map(\.path)) {
                let methods = Set(operations.filter { $0.path == path }.map(\.method))
                for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
                    let status = try await server.request(method, path).status
                    #expect((status == 405) == !methods.contains(method), "\(method) \(path)")
                }
            }
        }
    }

    @Test func answersAreAsTheDocumentDescribesThem() async throws {
        try await TestServer.run { server in
            let document = try await server.get("/openapi.json").json(), schema = Schema(document: document)
            for operation in try operations(document) {
                let body = operation.method == "POST" ? try Sample.digit(0) : []
                let reply = try await server.request(operation.method, operation.path, fields: ["Content-Type: image/png"], body: body)
                let described = try #require(operation.schema("200"), "\(operation.path)")
                #expect(reply.status == 200 && reply.fields["content-type"] == described.type)
                if described.type == "application/json" {
                    #expect(schema.faults(in: try reply.json(), described.schema) == [], "\(operation.path)")
                }
            }
        }
    }

    @Test func refusalsAreAsTheDocumentDescribesThem() async throws {
        try await TestServer.run(options: { $0.mostBodyBytes = 3000 }) { server in
            let document = try await server.get("/openapi.json").json(), schema = Schema(document: document)
            let predict = try #require(try operations(document).first { $0.path == "/v1/predict" })
            for (body, status) in [([UInt8](), 400), (Array("text".utf8), 415), (Array(repeating: 0, count: 4000), 413)] {
                let reply = try await server.post("/v1/predict", body), described = try #require(predict.schema(String(status)))
                #expect(reply.status == status)
                #expect(schema.faults(in: try reply.json(), described.schema) == [])
            }
            let other = try #require(predict.schema("default"))
            #expect(schema.faults(in: try await server.get("/v1/predict").json(), other.schema) == [])
        }
    }

    @Test func theModelIsDescribed() async throws {
        try await TestServer.run { server in
            let model = try await server.get("/v1/model").json()
            #expect(model["network"] as? String == "lenet5" && model["input"] as? [Int] == [1, 32, 32])
            #expect(model["parameters"] as? Int == 61_706)
            #expect((model["classes"] as? [String])?.count == 10)
            #expect(try await server.get("/v1/model/graph").json()["network"] as? String == "lenet5")
            #expect(try await server.get("/v1/model/weights").body.count == 61_706 * 4)
        }
    }
}
