import Foundation

/// A file of a folder or an archive, not read yet.
struct TreeFile: Sendable {
    /// Where it lies below the root: folders, then its name.
    var path: [String]
    /// What to call it in errors.
    let name: String
    let size: Int
    /// When it was written, in nanoseconds since 1970.
    let modified: Int
    private let contents: Contents

    enum Contents: Sendable {
        case file
        /// Where an archive was unpacked into memory.
        case memory([UInt8])
        /// A part of an archive that is not packed.
        case part(of: String, offset: Int)
    }

    init(path: [String], name: String, size: Int, modified: Int = 0, contents: Contents = .file) {
        (self.path, self.name, self.size, self.modified, self.contents) = (path, name, size, modified, contents)
    }

    /// A file that a list names. One that is not there has no size; that is told when it is read.
    init(path: [String], name: String) {
        var status = stat()
        let isThere = stat(name, &status) == 0
        self.init(path: path, name: name, size: isThere ? Int(status.st_size) : 0, modified: isThere ? status.modified : 0)
    }

    /// Its first bytes.
    func start(_ count: Int) throws(DataError) -> [UInt8] {
        switch contents {
        case .file: return try readFile(name, atMost: count)
        case .memory(let bytes): return Array(bytes.prefix(count))
        case .part(let archive, let offset): return try readFile(archive, from: offset, count: min(count, size), as: name)
        }
    }

    func bytes(limit: Int = 1 << 32) throws(DataError) -> [UInt8] {
        switch contents {
        case .file: return try readFile(name, limit: limit)
        case .memory(let bytes): return bytes
        case .part(let archive, let offset):
            guard size <= limit else { throw DataError(name, "has \(size) bytes; at most \(limit) are read") }
            return try readFile(archive, from: offset, count: size, as: name)
        }
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

    /// The files of an archive that was unpacked into memory.
    init(archive: String, files: [(path: String, bytes: [UInt8])]) {
        self.init(archive: archive, entries: files.map { ($0.path, $0.bytes.count, .memory($0.bytes)) })
    }

    /// The files of an archive, wherever their bytes are. Their paths are names and nothing else; those that lead out of the archive are left out
    /// like hidden ones.
    init(archive: String, entries: [(path: String, size: Int, contents: TreeFile.Contents)]) {
        root = archive
        var status = stat()
        let modified = stat(archive, &status) == 0 ? status.modified : 0
        files = entries.compactMap { entry in
            let path = entry.path.split(separator: "/").map(String.init).filter { $0 != "." }
            guard !path.isEmpty, !path.contains(where: FileTree.isHidden) else { return nil }
            return TreeFile(
                path: path, name: archive + "/" + path.joined(separator: "/"), size: entry.size, modified: modified, contents: entry.contents)
        }
        files.sort { naturallyPrecedes($0.path, $1.path) }
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
            // What vanished meanwhile, links to nowhere, and what is no regular file are told when they are read.
            if isFolder(place) {
                try walk(place, below: path + [name], ancestors: ancestors.union([identity]))
            } else {
                files.append(TreeFile(path: path + [name], name: place))
            }
        }
    }
}
