import Foundation
import LoopbackSockets
import Synchronization
import Testing

/// A small HTTP server on loopback that can be told to misbehave.
final class LoopbackServer: Sendable {
    struct File: Sendable {
        var body: [UInt8]
        var status = 200
        var knowsRanges = true
        /// Connections that break after so many bytes of body, one after another; then all is well.
        var cuts: [Int] = []
        /// Says nothing after the head.
        var isStuck = false
        var claimsLength: Int?
    }

    private struct State {
        var files: [String: File]
        var ranges: [String] = []
    }

    private let state: Mutex<State>
    private let listener: LoopbackSocket
    let address: String

    init(_ files: [String: File]) throws {
        state = Mutex(State(files: files))
        let (listener, port) = try #require(LoopbackSocket.listening(), "no port on loopback")
        self.listener = listener
        address = "http://127.0.0.1:\(port)/files"
        Thread.detachNewThread { [self] in
            while let connection = listener.accepted() {
                answer(connection)
                connection.close()
            }
        }
    }

    /// Ends the server's thread.
    func stop() {
        listener.shutDown()
        listener.close()
    }

    /// The `Range` header of each request so far, or "".
    var ranges: [String] { state.withLock { $0.ranges } }

    private func answer(_ connection: LoopbackSocket) {
        var request = ""
        while !request.contains("\r\n\r\n") {
            guard case .bytes(let piece) = connection.receive() else { return }
            request += String(decoding: piece, as: UTF8.self)
        }
        let lines = request.components(separatedBy: "\r\n")
        let range = lines.first { $0.lowercased().hasPrefix("range:") }.map { $0.dropFirst(6).trimmingCharacters(in: .whitespaces) } ?? ""
        let name = lines[0].components(separatedBy: " ")[1].components(separatedBy: "/").last ?? ""
        let (file, cut) = state.withLock { state in
            state.ranges.append(range)
            let cut = state.files[name]?.cuts.isEmpty == false ? state.files[name]?.cuts.removeFirst() : nil
            return (state.files[name] ?? File(body: Array("none".utf8), status: 404), cut)
        }
        var status = file.status
        var body = file.body[...]
        var extra = ""
        if status == 200, file.knowsRanges, range.hasPrefix("bytes="), let first = Int(range.dropFirst(6).dropLast()) {
            if first < body.count {
                status = 206
                extra = "Content-Range: bytes \(first)-\(body.count - 1)/\(body.count)\r\n"
                body = body[first...]
            } else {
                status = 416
                body = []
            }
        }
        connection.send("HTTP/1.1 \(status) Status\r\nContent-Length: \(file.claimsLength ?? body.count)\r\n\(extra)Connection: close\r\n\r\n".utf8)
        if file.isStuck {
            // Until the client gives up.
            _ = connection.receive()
            return
        }
        connection.send(body.prefix(cut ?? body.count))
    }
}
