import ArgumentParser
import Foundation
import Striate
import Synchronization

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
    ///
    /// - Parameters:
    ///   - split: How data are divided that have no pictures for validation.
    ///   - isStrict: Whether files that are no pictures are an error.
    func open(
        _ splits: [DataSet.Split], split: DataSplit = DataSplit(), isStrict: Bool = false, _ output: OutputOptions
    ) throws -> DataReader {
        let progress = FetchLog(isQuiet: output.quiet)
        defer { progress.finish() }
        let reader = try DataReader(name, splits: splits, directory: directory, seed: seed, split: split, progress: progress.handler)
        if isStrict, let first = reader.skipped.first { throw first }
        SkipLog(isQuiet: output.quiet).tell(reader.skipped)
        return reader
    }
}

extension PictureLoader {
    /// The same pictures with labels that follow the names of a model's classes: a class that has no folder shifts no other. As many classes
    /// of which none is called alike go by their numbers.
    ///
    /// - Parameters:
    ///   - data: What errors call the pictures.
    ///   - model: What errors call the model.
    func labelled(as names: [String], data: String, model: String) throws -> PictureLoader {
        if let loader = relabelled(for: names) { return loader }
        let known = Set(names), unknown = classes.filter { !known.contains($0) }
        guard classes.count == names.count, unknown.count == classes.count else {
            throw WorkError("\(data): its class \(unknown.first ?? "") is none of the \(names.count) that \(model) knows")
        }
        return renamed(names)
    }
}

extension PictureLoader {
    /// Fewer pictures of a class than this teach it by luck.
    private static let sensible = 10

    /// One line where there is too little to learn from, or to be judged by; nil where there is enough.
    func warning(validatedOn validation: PictureLoader) -> String? {
        var counts = [Int](repeating: 0, count: classes.count)
        for label in labels { counts[Int(label)] += 1 }
        // A class without pictures is another matter: a model may know more than these data have.
        let few = classes.indices.filter { (1..<PictureLoader.sensible).contains(counts[$0]) }
        if let least = few.min(by: { counts[$0] < counts[$1] }) {
            return "data: \(few.count == 1 ? "one class has" : "\(few.count) classes have") fewer than \(PictureLoader.sensible) training pictures "
                + "(\(classes[least]): \(counts[least])); a good network needs some dozens of each class"
        }
        guard validation.count < 2 * PictureLoader.sensible else { return nil }
        return "data: \(validation.count) validation pictures say little; one more or less that is right is "
            + "\(Numbers.percent(1 / Double(max(1, validation.count)), 0)) of accuracy"
    }
}

/// Tells which files are left out of a data set.
final class SkipLog: Sendable {
    private let isQuiet: Bool
    private let count = Mutex(0)
    /// A folder full of broken files is not told file by file.
    private static let most = 5

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    /// Tells of files that were found at once.
    func tell(_ errors: [DataError]) {
        guard !isQuiet, !errors.isEmpty else { return }
        for error in errors.prefix(SkipLog.most) { Output.log("skipped: \(error)") }
        let rest = errors.count - SkipLog.most
        if rest > 0 { Output.log("skipped: \(Numbers.grouped(rest)) more, \(Numbers.grouped(errors.count)) in all") }
    }

    /// Tells of a file that was found while others are still to come.
    func tell(_ error: DataError) {
        let number = count.withLock { count in
            count += 1
            return count
        }
        guard !isQuiet, number <= SkipLog.most + 1 else { return }
        Output.log(number <= SkipLog.most ? "skipped: \(error)" : "skipped: more files, which are not told one by one")
    }
}
