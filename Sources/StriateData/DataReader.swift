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
    /// The one file that holds all test images in their order, if there is one.
    private let testFile: String?

    fileprivate enum Content: Sendable {
        case images([DataSet.Split: ImageSet])
        case pictures(LabelledFiles)
    }

    /// Finds a data set by its name or path, with the parameters of ``DataSet/load(_:directory:seed:mirror:progress:)``.
    ///
    /// - Parameters:
    ///   - splits: The parts that will be asked for.
    ///   - split: How data are divided that have no pictures for validation.
    public init(
        _ nameOrPath: String, splits: [DataSet.Split] = [.train, .test], directory: String? = nil, seed: UInt64 = 1, split: DataSplit = DataSplit(),
        mirror: String? = nil, progress: FetchProgress.Handler? = nil
    ) throws(DataError) {
        // Only folders of pictures know a part for validation.
        let parts = splits.contains(.train) ? splits.contains { $0 != .train } ? [DataSet.Split.train, .test] : [.train] : [.test]
        let source = try DataSource(nameOrPath, parts, directory: directory, mirror: mirror, progress: progress)
        name = nameOrPath
        content = try Content(source, parts, seed: seed, split: split)
        testFile = source.testFile
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
            guard let set = images[split] ?? images[.test] ?? images[.validation], split != .train || images[.train] != nil else {
                throw DataError(name, "its \(split) images were not asked for")
            }
            let first = limit.map(set.prefix) ?? set
            guard let preprocessing else { return LoadedImages(images: first, skipped: []) }
            return LoadedImages(images: try first.prepared(for: preprocessing), skipped: [])
        case .pictures(let folders):
            try checkTraining(split, folders)
            return try folders.images(split, for: preprocessing, limit: limit)
        }
    }

    /// The images of a part as a training or an evaluation takes them: as ``images(_:for:limit:)`` has them, but files are decoded when they
    /// are needed, unless ``LoadingSettings/cache`` keeps them.
    ///
    /// - Parameters:
    ///   - augmentation: What happens to each image by chance.
    ///   - seed: What that chance follows from.
    public func loader(
        _ split: DataSet.Split, for preprocessing: Preprocessing, limit: Int? = nil, augmentation: Augmentation? = nil, seed: UInt64 = 1,
        settings: LoadingSettings = LoadingSettings()
    ) throws(DataError) -> PictureLoader {
        guard case .pictures(let files) = content else {
            // What begins with whole pictures takes them as they are.
            let images = try images(split, for: augmentation?.takesWholePictures == true ? nil : preprocessing, limit: limit).images
            guard let augmentation else {
                let file = split == .test ? testFile : nil
                return PictureLoader(images) { number in file.map { "\($0):\(number)" } }
            }
            return PictureLoader(images, for: preprocessing, augmentation: augmentation, seed: seed, settings: settings)
        }
        try checkTraining(split, files)
        return try files.loader(split, for: preprocessing, limit: limit, augmentation: augmentation, seed: seed, settings: settings)
    }

    /// The pictures of a part one by one, before they are fitted to a network: decoded as ``loader(_:for:limit:augmentation:seed:settings:)``
    /// decodes them for it.
    public func source(
        _ split: DataSet.Split, for preprocessing: Preprocessing, augmentation: Augmentation? = nil
    ) throws(DataError) -> any PictureSource {
        guard case .pictures(let files) = content else { return try images(split).images }
        try checkTraining(split, files)
        return files.source(split, decoding: Decoding(for: preprocessing, areCropped: augmentation?.takesWholePictures ?? false))
    }

    private func checkTraining(_ split: DataSet.Split, _ files: LabelledFiles) throws(DataError) {
        guard split == .train, files.samples(of: .train).isEmpty else { return }
        throw DataError(name, "has no training pictures; put them into a folder train/ beside the others")
    }

    /// The labels of a part. Pictures in folders are counted without decoding them.
    public func labels(of split: DataSet.Split) -> [Int32] {
        switch content {
        case .images(let images): (images[split] ?? images[.test] ?? images[.validation])?.labels ?? []
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
        switch content {
        case .images(let images): images[.validation] != nil && images[.test] != nil
        case .pictures(let files): files.samples[.validation] != nil && files.samples[.test] != nil
        }
    }

    /// The table of which pictures are for training and which are not, where chance has decided that (see ``SavedSplit``); nil where the data
    /// say it themselves, or are images in memory, which a share and a seed divide alike every time.
    public var splitTable: String? {
        guard case .pictures(let files) = content, files.isDivided else { return nil }
        return files.splitTable
    }

    /// Decodes every picture of a part on all processors and keeps none.
    ///
    /// - Returns: One error for each that cannot be read, in their order.
    public func check(_ split: DataSet.Split) -> [DataError] {
        guard case .pictures(let files) = content else { return [] }
        return files.check(split)
    }

    private func check(_ entry: CatalogEntry) throws(DataError) {
        if let shape, shape != entry.shape { throw DataError(entry.name, "its images should be \(entry.shape), but the files hold \(shape)") }
        guard case .pictures = content, classes != entry.classes else { return }
        throw DataError(entry.name, "its classes should be \(entry.classes.joined(separator: ", ")), but its folders are \(classes.joined(separator: ", "))")
    }
}

extension DataReader.Content {
    fileprivate init(_ source: DataSource, _ splits: [DataSet.Split], seed: UInt64, split: DataSplit) throws(DataError) {
        switch source.place {
        case .digits:
            self = .images(try split.divided(Dictionary(uniqueKeysWithValues: splits.map { ($0, Digits.make($0, seed: seed)) })))
        case .pictures(let folder):
            self = .pictures(try LabelledFiles(folders: FileTree(folder: folder), split: split))
        case .list(let path): self = .pictures(try FileList.read(path, split: split))
        case .archive(let path):
            if !GzipReader.isGzip(try readFile(path, atMost: 2)) {
                let entries = try Tar.index(of: path)
                if !CIFAR.isAmong(entries.map { fileName($0.path) }) {
                    let tree = FileTree(archive: path, entries: entries.map { ($0.path, $0.size, .part(of: path, offset: $0.offset)) })
                    self = .pictures(try LabelledFiles(folders: tree, split: split))
                    return
                }
            }
            let files = try Tar.files(in: readFile(path, limit: Memory.budget), file: path, limit: Memory.budget) { _ in true }
            guard CIFAR.isAmong(files.map { fileName($0.path) }) else {
                self = .pictures(try LabelledFiles(folders: FileTree(archive: path, files: files), split: split))
                return
            }
            let images = try inParallel(splits) { (split) throws(DataError) in
                try CIFAR.decode(files, of: split, archive: path, classes: source.entry?.classes)
            }
            self = .images(try split.divided(images))
        case .binary(let files):
            let images = try inParallel(splits) { (split) throws(DataError) in try files.load(split, classes: source.entry?.classes) }
            self = .images(try split.divided(images))
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
