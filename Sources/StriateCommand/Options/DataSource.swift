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

    /// Finds the data set, and fetches it where it is missing.
    func open(_ splits: [DataSet.Split], _ output: OutputOptions) throws -> DataReader {
        let progress = FetchLog(isQuiet: output.quiet)
        defer { progress.finish() }
        let reader = try DataReader(name, splits: splits, directory: directory, seed: seed, progress: progress.handler)
        SkipLog(isQuiet: output.quiet).tell(reader.skipped)
        return reader
    }
}

extension DataReader {
    /// The images of a part as a network expects them; files that had to be left out are told.
    func images(
        _ split: DataSet.Split, fittedTo preprocessing: Preprocessing, limit: Int? = nil, _ output: OutputOptions
    ) throws -> ImageSet {
        let loaded = try images(split, for: preprocessing, limit: limit)
        SkipLog(isQuiet: output.quiet).tell(loaded.skipped)
        return loaded.images
    }
}

/// Tells which files are left out of a data set.
private struct SkipLog {
    let isQuiet: Bool
    /// A folder full of broken files is not told file by file.
    private static let most = 5

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func tell(_ errors: [DataError]) {
        guard !isQuiet, !errors.isEmpty else { return }
        for error in errors.prefix(SkipLog.most) { Output.log("skipped: \(error)") }
        let rest = errors.count - SkipLog.most
        if rest > 0 { Output.log("skipped: \(Numbers.grouped(rest)) more, \(Numbers.grouped(errors.count)) in all") }
    }
}
