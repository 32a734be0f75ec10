import Foundation
import Testing

/// The built program, run as users run it.
struct Tool {
    struct Result {
        let status: Int32
        let output: String
        let errors: String

        var errorLines: [Substring] { errors.split(separator: "\n") }

        /// The lines of standard output as JSON objects.
        func jsonLines() throws -> [[String: Any]] {
            try output.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "not an object: \($0)")
            }
        }

        func json() throws -> [String: Any] { try #require(try jsonLines().first) }
    }

    /// Beside the test bundle, where the package manager puts both.
    static let path: String? = {
        let beside = CommandLine.arguments.filter { $0.contains(".xctest") }.map { argument in
            var url = URL(fileURLWithPath: argument)
            while url.pathComponents.contains(where: { $0.hasSuffix(".xctest") }) { url.deleteLastPathComponent() }
            return url
        }
        return ([Bundle.main.bundleURL] + beside).map { $0.appendingPathComponent("striate").path }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }()

    /// Runs a command line to its end.
    ///
    /// - Parameter during: Called once the process runs.
    static func run(
        _ arguments: String..., input: Data? = nil, environment: [String: String] = [:], in folder: String? = nil,
        during: (Process) throws -> Void = { _ in }
    ) throws -> Result {
        try run(arguments, input: input, environment: environment, in: folder, during: during)
    }

    /// - Parameter fileLimit: The most kibibytes that a file may have: where a disk would be full.
    static func run(
        _ arguments: [String], fileLimit: Int? = nil, input: Data? = nil, environment: [String: String] = [:], in folder: String? = nil,
        during: (Process) throws -> Void = { _ in }
    ) throws -> Result {
        let process = Process(), path = try #require(path, "the program striate was not built beside the tests")
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        if let fileLimit {
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", "ulimit -f \(fileLimit); exec \"$0\" \"$@\"", path] + arguments
        }
        // Neither the user's data nor the user's terminal shall matter.
        process.environment = ProcessInfo.processInfo.environment
            .merging(["STRIATE_DATA": "", "TERM": "dumb", "XDG_CACHE_HOME": "/nonexistent"]) { $1 }.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        // Files, not pipes: nothing can fill up and wait.
        return try withFolder { scratch in
            func open(_ name: String, _ contents: Data = Data()) throws -> FileHandle {
                let url = URL(fileURLWithPath: scratch + "/" + name)
                try contents.write(to: url)
                return try FileHandle(forUpdating: url)
            }
            process.standardInput = try open("input", input ?? Data())
            process.standardOutput = try open("output")
            process.standardError = try open("errors")
            try process.run()
            let deadline = DispatchWorkItem { process.terminate() }
            DispatchQueue.global().asyncAfter(deadline: .now() + 240, execute: deadline)
            try during(process)
            process.waitUntilExit()
            deadline.cancel()
            func text(_ name: String) throws -> String {
                String(decoding: try Data(contentsOf: URL(fileURLWithPath: scratch + "/" + name)), as: UTF8.self)
            }
            return Result(status: process.terminationStatus, output: try text("output"), errors: try text("errors"))
        }
    }
}

/// Runs `body` with a folder of its own, and removes it.
func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.path + "/striate-command-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}
