import Foundation
import Striate
import StriateStudio
import Testing

/// A studio on a free port of loopback, for as long as a test needs it.
struct TestServer: Sendable {
    let port: Int
    let stop: @Sendable () async -> Void

    /// Serves a freshly initialised network while `body` runs; ends with the server gone.
    static func run(
        _ network: String = "lenet5", options change: (inout StudioOptions) -> Void = { _ in }, _ body: (TestServer) async throws -> Void
    ) async throws {
        try await run(model(network), options: change, body)
    }

    /// Serves a model while `body` runs; ends with the server gone.
    static func run(
        _ model: ServedModel, options change: (inout StudioOptions) -> Void = { _ in }, _ body: (TestServer) async throws -> Void
    ) async throws {
        try await run(options: change) { options, onListening in
            let studio = try Studio(model, options: options, onListening: onListening)
            return ({ try await studio.run() }, { await studio.stop() })
        } body: { try await body($0) }
    }

    /// Serves the page of a training while `body` runs.
    static func runTraining(
        options change: (inout StudioOptions) -> Void = { _ in }, _ body: (TestServer, TrainingStudio) async throws -> Void
    ) async throws {
        var made: TrainingStudio?
        try await run(options: change) { options, onListening in
            let studio = try TrainingStudio(options: options, onListening: onListening)
            made = studio
            return ({ try await studio.run() }, { await studio.stop() })
        } body: { try await body($0, try #require(made)) }
    }

    private static func run(
        options change: (inout StudioOptions) -> Void,
        _ make: (StudioOptions, @escaping @Sendable (String) -> Void) throws -> (run: @Sendable () async throws -> Void, stop: @Sendable () async -> Void),
        body: (TestServer) async throws -> Void
    ) async throws {
        var options = StudioOptions()
        options.port = 0
        // Other tests take the threads that a graceful end needs.
        options.patience = .seconds(300)
        change(&options)
        let (addresses, continuation) = AsyncStream<String>.makeStream()
        let studio = try make(options) { continuation.yield($0) }
        let running = Task {
            defer { continuation.finish() }
            try await studio.run()
        }
        let address = await addresses.first { _ in true }
        guard let port = address.flatMap({ URL(string: $0)?.port }) else {
            try await running.value
            throw StartFailure()
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(TestServer(port: port, stop: studio.stop))) } catch { result = .failure(error) }
        await studio.stop()
        try await running.value
        try result.get()
    }

    private struct StartFailure: Error {}

    static func model(_ network: String) throws -> ServedModel {
        let description = try ModelDescription(network: network)
        return ServedModel(name: network, description: description, weights: try description.traced().initialWeights(seed: 1))
    }

    // MARK: - Requests

    func get(_ path: String, fields: [String] = []) async throws -> Reply { try await request("GET", path, fields: fields) }

    func post(_ path: String, type: String? = "image/png", _ body: [UInt8], fields: [String] = []) async throws -> Reply {
        try await request("POST", path, fields: (type.map { ["Content-Type: \($0)"] } ?? []) + fields, body: body)
    }

    /// - Parameter fields: Besides `Host`, unless they name another, and `Content-Length`.
    func request(_ method: String, _ path: String, fields: [String] = [], body: [UInt8] = []) async throws -> Reply {
        let port = port
        let bytes = TestServer.bytes(method, path, fields: fields, body: body)
        return try await onThread {
            let connection = try LoopbackConnection(port: port)
            connection.send(bytes)
            guard let reply = connection.reply(to: method) else { throw LoopbackFailure(description: "no answer to \(method) \(path)") }
            return reply
        }
    }

    static func bytes(_ method: String, _ path: String, fields: [String] = [], body: [UInt8] = []) -> [UInt8] {
        var lines = ["\(method) \(path) HTTP/1.1"] + fields
        if !fields.contains(where: { $0.hasPrefix("Host:") }) { lines.append("Host: 127.0.0.1") }
        if method != "GET", !fields.contains(where: { $0.hasPrefix("Content-Length:") || $0.hasPrefix("Transfer-Encoding:") }) {
            lines.append("Content-Length: \(body.count)")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}

/// Pictures to send.
enum Sample {
    /// A digit of the built-in data set, as PNG.
    static func digit(_ index: Int) throws -> [UInt8] { try PNG.encode(digits[index]) }

    static let digits = try! DataSet.load(.test, of: "digits").prefix(16)

    /// A form with files.
    static func form(_ files: [(name: String, bytes: [UInt8])], boundary: String = "striate") -> [UInt8] {
        var body = [UInt8]()
        for file in files {
            body += Array(
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"image\"; filename=\"\(file.name)\"\r\nContent-Type: image/png\r\n\r\n".utf8)
            body += file.bytes + Array("\r\n".utf8)
        }
        return body + Array("--\(boundary)--\r\n".utf8)
    }

    static let formType = "multipart/form-data; boundary=striate"
}

extension Reply {
    /// For each picture its name and its classes with probabilities.
    func predictions() throws -> [(image: String, classes: [(name: String, probability: Double)])] {
        let images = try #require(try json()["images"] as? [[String: Any]], "\(text)")
        return try images.map { image in
            let predictions = try #require(image["predictions"] as? [[String: Any]])
            return (
                try #require(image["image"] as? String),
                try predictions.map { (try #require($0["class"] as? String), try #require($0["probability"] as? Double)) }
            )
        }
    }
}
