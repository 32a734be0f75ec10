import StriateGraph

/// A picture with a label, not read yet.
struct Sample: Sendable {
    let file: TreeFile
    let label: Int32
}

/// Pictures in folders that are called like their classes: `CLASS/…/FILE`, or `train/CLASS/…/FILE` beside `val/` or `test/`.
struct ClassFolders: Sendable {
    /// The folder or archive, for errors.
    let root: String
    /// In natural order. A class that is missing in one part keeps its number there.
    let classes: [String]
    private(set) var samples: [DataSet.Split: [Sample]]
    /// Files that are no pictures, and pictures in the wrong place.
    let skipped: [DataError]

    /// - Parameter seed: What the parts follow from where there is only one folder; it mixes the training pictures too.
    /// - Throws: ``DataError`` where there are no class folders with pictures, or two folders for one part.
    init(_ tree: FileTree, seed: UInt64) throws(DataError) {
        root = tree.root
        let layout = try Layout(tree)
        skipped = layout.skipped
        classes = Set(layout.pictures.map(\.className)).sorted(by: naturallyPrecedes)
        guard !classes.isEmpty else {
            let first = layout.skipped.first.map { " (\($0))" } ?? ""
            throw DataError(
                root, "holds no data set that is known: pictures in a folder for each class, IDX files (train-images-idx3-ubyte, …) or CIFAR binary files (data_batch_1.bin, …)\(first)")
        }
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
        var parts = [DataSet.Split: [Sample]]()
        for picture in layout.pictures {
            parts[picture.split, default: []].append(Sample(file: picture.file, label: labels[picture.className] ?? 0))
        }
        let order = SampleOrder(seed: seed)
        if let all = parts[.train], parts.count == 1 {
            (parts[.train], parts[.test]) = try order.split(all, classes: classes.count)
        }
        // Class after class, the first pictures alone would teach one class alone.
        parts[.train] = parts[.train].map(order.mixed)
        samples = parts
    }

    /// The pictures of a part. Validation and test stand in for each other.
    func samples(of split: DataSet.Split) -> [Sample] {
        switch split {
        case .train: samples[.train] ?? []
        case .validation: samples[.validation] ?? samples[.test] ?? []
        case .test: samples[.test] ?? samples[.validation] ?? []
        }
    }
}

extension DataSet.Split {
    /// What people call the folder of a part.
    fileprivate init?(folder: String) {
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
    struct Labelled {
        let file: TreeFile
        let split: DataSet.Split
        let className: String
    }

    private(set) var pictures: [Labelled] = []
    private(set) var skipped: [DataError] = []

    init(_ tree: FileTree) throws(DataError) {
        let files = Layout.withoutRoot(tree.files)
        let parts = try Layout.parts(files, root: tree.root)
        for file in files {
            let path = file.path
            let split = parts.isEmpty ? .train : parts[path.first ?? ""]
            let below = parts.isEmpty ? path[...] : path.dropFirst()
            let isInPlace = split != nil && below.count > 1
            do throws(DataError) {
                let isPicture = PictureFormat(try file.start(PictureFormat.signatureSize)) != nil
                if isInPlace, let split, let className = below.first {
                    if isPicture {
                        pictures.append(Labelled(file: file, split: split, className: className))
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
