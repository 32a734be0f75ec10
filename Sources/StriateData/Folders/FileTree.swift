import Foundation

/// A file of a folder or an archive, not read yet.
struct TreeFile: Sendable {
    /// Where it lies below the root: folders, then its name.
    var path: [String]
    /// What to call it in errors.
    let name: String
    let size: Int
    /// The bytes, where an archive was unpacked into memory.
    let contents: [UInt8]?

    /// Its first bytes.
    func start(_ count: Int) throws(DataError) -> [UInt8] {
        if let contents { return Array(contents.prefix(count)) }
        return try readFile(name, atMost: count)
    }

    func bytes() throws(DataError) -> [UInt8] {
        if let contents { return contents }
        return try readFile(name)
    }
}

/// The files of a folder or an archive, hidden ones left out, in natural order.
struct FileTree: Sendable {
    /// The folder or archive, for errors.
    let root: String
    private(set) var files: [TreeFile]

    /// All regular files below a folder. Links are followed, but never in circles.
    init(folder: String) throws(DataError) {
        root = folder
        files = []
        var path = folder
        while path.hasSuffix("/"), path.count > 1 { path.removeLast() }
        try walk(path, below: [], ancestors: [])
        files.sort { naturallyPrecedes($0.path, $1.path) }
    }

    /// The files of an unpacked archive.
    init(archive: String, files: [(path: String, bytes: [UInt8])]) {
        root = archive
        self.files = files.compactMap { file in
            let path = file.path.split(separator: "/").map(String.init).filter { $0 != "." }
            guard !path.isEmpty, !path.contains(where: FileTree.isHidden) else { return nil }
            return TreeFile(path: path, name: archive + "/" + path.joined(separator: "/"), size: file.bytes.count, contents: file.bytes)
        }
        self.files.sort { naturallyPrecedes($0.path, $1.path) }
    }

    /// Files and folders that programs keep for themselves.
    static func isHidden(_ name: String) -> Bool { name.hasPrefix(".") || name == "__MACOSX" || name == "Thumbs.db" }

    private struct Identity: Hashable {
        let device: UInt64
        let node: UInt64

        init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            node = UInt64(truncatingIfNeeded: status.st_ino)
        }
    }

    private mutating func walk(_ folder: String, below path: [String], ancestors: Set<Identity>) throws(DataError) {
        var status = stat()
        guard stat(folder, &status) == 0, let directory = opendir(folder) else {
            throw DataError(folder, "the folder cannot be read: \(systemMessage())")
        }
        var names = [String]()
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !FileTree.isHidden(name) { names.append(name) }
        }
        closedir(directory)
        let identity = Identity(status)
        // A link to a folder above leads in circles.
        guard !ancestors.contains(identity) else { return }
        for name in names {
            let place = folder + "/" + name
            // What vanished meanwhile, and links to nowhere, are told when they are read.
            let isFolder = stat(place, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            if isFolder {
                try walk(place, below: path + [name], ancestors: ancestors.union([identity]))
            } else {
                files.append(TreeFile(path: path + [name], name: place, size: Int(status.st_size), contents: nil))
            }
        }
    }
}
