import ArgumentParser
import Foundation
import Striate

/// A data set that was named on the command line.
struct DataSource {
    let name: String
    let directory: String?
    let seed: UInt64

    /// - Throws: ``UsageError`` for what is neither a name nor a path.
    init(_ name: String, directory: String?, seed: UInt64) throws {
        self.name = name
        self.directory = directory
        self.seed = seed
        let names = Catalog.entries.map(\.name)
        guard names.contains(name) || name.contains("/") || FileManager.default.fileExists(atPath: name) else {
            let hint = Suggestion.hint(for: name, among: names)
            throw UsageError(
                "there is no data set \"\(name)\"\(hint.isEmpty ? "; it is one of \(names.joined(separator: ", ")) or a path" : hint)")
        }
    }

    func load(_ output: OutputOptions) throws -> DataSet {
        let progress = FetchLog(isQuiet: output.quiet)
        defer { progress.finish() }
        return try DataSet.load(name, directory: directory, seed: seed, progress: progress.handler)
    }

    func load(_ split: DataSet.Split, _ output: OutputOptions) throws -> ImageSet {
        let progress = FetchLog(isQuiet: output.quiet)
        defer { progress.finish() }
        return try DataSet.load(split, of: name, directory: directory, seed: seed, progress: progress.handler)
    }
}
