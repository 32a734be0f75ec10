import Foundation
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
    private let listener: Int32
    let address: String

    init(_ files: [String: File]) throws {
        state = Mutex(State(files: files))
        #if os(Linux)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let port: UInt16 = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, size) == 0, listen(descriptor, 16) == 0, getsockname(descriptor, address, &size) == 0 else { return }
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
        try #require(port != 0, "no port on loopback")
        address = "http://127.0.0.1:\(port)/files"
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                answer(connection)
                close(connection)
            }
        }
    }

    /// Ends the server's thread.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// The `Range` header of each request so far, or "".
    var ranges: [String] { state.withLock { $0.ranges } }

    private func answer(_ connection: Int32) {
        var request = ""
        var piece = [UInt8](repeating: 0, count: 4096)
        while !request.contains("\r\n\r\n") {
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return }
            request += String(decoding: piece[..<count], as: UTF8.self)
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
        send("HTTP/1.1 \(status) Status\r\nContent-Length: \(file.claimsLength ?? body.count)\r\n\(extra)Connection: close\r\n\r\n".utf8, to: connection)
        if file.isStuck {
            // Until the client gives up.
            _ = recv(connection, &piece, piece.count, 0)
            return
        }
        send(body.prefix(cut ?? body.count), to: connection)
    }

    private func send(_ bytes: some Collection<UInt8>, to connection: Int32) {
        #if os(Linux)
        let flags = Int32(MSG_NOSIGNAL)
        #else
        let flags: Int32 = 0
        #endif
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, flags) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
