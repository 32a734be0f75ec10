import StriateGraph

/// A picture with a label, not read yet.
struct Sample: Sendable {
    let file: TreeFile
    let label: Int32
}

/// A picture whose class is known by name.
struct LabelledFile {
    let file: TreeFile
    let className: String
    /// Nil where the data do not say.
    let part: DataSet.Split?
}

/// Pictures in files with the names of their classes: a folder of class folders (``init(folders:split:)``) or a list.
struct LabelledFiles: Sendable {
    /// The folder, archive or list, for errors.
    let root: String
    /// In natural order. A class that is missing in one part keeps its number there.
    let classes: [String]
    private(set) var samples: [DataSet.Split: [Sample]]
    /// Files that are no pictures, and pictures in the wrong place.
    let skipped: [DataError]
    /// Whether the parts were made here, by chance.
    let isDivided: Bool

    /// - Parameter split: How data without parts are divided. Its seed mixes the training pictures too.
    /// - Throws: ``DataError`` where there are no pictures, or validation pictures were asked for twice.
    init(_ files: [LabelledFile], root: String, skipped: [DataError], split: DataSplit) throws(DataError) {
        self.root = root
        var files = files, skipped = skipped
        var names = Set(files.map(\.className))
        if let saved = split.saved {
            names = saved.classes
            skipped += files.filter { saved[$0] == nil }.map { DataError($0.file.name, "was not there when the run began") }
            files.removeAll { saved[$0] == nil }
        }
        guard !files.isEmpty else {
            let first = skipped.first.map { " (\($0))" } ?? ""
            throw DataError(root, "holds no data set that is known: \(DataSource.kinds)\(first)")
        }
        classes = names.sorted(by: naturallyPrecedes)
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        var parts = [DataSet.Split: [Sample]]()
        for file in files {
            let part = split.saved?[file] ?? file.part ?? .train
            parts[part, default: []].append(Sample(file: file.file, label: labels[file.className] ?? 0))
        }
        let order = SampleOrder(seed: split.seed)
        isDivided = try split.divide(&parts, order: order, classes: classes.count, root: root)
        // Class after class, the first pictures alone would teach one class alone.
        parts[.train] = parts[.train].map(order.mixed)
        samples = parts
        self.skipped = skipped
    }

    /// The pictures of a part. Validation and test stand in for each other.
    func samples(of split: DataSet.Split) -> [Sample] {
        switch split {
        case .train: samples[.train] ?? []
        case .validation: samples[.validation] ?? samples[.test] ?? []
        case .test: samples[.test] ?? samples[.validation] ?? []
        }
    }

    /// What ``SavedSplit`` reads.
    var splitTable: String {
        let rows = DataSet.Split.allCases.flatMap { part in
            (samples[part] ?? []).map { (path: $0.file.path, label: classes[Int($0.label)], part: part) }
        }
        return SavedSplit.header + rows.sorted { naturallyPrecedes($0.path, $1.path) }.map { row in
            CSV.line([row.path.joined(separator: "/"), row.label, row.part.rawValue])
        }.joined()
    }
}

// MARK: - Class folders

extension LabelledFiles {
    /// Pictures in folders that are called like their classes: `CLASS/…/FILE`, or `train/CLASS/…/FILE` beside `val/` or `test/`.
    ///
    /// - Throws: ``DataError`` where there are no class folders with pictures, or two folders for one part.
    init(folders tree: FileTree, split: DataSplit) throws(DataError) {
        let layout = try Layout(tree)
        try self.init(layout.pictures, root: tree.root, skipped: layout.skipped, split: split)
    }
}

extension DataSet.Split {
    /// What people call the folder of a part.
    init?(folder: String) {
        switch folder.lowercased() {
        case "train", "training": self = .train
        case "val", "valid", "validation": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }
}

/// Which part and which class each picture belongs to.
private struct Layout {
    private(set) var pictures: [LabelledFile] = []
    private(set) var skipped: [DataError] = []

    init(_ tree: FileTree) throws(DataError) {
        let files = Layout.withoutRoot(tree.files)
        let parts = try Layout.parts(files, root: tree.root)
        for file in files {
            let path = file.path
            let part = parts[path.first ?? ""]
            let below = parts.isEmpty ? path[...] : path.dropFirst()
            let isInPlace = (parts.isEmpty || part != nil) && below.count > 1
            do throws(DataError) {
                let isPicture = PictureFormat(try file.start(PictureFormat.signatureSize)) != nil
                if isInPlace, let className = below.first {
                    if isPicture {
                        pictures.append(LabelledFile(file: file, className: className, part: part))
                    } else {
                        skipped.append(DataError(file.name, "is no picture that can be read (\(PictureFormat.names))"))
                    }
                } else if isPicture {
                    skipped.append(DataError(file.name, "lies in no class's folder"))
                }
            } catch {
                if isInPlace { skipped.append(error) }
            }
        }
    }

    /// The files without the folders that all share above those of the parts or classes, as in `flowers/train/rose/1.jpg`.
    private static func withoutRoot(_ files: [TreeFile]) -> [TreeFile] {
        var files = files
        while let name = files.first?.path.first, DataSet.Split(folder: name) == nil,
            files.allSatisfy({ $0.path.count > 2 && $0.path[0] == name })
        {
            for index in files.indices { files[index].path.removeFirst() }
        }
        return files
    }

    /// The folders of parts, of which each holds folders of classes: a class may be called `train` too.
    private static func parts(_ files: [TreeFile], root: String) throws(DataError) -> [String: DataSet.Split] {
        var parts = [String: DataSet.Split]()
        for file in files where file.path.count > 2 {
            let name = file.path[0]
            guard parts[name] == nil, let split = DataSet.Split(folder: name) else { continue }
            if let other = parts.first(where: { $0.value == split })?.key {
                throw DataError(root, "has two folders of \(split) pictures, \(other) and \(name); take one of them away")
            }
            parts[name] = split
        }
        return parts
    }
}
