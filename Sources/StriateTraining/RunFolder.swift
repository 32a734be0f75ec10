import Foundation
public import StriateFormats

/// A training run on disk: `config.json` (its options), `metrics.jsonl` (a line for each epoch), `last.safetensors` (the
/// checkpoint), `previous.safetensors` (the one before it) and `best.safetensors` (the best epoch's model). What else lies there
/// is for people: ``TableLog``, ``EventLog``, pictures.
public struct RunFolder: Hashable, Sendable {
    public let path: String

    public var config: String { "\(path)/config.json" }
    public var metrics: String { "\(path)/metrics.jsonl" }
    public var table: String { "\(path)/metrics.csv" }
    public var last: String { "\(path)/last.safetensors" }
    public var previous: String { "\(path)/previous.safetensors" }
    public var best: String { "\(path)/best.safetensors" }
    /// Which pictures the run learned from and which it was judged by, where chance decided that.
    public var split: String { Self.split(in: path) }

    /// The place of ``split`` in a folder that may hold no run.
    public static func split(in folder: String) -> String { "\(withoutEndingSlashes(folder))/split.csv" }

    // MARK: - Beginning and finding

    /// Creates the folder of a new run, those above it too, and writes `config.json`.
    ///
    /// - Parameter path: A folder that does not exist, or is empty.
    /// - Throws: ``FormatError`` where the folder holds anything or cannot be written.
    public init(creating path: String, options: TrainingOptions) throws(FormatError) {
        let path = Self.withoutEndingSlashes(path)
        try Self.createParents(of: path)
        if mkdir(path, 0o777) != 0 {
            guard errno == EEXIST else { throw FormatError(file: path, "cannot create this run folder: \(Self.reason(errno))") }
            guard let contents = try? FileManager.default.contentsOfDirectory(atPath: path) else {
                throw FormatError(file: path, "is not a folder that can be read; name another with --run")
            }
            // A process that was killed before it began may have left an unfinished file.
            guard contents.allSatisfy({ $0.hasPrefix(AtomicFile.temporaryPrefix) }) else {
                throw FormatError(file: path, "this run folder exists; name another with --run, or go on with --resume \(path)")
            }
        }
        self.path = path
        try write(options)
    }

    /// Creates `runs/NETWORK-1`, or the first number that is free; two runs that begin at once get different ones.
    public init(for network: String, in parent: String = "runs", options: TrainingOptions) throws(FormatError) {
        try Self.createParents(of: "\(parent)/new")
        for number in 1...1_000_000 {
            let path = "\(parent)/\(network)-\(number)"
            if mkdir(path, 0o777) == 0 {
                self.path = path
                try write(options)
                return
            }
            guard errno == EEXIST else { throw FormatError(file: path, "cannot create this run folder: \(Self.reason(errno))") }
        }
        throw FormatError(file: parent, "holds a million runs; name a folder with --run")
    }

    /// A run that has begun. What a killed process left unfinished is removed.
    ///
    /// - Throws: ``FormatError`` where there is no run in the folder.
    public init(opening path: String) throws(FormatError) {
        try self.init(reading: path)
        let contents = (try? FileManager.default.contentsOfDirectory(atPath: self.path)) ?? []
        for name in contents where name.hasPrefix(AtomicFile.temporaryPrefix) { unlink("\(self.path)/\(name)") }
    }

    /// A run that is only looked at: nothing in the folder is touched, so that it may be under way.
    ///
    /// - Throws: ``FormatError`` where there is no run in the folder.
    public init(reading path: String) throws(FormatError) {
        self.path = Self.withoutEndingSlashes(path)
        guard FileManager.default.fileExists(atPath: config) else {
            throw FormatError(file: path, "holds no run: there is no config.json")
        }
    }

    // MARK: - Options

    public func write(_ options: TrainingOptions) throws(FormatError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes: Data
        do { bytes = try encoder.encode(options) } catch {
            throw FormatError(file: config, "the options hold a number that is not finite")
        }
        try AtomicFile.write(Array(bytes) + [UInt8(ascii: "\n")], to: config)
    }

    public func options() throws(FormatError) -> TrainingOptions {
        let bytes: Data
        do { bytes = try Data(contentsOf: URL(fileURLWithPath: config)) } catch {
            throw FormatError(file: config, "cannot be read")
        }
        do { return try JSONDecoder().decode(TrainingOptions.self, from: bytes) } catch {
            throw FormatError(file: config, Self.explained(error))
        }
    }

    // MARK: - Metrics

    /// The epochs of the run so far; lines that are not whole are left out.
    public func allMetrics() -> [EpochMetrics] {
        guard let text = try? String(contentsOfFile: metrics, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { EpochMetrics(json: $0) }
    }

    /// Appends a line, safely on disk when this returns.
    public func append(_ epoch: EpochMetrics) throws(FormatError) {
        let log = try GrowingFile(appendingTo: metrics)
        log.append(line: epoch.json)
        try log.synchronize()
    }

    /// Cuts off what lies beyond the first `epochs` epochs, such as half a line that a killed process wrote.
    public func keepMetrics(ofFirst epochs: Int) throws(FormatError) {
        guard FileManager.default.fileExists(atPath: metrics) else { return }
        let kept = allMetrics().filter { $0.epoch <= epochs }
        try AtomicFile.write(kept.map { $0.json + "\n" }.joined(), to: metrics)
    }

    // MARK: -

    private static func withoutEndingSlashes(_ path: String) -> String {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return String(path)
    }

    private static func createParents(of path: String) throws(FormatError) {
        let parent = AtomicFile.folder(of: path)
        guard mkdir(parent, 0o777) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, parent != path else {
            throw FormatError(file: parent, "cannot create this folder: \(reason(errno))")
        }
        try createParents(of: parent)
        if mkdir(parent, 0o777) != 0, errno != EEXIST {
            throw FormatError(file: parent, "cannot create this folder: \(reason(errno))")
        }
    }

    private static func reason(_ code: Int32) -> String { FormatError.reason(forErrno: code) }

    /// A decoder's complaint in one line.
    private static func explained(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context): return "\(place(context, key)) is missing"
        case DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty,
            DecodingError.valueNotFound(_, let context) where !context.codingPath.isEmpty:
            return "\(place(context)) has a value of the wrong kind"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "\(place(context)): \(context.debugDescription)"
        default: return "is not the JSON of a run's options"
        }
    }
}
