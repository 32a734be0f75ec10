import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Where and how a server listens.
enum Listener {
    static func configuration(_ options: StudioOptions, _ logger: Logger) -> ApplicationConfiguration {
        ApplicationConfiguration(
            address: .hostname(options.host, port: options.port), backlog: 1024,
            availableConnectionsDelegate: MaximumAvailableConnections(
                min(options.mostConnections, OpenFiles.mostConnections), logger: logger))
    }

    /// HTTP/1.1, over TLS where there is a certificate.
    ///
    /// - Throws: ``StudioError`` where certificate and key cannot be used.
    static func server(_ options: StudioOptions) throws(StudioError) -> HTTPServerBuilder {
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(patience: options.patience, mostBodyBytes: options.mostBodyBytes)],
                // Later than the guard, which says why.
                idleTimeout: TimeAmount(options.patience + .seconds(1))))
        guard let tls = options.tls else { return http }
        return try encrypted(http, tls)
    }

    /// `http://127.0.0.1:8080/`
    static func address(_ options: StudioOptions, port: Int?) -> String {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        return "\(options.tls == nil ? "http" : "https")://\(host):\(port ?? options.port)/"
    }

    /// What went wrong in listening, for users.
    static func explained(_ error: any Error, _ options: StudioOptions) -> any Error {
        let place = "\(options.host):\(options.port)"
        switch error {
        case let error as IOError:
            let hint = error.errnoCode == EADDRINUSE || error.errnoCode == EACCES ? "; choose another --port" : ""
            return StudioError("\(place): \(String(cString: strerror(error.errnoCode)))\(hint)")
        case is SocketAddressError, is SocketAddressError.UnknownHost: return StudioError("\(options.host): this machine has no such address; see --host")
        default: return error
        }
    }
}
