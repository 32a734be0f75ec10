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

    /// HTTP/1.1.
    static func server(_ options: StudioOptions) -> HTTPServerBuilder {
        .http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(patience: options.patience, mostBodyBytes: options.mostBodyBytes)],
                // Later than the guard, which says why.
                idleTimeout: TimeAmount(options.patience + .seconds(1))))
    }

    /// `http://127.0.0.1:8080/`
    static func address(_ options: StudioOptions, port: Int?) -> String {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        return "http://\(host):\(port ?? options.port)/"
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
