import Foundation
import StriateStudio
import Testing

@Suite struct AccessTests {
    @Test func whereThereIsATokenOnlyItsHoldersAreServed() async throws {
        try await TestServer.run(options: { $0.token = "s3cret" }) { server in
            let png = try Sample.digit(0)
            for fields in [[], ["Authorization: Bearer wrong"], ["Authorization: Bearer s3cre"], ["Authorization: Basic s3cret"], ["Authorization: Bearer"]] {
                let reply = try await server.post("/v1/predict", png, fields: fields)
                #expect(reply.status == 401 && reply.fields["www-authenticate"] == "Bearer")
                #expect(try reply.errorCode() == "unauthorized")
            }
            #expect(try await server.post("/v1/predict", png, fields: ["Authorization: bearer s3cret"]).status == 200)
            for path in ["/v1/model", "/metrics", "/nothing"] { #expect(try await server.get(path).status == 401, "\(path)") }
            for path in ["/", "/healthz", "/openapi.json"] { #expect(try await server.get(path).status == 200, "\(path)") }
        }
    }

    @Test func foreignPagesAndNamesAreRefusedOnLoopback() async throws {
        try await TestServer.run(options: { $0.allowedHosts = ["proxy.example"] }) { (server) async throws in
            for host in ["127.0.0.1:\(server.port)", "localhost", "LOCALHOST:80", "[::1]:8080", "proxy.example"] {
                #expect(try await server.get("/healthz", fields: ["Host: \(host)"]).status == 200, "\(host)")
            }
            #expect(try await server.get("/healthz", fields: ["Host: evil.example:\(server.port)"]).status == 403)
            #expect(try await server.get("/healthz", fields: ["Origin: http://localhost:\(server.port)"]).status == 200)
            for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example"] {
                #expect(try await server.get("/healthz", fields: ["Origin: \(origin)"]).status == 403, "\(origin)")
            }
        }
    }

    @Test func aTokenServesUnderAnyName() async throws {
        try await TestServer.run(options: { $0.token = "t" }) { (server) async throws in
            #expect(try await server.get("/v1/model", fields: ["Host: models.example", "Authorization: Bearer t"]).status == 200)
        }
    }
}
