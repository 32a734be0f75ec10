import StriateGraph

/// How data are divided that do not come with a part for validation.
public struct DataSplit: Sendable {
    /// What chance follows from: not a training's seed. Whatever a training follows from, what it is tested with must be the same.
    public var seed: UInt64 = 1
    /// The share of each class that is kept for validation, 0…1; nil for ``standardShare`` of data without any parts, and for none of others.
    public var share: Double?
    /// The division of an earlier run, which then counts.
    public var saved: SavedSplit?

    public static let standardShare = 0.2

    public init(seed: UInt64 = 1, share: Double? = nil, saved: SavedSplit? = nil) {
        self.seed = seed
        self.share = share
        self.saved = saved
    }

    /// Takes a share of the training pictures away for validation, where that is wanted.
    ///
    /// - Returns: Whether there were parts to make, now or in the run before.
    /// - Throws: ``DataError`` where a share is wanted of data that have their own validation pictures.
    func divide(
        _ parts: inout [DataSet.Split: [Sample]], order: SampleOrder, classes: Int, root: String
    ) throws(DataError) -> Bool {
        guard saved == nil else { return true }
        guard let train = parts[.train], parts.count == 1 || share != nil else { return false }
        guard parts[.validation] == nil else { throw DataError(root, "has validation pictures of its own; leave --val-share out") }
        let (rest, kept) = try order.split(train, classes: classes, share: share ?? DataSplit.standardShare)
        parts[.train] = rest
        // What nothing else tests stands in for test pictures too.
        parts[parts[.test] == nil ? .test : .validation] = kept
        return true
    }
}

extension DataSplit {
    /// Takes a share of the training images in memory away for validation, where that is wanted. The same images stay together here too.
    func divided(_ parts: [DataSet.Split: ImageSet]) throws(DataError) -> [DataSet.Split: ImageSet] {
        guard let share, let train = parts[.train] else { return parts }
        let samples = train.labels.indices.map { index in
            let file = TreeFile(path: [String(index)], name: "image \(index)", size: train.shape.count, contents: .memory(train[index].pixels))
            return Sample(file: file, label: train.labels[index])
        }
        let (rest, kept) = try SampleOrder(seed: seed).split(samples, classes: train.classes.count, share: share)
        func images(_ samples: [Sample]) -> ImageSet {
            let numbers = samples.compactMap { $0.file.path.first.flatMap { Int($0) } }.sorted()
            var pixels = train.pixels
            pixels.keep(numbers, stride: train.shape.count)
            return ImageSet(shape: train.shape, pixels: pixels, labels: numbers.map { train.labels[$0] }, classes: train.classes)
        }
        var parts = parts
        (parts[.train], parts[.validation]) = (images(rest), images(kept))
        return parts
    }
}

/// Which pictures a run learned from and which it was judged by: a table of `path,label,part`, kept in its folder.
public struct SavedSplit: Sendable {
    private let parts: [String: DataSet.Split]
    /// Of all pictures of the run.
    let classes: Set<String>

    static let header = "path,label,part\n"

    /// - Throws: ``DataError`` where the file cannot be read or is no such table.
    public init(contentsOf path: String) throws(DataError) {
        var parts = [String: DataSet.Split](), classes = Set<String>()
        let rows = try CSV.rows(readFile(path, limit: 1 << 30), separator: UInt8(ascii: ","), file: path)
        guard rows.first?.fields == ["path", "label", "part"] else { throw DataError(path, "is not the table of a run's parts") }
        for row in rows.dropFirst() {
            guard row.fields.count == 3, let part = DataSet.Split(rawValue: row.fields[2]) else {
                throw DataError(path, "line \(row.line) is not path,label,part")
            }
            parts[row.fields[0]] = part
            classes.insert(row.fields[1])
        }
        self.parts = parts
        self.classes = classes
    }

    /// The part of a picture, or nil where the run did not know it.
    subscript(file: LabelledFile) -> DataSet.Split? { parts[file.file.path.joined(separator: "/")] }
}
