import Foundation
import HummingbirdCore
import HummingbirdTLS
import NIOSSL

extension Listener {
    /// The same over TLS.
    ///
    /// - Throws: ``StudioError`` where certificate and key cannot be used.
    static func encrypted(_ http: HTTPServerBuilder, _ tls: StudioOptions.TLS) throws(StudioError) -> HTTPServerBuilder {
        let configuration = try configuration(tls)
        do { return try .tls(http, tlsConfiguration: configuration) } catch { throw StudioError("\(tls.certificate): \(error)") }
    }

    private static func configuration(_ tls: StudioOptions.TLS) throws(StudioError) -> TLSConfiguration {
        for file in [tls.certificate, tls.key] where !FileManager.default.isReadableFile(atPath: file) {
            throw StudioError("\(file): no such file, or it may not be read")
        }
        guard let chain = try? NIOSSLCertificate.fromPEMFile(tls.certificate), !chain.isEmpty else {
            throw StudioError("\(tls.certificate): holds no certificate in PEM format")
        }
        guard let key = try? NIOSSLPrivateKey(file: tls.key, format: .pem) else {
            throw StudioError("\(tls.key): holds no private key in PEM format that is not encrypted")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        do { _ = try NIOSSLContext(configuration: configuration) } catch {
            throw StudioError("\(tls.key): is not the key of the certificate in \(tls.certificate)")
        }
        return configuration
    }
}
