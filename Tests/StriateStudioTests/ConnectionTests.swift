import Foundation
import StriateStudio
import Testing

/// Clients that are slow, leave, or still wait when the server ends.
@Suite struct ConnectionTests {
    @Test func slowRequestsAreGivenUp() async throws {
        try await TestServer.run(options: { $0.patience = .seconds(3) }) { server in
            let request = TestServer.bytes("POST", "/v1/predict", fields: ["Content-Length: 100000"])
            let (head, body, idle) = try await onThread {
                let half = try LoopbackConnection(port: server.port), slow = try LoopbackConnection(port: server.port)
                let idle = try LoopbackConnection(port: server.port)
                half.send(request.prefix(30))
                slow.send(request)
                // A byte now and then is no excuse.
                while slow.send("x") { usleep(100_000) }
                return (half.isClosed(), slow.reply()?.status, idle.isClosed())
            }
            #expect(head && idle)
            #expect(body == 408 || body == nil)
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    @Test func aRequestThatTakesTooLongIsToldSo() async throws {
        try await TestServer.run(options: { $0.patience = .seconds(3) }) { server in
            let reply = try await server.request("POST", "/v1/predict", fields: ["Content-Length: 1000"], body: [1, 2, 3])
            #expect(reply.status == 408)
            #expect(try reply.errorCode() == "request_timeout")
        }
    }

    @Test func clientsThatLeaveLeaveNothingBehind() async throws {
        try await TestServer.run { server in
            let png = try Sample.digit(0)
            try await onThread {
                for cut in 0..<40 {
                    let connection = try LoopbackConnection(port: server.port)
                    let bytes = TestServer.bytes("POST", "/v1/predict", body: png)
                    connection.send(bytes.prefix(bytes.count * (cut + 1) / 40))
                }
            }
            #expect(try await server.post("/v1/predict", png).status == 200)
        }
    }

    @Test func whatIsNoHTTPIsRefused() async throws {
        try await TestServer.run { server in
            for bytes in ["\u{16}\u{3}\u{1}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n"] {
                let status = try await onThread {
                    let connection = try LoopbackConnection(port: server.port)
                    connection.send(bytes)
                    return connection.reply()?.status
                }
                #expect(status == 400 || status == nil, "\(bytes)")
            }
            let long = try await server.get("/healthz", fields: ["X: " + String(repeating: "x", count: 200_000)])
            #expect(long.status >= 400)
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    @Test func whatWasAcceptedIsAnsweredWhenTheServerEnds() async throws {
        try await TestServer.run { server in
            let bytes = TestServer.bytes("POST", "/v1/predict", body: try Sample.digit(0))
            let statuses = try await withThrowingTaskGroup(of: Int?.self) { group in
                let (begun, continuation) = AsyncStream<Void>.makeStream()
                for _ in 0..<8 {
                    group.addTask {
                        try await onThread {
                            let connection = try LoopbackConnection(port: server.port)
                            connection.send(bytes.dropLast(50))
                            usleep(100_000)
                            continuation.yield()
                            usleep(200_000)
                            connection.send(bytes.suffix(50))
                            return connection.reply()?.status
                        }
                    }
                }
                var waiting = 8
                for await _ in begun {
                    waiting -= 1
                    if waiting == 0 { break }
                }
                await server.stop()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 8))
            // The door closes a moment after the server is told to.
            var isOpen = true
            for _ in 0..<100 where isOpen {
                isOpen = (try? await server.get("/healthz")) != nil
                if isOpen { try await Task.sleep(for: .milliseconds(100)) }
            }
            #expect(!isOpen)
        }
    }
}
