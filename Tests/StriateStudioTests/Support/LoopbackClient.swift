import Foundation
import Testing

/// A connection to a server on loopback, as low as sockets, so that it can misbehave. Its calls wait; make them from threads of their own.
final class LoopbackConnection {
    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(port: Int) throws {
        #if os(Linux)
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = UInt16(port).bigEndian
        let status = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard status == 0 else { throw LoopbackFailure(description: "no connection to port \(port)") }
    }

    deinit { close(descriptor) }

    /// - Returns: Whether the server took all of it.
    @discardableResult func send(_ bytes: some Collection<UInt8>) -> Bool {
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

    @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// The next answer; nil where the connection ends without one.
    func reply(to method: String = "GET") -> Reply? {
        guard let end = read(until: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: unread[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        unread.removeFirst(end)
        var fields = [String: String]()
        for line in lines.dropFirst() where !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        guard method != "HEAD", status >= 200 else { return Reply(status: status, fields: fields, body: []) }
        let length = Int(fields["content-length"] ?? "") ?? 0
        while unread.count < length { guard readMore() else { return nil } }
        defer { unread.removeFirst(length) }
        return Reply(status: status, fields: fields, body: Array(unread.prefix(length)))
    }

    /// Whether the server has closed the connection; waits until it has.
    func isClosed() -> Bool { !readMore() && errno != EAGAIN }

    private func read(until pattern: [UInt8]) -> Int? {
        while true {
            if let range = Data(unread).range(of: Data(pattern)) { return range.upperBound }
            guard readMore() else { return nil }
        }
    }

    private func readMore() -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        errno = 0
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { return false }
        unread += piece[..<count]
        return true
    }
}

/// Not an expectation that failed: on a thread of its own nobody would know of which test.
struct LoopbackFailure: Error, CustomStringConvertible {
    let description: String
}

struct Reply: Sendable {
    let status: Int
    /// By their names in lower case.
    let fields: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any], "not an object: \(text)")
    }

    /// The code of the error that this is.
    func errorCode() throws -> String? { (try json()["error"] as? [String: Any])?["code"] as? String }
}

/// Runs what waits on a thread of its own: tests share few threads with the server they talk to.
func onThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
    }
}
