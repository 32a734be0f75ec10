import Foundation

/// Writing files whole or not at all.
public enum AtomicFile {
    /// What the names of unfinished files begin with; one that is found was left by a process that was killed.
    public static let temporaryPrefix = ".striate-unfinished-"

    /// Replaces the file at `path` by `bytes`, or creates it.
    ///
    /// The bytes go to a new file in the same folder, to the disk, and only then to their name: at any moment, even of a
    /// power cut, `path` holds all of the old or all of the new. A link is followed. On failure the old file is untouched
    /// and nothing else is left behind.
    /// - Throws: ``FormatError`` with the path and the reason: no space left, read-only, permission denied, a directory.
    public static func write(_ bytes: [UInt8], to path: String) throws(FormatError) {
        let target = try destination(path)
        let folder = folder(of: target)
        let (descriptor, temporary) = try createTemporary(in: folder, for: path)
        do throws(FormatError) {
            try fill(descriptor, with: bytes, replacing: target, for: path)
            guard rename(temporary, target) == 0 else { throw FormatError(file: path, FormatError.reason(forErrno: errno)) }
        } catch {
            unlink(temporary)
            throw error
        }
        flush(folder: folder)
    }

    /// Gives a file a second name, in place of what had that name, without copying it. Where the file system cannot, or there is no such
    /// file, nothing happens.
    public static func link(_ path: String, as name: String) {
        let temporary = "\(folder(of: name))/\(temporaryPrefix)" + String(UInt64.random(in: 0 ... .max), radix: 36)
        guard Foundation.link(path, temporary) == 0 else { return }
        // Two names of one file are not renamed onto each other.
        _ = rename(temporary, name)
        unlink(temporary)
    }

    /// The folder that a file lies in: `.` for a name alone. (`NSString.deletingLastPathComponent` traps on a name of one letter.)
    public static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        var folder = path.utf8[..<slash]
        while folder.last == UInt8(ascii: "/") { folder.removeLast() }
        return folder.isEmpty ? "/" : String(Substring(folder))
    }

    /// A file's name without its folder and its suffix.
    public static func name(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
        return String(name[..<dot])
    }

    public static func write(_ text: String, to path: String) throws(FormatError) {
        try write(Array(text.utf8), to: path)
    }

    /// Where a link leads; refuses what cannot be replaced by a file.
    private static func destination(_ path: String) throws(FormatError) -> String {
        guard !path.isEmpty else { throw FormatError(file: "(no name)", "a file needs a name") }
        var status = stat()
        guard stat(path, &status) == 0 else { return path }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FormatError(file: path, "is a directory; name a file")
        default: throw FormatError(file: path, "is not a regular file")
        }
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func createTemporary(in folder: String, for path: String) throws(FormatError) -> (descriptor: Int32, path: String) {
        for _ in 0..<100 {
            let name = temporaryPrefix + String(UInt64.random(in: 0 ... .max), radix: 36)
            let temporary = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (descriptor, temporary) }
            if errno == ENOENT { throw FormatError(file: path, "the folder \(folder) does not exist") }
            guard errno == EEXIST || errno == EINTR else { throw FormatError(file: path, FormatError.reason(forErrno: errno)) }
        }
        throw FormatError(file: path, "no unused name for a temporary file in \(folder)")
    }

    /// Writes everything to the disk and closes the descriptor, also on failure.
    private static func fill(
        _ descriptor: Int32, with bytes: [UInt8], replacing target: String, for path: String
    ) throws(FormatError) {
        var failure: Int32 = 0
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
                let written = retryingInterrupted { Foundation.write(descriptor, part.baseAddress, part.count) }
                guard written > 0 else {
                    failure = written < 0 ? errno : ENOSPC
                    return
                }
                rest = rest.dropFirst(written)
            }
        }
        var old = stat()
        if failure == 0, stat(target, &old) == 0 { fchmod(descriptor, old.st_mode & 0o777) }
        if failure == 0, retryingInterrupted({ Int(fsync(descriptor)) }) != 0 { failure = errno }
        // Some file systems report a full disk only here.
        if close(descriptor) != 0, failure == 0, errno != EINTR { failure = errno }
        if failure != 0 { throw FormatError(file: path, FormatError.reason(forErrno: failure)) }
    }

    /// Makes the new name durable. Some file systems cannot do this for folders; the file's contents are safe then too.
    private static func flush(folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
