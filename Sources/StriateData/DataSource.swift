/// Where a data set lies.
struct DataSource: Sendable {
    enum Place: Sendable {
        case digits
        case binary(DataFiles)
        /// A tar file of CIFAR binary files or of class folders.
        case archive(String)
        /// A folder of class folders.
        case pictures(String)
        /// A file that names pictures.
        case list(String)
    }

    /// What a path may lead to, for errors.
    static let kinds =
        "pictures in a folder for each class, IDX files (train-images-idx3-ubyte, …) or CIFAR binary files (data_batch_1.bin, …)"

    let place: Place

    /// The one file that holds all test images in their order, where they are no pictures in files of their own.
    var testFile: String? {
        switch place {
        case .binary(let files): files.testFile
        case .archive(let path): path + "/" + CIFAR.testFile
        case .digits, .pictures, .list: nil
        }
    }

    /// What is known of a data set with a name.
    let entry: CatalogEntry?

    /// The archives that are known by their names: CIFAR-10 as published, and its pictures as JPEG files.
    private static let archiveNames = ["cifar-10-binary.tar.gz", "cifar10-jpeg.tar.gz"]

    /// Finds a data set by its name or path, and fetches one with a name that is missing.
    init(
        _ nameOrPath: String, _ splits: [DataSet.Split], directory: String?, mirror: String?, progress: FetchProgress.Handler?
    ) throws(DataError) {
        entry = Catalog.entries.first { $0.name == nameOrPath }
        if let entry {
            guard !entry.isBuiltIn else {
                place = .digits
                return
            }
            let candidates = DataDirectory.candidates(directory: directory)
            if let found = DataSource.locate(entry, splits, among: candidates) {
                place = found.place
                return
            }
            let folder = try Fetch.fetch(entry, into: DataDirectory.writable(among: candidates), mirror: mirror, progress: progress)
            guard let place = DataSource.place(in: folder) else { throw DataError(folder, "was fetched, but holds no data set") }
            self.place = place
        } else if isFolder(nameOrPath) {
            place = DataSource.place(in: nameOrPath) ?? .pictures(nameOrPath)
        } else if fileExists(nameOrPath) {
            if FileList.isList(nameOrPath) {
                place = .list(nameOrPath)
                return
            }
            guard [".tar", ".tar.gz", ".tgz"].contains(where: nameOrPath.hasSuffix) else {
                throw DataError(nameOrPath, "is a single file, but no .tar, .tar.gz or list (.csv, .tsv, .txt); name the folder that holds the data set")
            }
            place = .archive(nameOrPath)
        } else if nameOrPath.contains("/") {
            throw DataError(nameOrPath, "no such file or folder")
        } else {
            _ = try Catalog.entry(named: nameOrPath)
            throw DataError(nameOrPath, "is no data set")
        }
    }

    /// Where a data set with a name lies, and in which folder, if it was fetched already.
    static func locate(_ entry: CatalogEntry, _ splits: [DataSet.Split], among candidates: [String]) -> (folder: String, place: Place)? {
        for candidate in candidates {
            let folder = candidate + "/" + entry.name
            switch place(in: folder) {
            case nil: continue
            case .binary(let files)? where !splits.allSatisfy(files.has): continue
            case let place?: return (folder, place)
            }
        }
        return nil
    }

    /// What lies in a folder, or nil where nothing there is known for a data set.
    private static func place(in folder: String) -> Place? {
        if let files = DataFiles(in: folder) { return .binary(files) }
        if let archive = archiveNames.map({ folder + "/" + $0 }).first(where: fileExists) { return .archive(archive) }
        return isFolder(folder + "/train") ? .pictures(folder) : nil
    }
}
