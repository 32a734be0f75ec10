import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Striate
import StriateStudio
import Testing

@Suite struct TLSTests {
    private func fixture(_ name: String) throws -> String {
        try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)).path
    }

    private func answer(port: Int, to request: String) async throws -> String {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(try fixture("certificate.pem"))
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var text = ""
            for try await piece in inbound {
                text += String(buffer: piece)
                if text.hasSuffix("}\n") { break }
            }
            return text
        }
    }

    @Test func aServerWithACertificateSpeaksTLS() async throws {
        let tls = StudioOptions.TLS(certificate: try fixture("certificate.pem"), key: try fixture("key.pem"))
        try await TestServer.run(options: { $0.tls = tls }) { server in
            let text = try await answer(port: server.port, to: "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("{\"status\":\"ok\"}\n"))
            let plain = try await onThread {
                let connection = try LoopbackConnection(port: server.port)
                connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return connection.reply()?.status
            }
            #expect(plain == nil)
        }
    }

    @Test func filesThatAreNoCertificateOrKeyAreToldBeforeAnythingIsServed() throws {
        func expectFailure(_ certificate: String, _ key: String, _ word: String) throws {
            var options = StudioOptions()
            options.tls = .init(certificate: certificate, key: key)
            let error = try #require(throws: StudioError.self) { try Studio(TestServer.model("lenet5"), options: options) }
            #expect(error.description.contains(word) && !error.description.contains("\n"), "\(error)")
        }
        let (certificate, key, script) = (try fixture("certificate.pem"), try fixture("key.pem"), try fixture("make_certificate"))
        try expectFailure("/nonexistent.pem", key, "no such file")
        try expectFailure(script, key, "holds no certificate")
        try expectFailure(certificate, script, "holds no private key")
        try expectFailure(certificate, try fixture("other-key.pem"), "is not the key")
    }
}
