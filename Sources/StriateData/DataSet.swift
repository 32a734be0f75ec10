import Dispatch
import Synchronization

/// Images to learn from, and others to be judged by.
public struct DataSet: Hashable, Sendable {
    public let name: String
    public let train: ImageSet
    public let test: ImageSet

    /// A part of a data set.
    public enum Split: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        case train, test
        public var description: String { self == .train ? "training" : "test" }
    }

    /// - Throws: ``DataError`` where the two parts differ in shape or classes.
    public init(name: String, train: ImageSet, test: ImageSet) throws(DataError) {
        guard train.shape == test.shape else {
            throw DataError(name, "training images are \(train.shape), but test images are \(test.shape)")
        }
        guard train.classes == test.classes else {
            throw DataError(name, "training and test images have different classes: \(train.classes.count) and \(test.classes.count)")
        }
        self.name = name
        self.train = train
        self.test = test
    }
}

extension DataSet {
    /// Loads a data set by its name (`digits`, `mnist`, `fashion-mnist`, `cifar10`) or the path of a folder of IDX or CIFAR binary files.
    ///
    /// A named set is looked for in ``DataDirectory/candidates(directory:environment:)`` and fetched into the first of them that can be written to
    /// where it is missing.
    /// - Parameters:
    ///   - directory: `--data-dir`.
    ///   - seed: What `digits` is drawn from; files do not depend on it.
    ///   - mirror: The address of a folder to fetch from instead of the official ones.
    ///   - progress: Called while something is fetched.
    public static func load(
        _ nameOrPath: String, directory: String? = nil, seed: UInt64 = 1, mirror: String? = nil,
        progress: FetchProgress.Handler? = nil
    ) throws(DataError) -> DataSet {
        let source = try Source(nameOrPath, Split.allCases, directory: directory, seed: seed, mirror: mirror, progress: progress)
        let (train, test) = try concurrently(
            { () throws(DataError) in try source.load(.train) }, { () throws(DataError) in try source.load(.test) })
        return try DataSet(name: nameOrPath, train: train, test: test)
    }

    /// Loads one part alone, with the parameters of ``load(_:directory:seed:mirror:progress:)``.
    public static func load(
        _ split: Split, of nameOrPath: String, directory: String? = nil, seed: UInt64 = 1, mirror: String? = nil,
        progress: FetchProgress.Handler? = nil
    ) throws(DataError) -> ImageSet {
        try Source(nameOrPath, [split], directory: directory, seed: seed, mirror: mirror, progress: progress).load(split)
    }

    /// The folder or archive that holds a named data set, or nil where it is built in or has yet to be fetched.
    ///
    /// - Throws: ``DataError`` for an unknown name.
    public static func path(of name: String, directory: String? = nil) throws(DataError) -> String? {
        let entry = try Catalog.entry(named: name)
        return entry.isBuiltIn ? nil : locate(entry, Split.allCases, among: DataDirectory.candidates(directory: directory))?.folder
    }

    private static func locate(_ entry: CatalogEntry, _ splits: [Split], among candidates: [String]) -> (folder: String, files: DataFiles)? {
        for candidate in candidates {
            let folder = candidate + "/" + entry.name
            if let files = DataFiles(in: folder), splits.allSatisfy(files.has) { return (folder, files) }
        }
        return nil
    }

    /// Where images come from.
    private enum Source: Sendable {
        case digits(seed: UInt64)
        case files(DataFiles, entry: CatalogEntry?)

        init(
            _ nameOrPath: String, _ splits: [Split], directory: String?, seed: UInt64, mirror: String?, progress: FetchProgress.Handler?
        ) throws(DataError) {
            if nameOrPath == Catalog.digits.name {
                self = .digits(seed: seed)
            } else if let entry = Catalog.entries.first(where: { $0.name == nameOrPath }) {
                let candidates = DataDirectory.candidates(directory: directory)
                if let found = locate(entry, splits, among: candidates) {
                    self = .files(found.files, entry: entry)
                    return
                }
                let folder = try Fetch.fetch(
                    entry, into: DataDirectory.writable(among: candidates), mirror: mirror, progress: progress)
                guard let files = DataFiles(in: folder) else { throw DataError(folder, "was fetched, but holds no data set") }
                self = .files(files, entry: entry)
            } else if isFolder(nameOrPath) {
                guard let files = DataFiles(in: nameOrPath) else {
                    throw DataError(
                        nameOrPath,
                        "holds neither IDX files (train-images-idx3-ubyte, …) nor CIFAR binary files (data_batch_1.bin, …)")
                }
                self = .files(files, entry: nil)
            } else if fileExists(nameOrPath) {
                guard nameOrPath.hasSuffix(".tar") || nameOrPath.hasSuffix(".tar.gz") || nameOrPath.hasSuffix(".tgz") else {
                    throw DataError(nameOrPath, "is a single file; name the folder that holds the data set")
                }
                self = .files(.cifarArchive(nameOrPath), entry: nil)
            } else if nameOrPath.contains("/") {
                throw DataError(nameOrPath, "no such file or folder")
            } else {
                _ = try Catalog.entry(named: nameOrPath)
                throw DataError(nameOrPath, "is no data set")
            }
        }

        func load(_ split: Split) throws(DataError) -> ImageSet {
            switch self {
            case .digits(let seed): return Digits.make(split, seed: seed)
            case .files(let files, let entry):
                let set = try files.load(split, classes: entry?.classes)
                guard let entry, set.shape != entry.shape else { return set }
                throw DataError(entry.name, "its images should be \(entry.shape), but the files hold \(set.shape)")
            }
        }
    }
}

extension DataFiles {
    func has(_ split: DataSet.Split) -> Bool {
        switch self {
        case .idx(_, let train, let test): (split == .train ? train : test) != nil
        case .cifar(let folder): CIFAR.files(of: split).allSatisfy { fileExists(folder + "/" + $0) }
        case .cifarArchive: true
        }
    }
}

/// Runs both at once. Where both fail the first one's error counts.
private func concurrently<A: Sendable, B: Sendable>(
    _ first: @Sendable () throws(DataError) -> A, _ second: @Sendable () throws(DataError) -> B
) throws(DataError) -> (A, B) {
    let a = Mutex<Result<A, DataError>?>(nil)
    let b = Mutex<Result<B, DataError>?>(nil)
    DispatchQueue.concurrentPerform(iterations: 2) { index in
        if index == 0 {
            let result = Result { () throws(DataError) in try first() }
            a.withLock { $0 = result }
        } else {
            let result = Result { () throws(DataError) in try second() }
            b.withLock { $0 = result }
        }
    }
    guard let a = a.withLock({ $0 }), let b = b.withLock({ $0 }) else { fatalError("concurrentPerform left out an iteration") }
    return (try a.get(), try b.get())
}
