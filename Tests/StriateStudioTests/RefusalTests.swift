import Foundation
import Striate
import StriateStudio
import Testing

/// What is not served is refused with a status, a code and a line, and the server goes on.
@Suite struct RefusalTests {
    private func expect(_ reply: Reply, _ status: Int, _ code: String, _ comment: Comment? = nil) throws {
        #expect(reply.status == status, comment)
        #expect(try reply.errorCode() == code, comment)
        let message = (try reply.json()["error"] as? [String: Any])?["message"] as? String ?? ""
        #expect(!message.isEmpty && !message.contains("\n"), comment)
    }

    @Test func unknownPathsAndMethodsAreToldApart() async throws {
        try await TestServer.run { server in
            for path in ["/nothing", "/v1", "/v1/predict/more", "/../etc/passwd", "/%2e%2e/etc/passwd", "/app.js/..", "/Package.swift"] {
                try expect(try await server.get(path), 404, "not_found", "\(path)")
            }
            let reply = try await server.get("/v1/predict")
            try expect(reply, 405, "method_not_allowed")
            #expect(reply.fields["allow"] == "POST")
            #expect(try await server.request("DELETE", "/v1/model").fields["allow"] == "GET, HEAD")
            #expect(try await server.request("HEAD", "/v1/model").status == 200)
        }
    }

    @Test func whatIsNoPictureIsRefusedByItsKind() async throws {
        let png = try Sample.digit(0)
        try await TestServer.run { server in
            try expect(try await server.post("/v1/predict", Array("hello".utf8)), 415, "unsupported_type")
            try expect(try await server.post("/v1/predict", type: "text/plain", png), 415, "unsupported_type")
            try expect(try await server.post("/v1/predict", []), 400, "bad_request")
            try expect(try await server.post("/v1/predict", Array(png.prefix(png.count / 2))), 400, "unreadable_picture")
            try expect(try await server.post("/v1/predict?top=none", png), 400, "bad_request")
            try expect(try await server.post("/v1/predict?top=0", png), 400, "bad_request")
            #expect(try await server.post("/v1/predict", png).status == 200)
        }
    }

    @Test func whatIsTooLargeIsRefusedBeforeItIsRead() async throws {
        let small = try Sample.digit(0)
        let wide = try PNG.encode(Picture(shape: [1, 40, 50], pixels: Array(repeating: 9, count: 2000)))
        var claiming = small
        // The header's width and height, as large as they can be.
        claiming.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        try await TestServer.run(options: { ($0.mostBodyBytes, $0.mostPixels) = (2000, 1000) }) { server in
            try expect(try await server.post("/v1/predict", wide), 413, "too_large")
            #expect(try await server.post("/v1/predict", claiming).status >= 400)
            try expect(try await server.post("/v1/predict", Array(repeating: 0, count: 2001)), 413, "too_large")
            // Nothing of such a body needs to be sent.
            try expect(try await server.request("POST", "/v1/predict", fields: ["Content-Length: 999999999999"]), 413, "too_large")
            // Nor is a client believed that says nothing.
            let chunk = "400\r\n" + String(repeating: "x", count: 0x400) + "\r\n"
            let reply = try await server.request(
                "POST", "/v1/predict", fields: ["Transfer-Encoding: chunked"], body: Array((chunk + chunk + chunk + "0\r\n\r\n").utf8))
            try expect(reply, 413, "too_large")
            #expect(try await server.post("/v1/predict", small).status == 200)
        }
    }

    @Test func formsThatAreNoneAreRefused() async throws {
        let png = try Sample.digit(0), form = Sample.form([("a.png", png)])
        try await TestServer.run(options: { $0.mostPictures = 2 }) { server in
            func post(_ body: [UInt8], type: String = Sample.formType) async throws -> Reply { try await server.post("/v1/predict", type: type, body) }
            try expect(try await post(form, type: "multipart/form-data"), 400, "bad_request")
            try expect(try await post(form, type: "multipart/form-data; boundary=other"), 400, "bad_request")
            try expect(try await post(Array(form.dropLast(20))), 400, "bad_request")
            try expect(try await post(Array("--striate--\r\n".utf8)), 400, "bad_request")
            try expect(try await post(Array("--striate\r\n\r\nx\r\n--striate--".utf8)), 400, "bad_request")
            try expect(try await post(Array("--striate\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nx\r\n--striate--".utf8)), 400, "bad_request")
            try expect(try await post(Sample.form(Array(repeating: ("a", png), count: 3))), 413, "too_large")
            try expect(try await post(Sample.form([("good.png", png), ("bad.png", [1, 2, 3])])), 415, "unsupported_type")
            #expect(try await post(form, type: "Multipart/Form-Data; charset=x; Boundary=\"striate\"").status == 200)
            #expect(try await post(Array("preamble\r\n".utf8) + form + Array("epilogue".utf8)).status == 200)
        }
    }

    @Test func damagedFormsNeverHurt() async throws {
        let form = Sample.form([("a.png", try Sample.digit(0)), ("b.png", try Sample.digit(1))])
        try await TestServer.run { server in
            var generator = SeededGenerator(seed: 1, path: "forms")
            for _ in 0..<200 {
                var damaged = form
                for _ in 0...generator.below(4) { damaged[generator.below(damaged.count)] = UInt8(generator.below(256)) }
                if generator.below(4) == 0 { damaged.removeLast(generator.below(damaged.count)) }
                let status = try await server.post("/v1/predict", type: Sample.formType, damaged).status
                #expect([200, 400, 413, 415].contains(status))
            }
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    @Test func moreThanMayWaitIsRefusedAtOnce() async throws {
        try await TestServer.run("resnet18", options: { ($0.batch, $0.queue) = (1, 1) }) { server in
            let png = try Sample.digit(0)
            let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<32 { group.addTask { try await server.post("/v1/predict", png) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let refused = replies.filter { $0.status == 503 }
            #expect(replies.contains { $0.status == 200 } && !refused.isEmpty)
            #expect(replies.count { $0.status == 200 } + refused.count == 32)
            for reply in refused {
                try expect(reply, 503, "overloaded")
                #expect(reply.fields["retry-after"] == "1")
            }
        }
    }
}
