/// Images to learn from, and others to be judged by.
public struct DataSet: Hashable, Sendable {
    public let name: String
    public let train: ImageSet
    public let test: ImageSet

    /// A part of a data set. Most have none for validation, which the test images then stand in for.
    public enum Split: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        case train, validation, test
        public var description: String { self == .train ? "training" : rawValue }
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
    /// Loads a data set by its name (`digits`, `mnist`, `fashion-mnist`, `cifar10`) or by a path: a folder of class folders with pictures of one size, a
    /// `.tar` or `.tar.gz` of such a one, or a folder of IDX or CIFAR binary files. ``DataReader`` reads pictures of any size too.
    ///
    /// A named set is looked for in ``DataDirectory/candidates(directory:environment:)`` and fetched into the first of them that can be written to
    /// where it is missing. Files that are no whole pictures are left out.
    /// - Parameters:
    ///   - directory: `--data-dir`.
    ///   - seed: What `digits` is drawn from; files do not depend on it.
    ///   - mirror: The address of a folder to fetch from instead of the official ones.
    ///   - progress: Called while something is fetched.
    public static func load(
        _ nameOrPath: String, directory: String? = nil, seed: UInt64 = 1, mirror: String? = nil,
        progress: FetchProgress.Handler? = nil
    ) throws(DataError) -> DataSet {
        let reader = try DataReader(nameOrPath, directory: directory, seed: seed, mirror: mirror, progress: progress)
        return try DataSet(name: nameOrPath, train: reader.images(.train).images, test: reader.images(.test).images)
    }

    /// Loads one part alone, with the parameters of ``load(_:directory:seed:mirror:progress:)``.
    public static func load(
        _ split: Split, of nameOrPath: String, directory: String? = nil, seed: UInt64 = 1, mirror: String? = nil,
        progress: FetchProgress.Handler? = nil
    ) throws(DataError) -> ImageSet {
        try DataReader(nameOrPath, splits: [split], directory: directory, seed: seed, mirror: mirror, progress: progress).images(split).images
    }

    /// The folder that holds a named data set, or nil where it is built in or has yet to be fetched.
    ///
    /// - Throws: ``DataError`` for an unknown name.
    public static func path(of name: String, directory: String? = nil) throws(DataError) -> String? {
        let entry = try Catalog.entry(named: name)
        if entry.isBuiltIn { return nil }
        return DataSource.locate(entry, [.train, .test], among: DataDirectory.candidates(directory: directory))?.folder
    }
}
