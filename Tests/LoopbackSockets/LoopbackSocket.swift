import Foundation

/// A stream socket on loopback, as low as the system has them, so that tests can misbehave. Its calls wait.
public struct LoopbackSocket: Sendable {
    private let descriptor: Int32

    /// What came next.
    public enum Piece: Sendable {
        case bytes([UInt8])
        /// In the time that was given for it.
        case nothing
        case end
    }

    private init() {
        #if os(Linux)
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// A socket that takes connections, and its port; nil where there is none.
    public static func listening() -> (socket: LoopbackSocket, port: Int)? {
        let socket = LoopbackSocket(), listener = socket.descriptor
        let port = withAddress(port: 0) { (address, size) -> UInt16 in
            guard bind(listener, address, size) == 0, listen(listener, 16) == 0 else { return 0 }
            var name = sockaddr_in(), size = size
            let status = withUnsafeMutablePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
            }
            return status == 0 ? UInt16(bigEndian: name.sin_port) : 0
        }
        guard port != 0 else {
            socket.close()
            return nil
        }
        return (socket, Int(port))
    }

    /// A connection to a port; nil where nothing listens there.
    ///
    /// - Parameter seconds: How long ``receive()`` waits: minutes, because a server among tests answers when these leave it a thread.
    public static func connected(to port: Int, waiting seconds: Int = 600) -> LoopbackSocket? {
        let socket = LoopbackSocket()
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard withAddress(port: UInt16(port), { connect(socket.descriptor, $0, $1) }) == 0 else {
            socket.close()
            return nil
        }
        return socket
    }

    private static func withAddress<T>(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = port.bigEndian
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    /// The next connection of a socket that takes them; nil once it is shut down.
    public func accepted() -> LoopbackSocket? {
        let connection = accept(descriptor, nil, nil)
        return connection >= 0 ? LoopbackSocket(descriptor: connection) : nil
    }

    /// - Returns: Whether the other side took all of it.
    @discardableResult public func send(_ bytes: some Collection<UInt8>) -> Bool {
        #if os(Linux)
        let flags = Int32(MSG_NOSIGNAL)
        #else
        let flags: Int32 = 0
        #endif
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, flags) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    public func receive() -> Piece {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &piece, piece.count, 0)
        if count < 0, errno == EAGAIN { return .nothing }
        return count > 0 ? .bytes(Array(piece[..<count])) : .end
    }

    /// Ends what waits for it.
    public func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    public func close() { Foundation.close(descriptor) }
}
