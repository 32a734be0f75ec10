import Striate
import StriateStudio
import Testing

@Suite struct PageTests {
    @Test func everyFileOfThePageIsServedWithItsTypeAndOnlyFromHere() async throws {
        try await TestServer.run { server in
            for file in PageFile.lookInside {
                let reply = try await server.get(file.name == "index.html" ? "/" : "/\(file.name)")
                #expect(reply.status == 200 && reply.body == file.bytes, "\(file.name)")
                #expect(reply.fields["content-type"] == file.contentType, "\(file.name)")
                let policy = try #require(reply.fields["content-security-policy"])
                #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self';") && !policy.contains("unsafe") && !policy.contains("http"))
                #expect(reply.fields["x-content-type-options"] == "nosniff")
            }
        }
    }

    @Test func aPageThatHasNotChangedIsNotSentAgain() async throws {
        try await TestServer.run { server in
            let tag = try #require(try await server.get("/").fields["etag"])
            let again = try await server.get("/", fields: ["If-None-Match: \(tag)"])
            #expect(again.status == 304 && again.body.isEmpty && again.fields["etag"] == tag)
            #expect(try await server.get("/", fields: ["If-None-Match: \"other\""]).status == 200)
        }
    }
}
