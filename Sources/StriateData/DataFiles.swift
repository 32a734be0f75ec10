/// The binary files of a data set in a folder, found but not yet read.
enum DataFiles: Hashable, Sendable {
    /// Paths of images and labels; nil where a part is missing.
    case idx(folder: String, train: Pair?, test: Pair?)
    case cifar(folder: String)

    struct Pair: Hashable, Sendable {
        let images: String
        let labels: String
    }

    /// What lies in a folder, or nil where there are none.
    init?(in folder: String) {
        let train = DataFiles.pair(in: folder, prefix: "train")
        let test = DataFiles.pair(in: folder, prefix: "t10k")
        if train != nil || test != nil {
            self = .idx(folder: folder, train: train, test: test)
            return
        }
        for place in [folder, folder + "/cifar-10-batches-bin"] {
            if (CIFAR.trainFiles + [CIFAR.testFile]).contains(where: { fileExists(place + "/" + $0) }) {
                self = .cifar(folder: place)
                return
            }
        }
        return nil
    }

    private static func pair(in folder: String, prefix: String) -> Pair? {
        // Plain files first: they load faster. Some archives name the files with a dot.
        func find(_ part: String) -> String? {
            let name = folder + "/" + prefix + "-" + part
            return [name + "-ubyte", name + "-ubyte.gz"].first(where: fileExists)
        }
        guard let images = find("images-idx3") ?? find("images.idx3"), let labels = find("labels-idx1") ?? find("labels.idx1") else { return nil }
        return Pair(images: images, labels: labels)
    }

    /// The one file that holds all test images.
    var testFile: String? {
        switch self {
        case .idx(_, _, let test): test?.images
        case .cifar(let folder): folder + "/" + CIFAR.testFile
        }
    }

    /// Reads one part.
    ///
    /// - Parameter classes: Their names where they are known.
    func load(_ split: DataSet.Split, classes: [String]?) throws(DataError) -> ImageSet {
        switch self {
        case .idx(let folder, let train, let test):
            guard let pair = split == .train ? train : test else {
                let prefix = split == .train ? "train" : "t10k"
                throw DataError(folder, "has no \(split) images: \(prefix)-images-idx3-ubyte and \(prefix)-labels-idx1-ubyte (or .gz) are missing")
            }
            let names = if let classes { classes } else { try idxClasses() }
            return try IDX.imageSet(images: pair.images, labels: pair.labels, classes: names)
        case .cifar(let folder):
            let meta = folder + "/" + CIFAR.metaFile
            let names = if fileExists(meta) { try CIFAR.classes(in: readFile(meta), file: meta) } else { classes ?? CIFAR.classes }
            var files = [(name: String, bytes: [UInt8])]()
            for name in CIFAR.files(of: split) {
                let path = folder + "/" + name
                files.append((path, try readFile(path)))
            }
            return try CIFAR.decode(files, classes: names)
        }
    }

    /// 0 up to the greatest label of both parts, so that each part alone has the classes of the whole.
    private func idxClasses() throws(DataError) -> [String]? {
        guard case .idx(_, let train, let test) = self else { return nil }
        var greatest = 0
        for pair in [train, test].compactMap({ $0 }) {
            greatest = max(greatest, Int(try IDX.read(contentsOf: pair.labels).bytes.max() ?? 0))
        }
        return (0...greatest).map(String.init)
    }
}

extension DataFiles {
    /// Whether a part is there, as far as names tell.
    func has(_ split: DataSet.Split) -> Bool {
        switch self {
        case .idx(_, let train, let test): (split == .train ? train : test) != nil
        case .cifar(let folder): CIFAR.files(of: split).allSatisfy { fileExists(folder + "/" + $0) }
        }
    }
}
