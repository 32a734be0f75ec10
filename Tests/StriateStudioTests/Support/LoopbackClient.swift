import Foundation
import LoopbackSockets
import Testing

/// A connection to a server on loopback that can misbehave. Its calls wait; make them from threads of their own.
final class LoopbackConnection {
    private let socket: LoopbackSocket
    private var unread: [UInt8] = []

    init(port: Int) throws {
        guard let socket = LoopbackSocket.connected(to: port) else { throw LoopbackFailure(description: "no connection to port \(port)") }
        self.socket = socket
    }

    deinit { socket.close() }

    /// - Returns: Whether the server took all of it.
    @discardableResult func send(_ bytes: some Collection<UInt8>) -> Bool { socket.send(bytes) }

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
    func isClosed() -> Bool { if case .end = socket.receive() { true } else { false } }

    /// What arrives up to and with some text, as it comes: heads, the lengths of pieces and all. Nil where the connection ends before.
    func text(until end: String) -> String? {
        guard let count = read(until: Array(end.utf8)) else { return nil }
        defer { unread.removeFirst(count) }
        return String(decoding: unread[..<count], as: UTF8.self)
    }

    private func read(until pattern: [UInt8]) -> Int? {
        while true {
            if let range = Data(unread).range(of: Data(pattern)) { return range.upperBound }
            guard readMore() else { return nil }
        }
    }

    private func readMore() -> Bool {
        guard case .bytes(let piece) = socket.receive() else { return false }
        unread += piece
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
