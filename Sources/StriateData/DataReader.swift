import Dispatch
public import StriateGraph
import Synchronization

/// A data set that was found: its classes are known, and its images come as a network expects them.
///
/// Photographs have many sizes. They are decoded when ``images(_:for:limit:)`` knows the size that is wanted; data sets whose images
/// have one size are read at once.
public struct DataReader: Sendable {
    /// What it was called.
    public let name: String
    /// The names of the classes, by label, the same for every part.
    public let classes: [String]
    private let content: Content

    fileprivate enum Content: Sendable {
        case images([DataSet.Split: ImageSet])
        case pictures(ClassFolders)
    }

    /// Finds a data set by its name or path, with the parameters of ``DataSet/load(_:directory:seed:mirror:progress:)``.
    ///
    /// - Parameters:
    ///   - splits: The parts that will be asked for.
    ///   - splitSeed: What a folder without `val/` or `test/` is divided by. Not `seed`: whatever a training follows from, what it is tested with
    ///     must be the same.
    public init(
        _ nameOrPath: String, splits: [DataSet.Split] = [.train, .test], directory: String? = nil, seed: UInt64 = 1, splitSeed: UInt64 = 1,
        mirror: String? = nil, progress: FetchProgress.Handler? = nil
    ) throws(DataError) {
        // Only folders of pictures know a part for validation.
        let parts = splits.contains(.train) ? splits.contains { $0 != .train } ? [DataSet.Split.train, .test] : [.train] : [.test]
        let source = try DataSource(nameOrPath, parts, directory: directory, mirror: mirror, progress: progress)
        name = nameOrPath
        content = try Content(source, parts, seed: seed, splitSeed: splitSeed)
        switch content {
        case .images(let images): classes = images.values.first?.classes ?? []
        case .pictures(let folders): classes = folders.classes
        }
        if let entry = source.entry { try check(entry) }
    }

    /// The images of a part: those of `validation` are the `test` images where there are no others, and the other way round.
    ///
    /// - Parameters:
    ///   - preprocessing: What the images are fitted to. Without it they stay as they are, and must have one size.
    ///   - limit: How many of the first are wanted.
    /// - Throws: ``DataError`` where there are none, they do not fit into memory, or none can be read.
    public func images(
        _ split: DataSet.Split, for preprocessing: Preprocessing? = nil, limit: Int? = nil
    ) throws(DataError) -> LoadedImages {
        switch content {
        case .images(let images):
            guard let set = images[split] ?? images[.test], split != .train || images[.train] != nil else {
                throw DataError(name, "its \(split) images were not asked for")
            }
            let first = limit.map(set.prefix) ?? set
            guard let preprocessing else { return LoadedImages(images: first, skipped: []) }
            return LoadedImages(images: try first.prepared(for: preprocessing), skipped: [])
        case .pictures(let folders):
            guard split != .train || !folders.samples(of: .train).isEmpty else {
                throw DataError(name, "has no training pictures; put them into a folder train/ beside the others")
            }
            return try folders.images(split, for: preprocessing, limit: limit)
        }
    }

    /// The labels of a part. Pictures in folders are counted without decoding them.
    public func labels(of split: DataSet.Split) -> [Int32] {
        switch content {
        case .images(let images): (images[split] ?? images[.test])?.labels ?? []
        case .pictures(let folders): folders.samples(of: split).map(\.label)
        }
    }

    /// `[channels, rows, columns]` where all images have one shape for certain.
    public var shape: Shape? {
        guard case .images(let images) = content else { return nil }
        return images.values.first?.shape
    }

    /// Files that are left out because they are no pictures or lie in no class's folder.
    public var skipped: [DataError] {
        guard case .pictures(let folders) = content else { return [] }
        return folders.skipped
    }

    /// Whether the parts for validation and for testing are two.
    public var hasValidation: Bool {
        guard case .pictures(let folders) = content else { return false }
        return folders.samples[.validation] != nil && folders.samples[.test] != nil
    }

    private func check(_ entry: CatalogEntry) throws(DataError) {
        if let shape, shape != entry.shape { throw DataError(entry.name, "its images should be \(entry.shape), but the files hold \(shape)") }
        guard case .pictures = content, classes != entry.classes else { return }
        throw DataError(entry.name, "its classes should be \(entry.classes.joined(separator: ", ")), but its folders are \(classes.joined(separator: ", "))")
    }
}

extension DataReader.Content {
    fileprivate init(_ source: DataSource, _ splits: [DataSet.Split], seed: UInt64, splitSeed: UInt64) throws(DataError) {
        switch source.place {
        case .digits:
            self = .images(Dictionary(uniqueKeysWithValues: splits.map { ($0, Digits.make($0, seed: seed)) }))
        case .pictures(let folder):
            self = .pictures(try ClassFolders(FileTree(folder: folder), seed: splitSeed))
        case .archive(let path):
            let files = try Tar.files(in: readFile(path), file: path, limit: Memory.budget) { _ in true }
            guard CIFAR.isAmong(files.map { fileName($0.path) }) else {
                self = .pictures(try ClassFolders(FileTree(archive: path, files: files), seed: splitSeed))
                return
            }
            self = .images(try inParallel(splits) { (split) throws(DataError) in
                try CIFAR.decode(files, of: split, archive: path, classes: source.entry?.classes)
            })
        case .binary(let files):
            self = .images(try inParallel(splits) { (split) throws(DataError) in try files.load(split, classes: source.entry?.classes) })
        }
    }
}

/// Loads several parts at once. Where more than one fails the first one's error counts.
private func inParallel(
    _ splits: [DataSet.Split], _ load: @Sendable (DataSet.Split) throws(DataError) -> ImageSet
) throws(DataError) -> [DataSet.Split: ImageSet] {
    let results = Mutex<[DataSet.Split: Result<ImageSet, DataError>]>([:])
    DispatchQueue.concurrentPerform(iterations: splits.count) { index in
        let result = Result { () throws(DataError) in try load(splits[index]) }
        results.withLock { $0[splits[index]] = result }
    }
    let all = results.withLock { $0 }
    var images = [DataSet.Split: ImageSet]()
    for split in splits { images[split] = try all[split]?.get() }
    return images
}
