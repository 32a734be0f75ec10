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
            throw UsageError.unknown("data set", name, among: names, orElse: " or a path")
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
