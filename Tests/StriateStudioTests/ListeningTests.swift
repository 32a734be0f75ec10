import StriateStudio
import Testing

@Suite struct ListeningTests {
    @Test func anAddressThatCannotBeHadIsToldInALine() async throws {
        try await TestServer.run { server in
            let (taken, foreign) = (server.port, "203.0.113.7")
            for (host, port) in [("127.0.0.1", taken), (foreign, 0), ("no-such-host.invalid", 0)] {
                var options = StudioOptions()
                (options.host, options.port) = (host, port)
                let studio = try Studio(TestServer.model("lenet5"), options: options)
                let error = await #expect(throws: StudioError.self) { try await studio.run() }
                #expect(error?.description.hasPrefix(host) == true)
            }
        }
    }
}
