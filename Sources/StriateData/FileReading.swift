import Foundation

/// The whole of a regular file.
///
/// - Parameters:
///   - limit: More bytes than any file that is wanted here has.
///   - most: How many bytes from its beginning on to read, all unless told.
func readFile(_ path: String, limit: Int = 1 << 32, atMost most: Int = .max) throws(DataError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw DataError(path, "cannot be opened: \(systemMessage())") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw DataError(path, "cannot be read: \(systemMessage())") }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw DataError(path, status.st_mode & S_IFMT == S_IFDIR ? "is a folder, not a file" : "is not a regular file")
    }
    let size = min(Int(status.st_size), most)
    guard size <= limit else { throw DataError(path, "has \(size) bytes; at most \(limit) are read") }
    var failure: DataError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        while count < size {
            let got = read(descriptor, buffer.baseAddress! + count, size - count)
            if got < 0, errno == EINTR { continue }
            if got < 0 { failure = DataError(path, "cannot be read: \(systemMessage())") }
            if got <= 0 { break }
            count += got
        }
    }
    if let failure { throw failure }
    return bytes
}

/// Bytes from the middle of a regular file.
///
/// - Parameter name: What errors call them.
func readFile(_ path: String, from offset: Int, count: Int, as name: String) throws(DataError) -> [UInt8] {
    let file = try OpenFile(path)
    let bytes = try file.read(count, at: offset)
    guard bytes.count == count else { throw DataError(name, "cannot be read: \(path) is shorter than it was") }
    return bytes
}

/// A regular file that is read in pieces.
final class OpenFile: Sendable {
    let path: String
    let size: Int
    private let descriptor: Int32

    init(_ path: String) throws(DataError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw DataError(path, "cannot be opened: \(systemMessage())") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw DataError(path, "is not a regular file")
        }
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// As many bytes as there are from a place on, at most `count`.
    ///
    /// - Precondition: `count` is plausible: memory for it is taken at once.
    func read(_ count: Int, at offset: Int) throws(DataError) -> [UInt8] {
        var failure: DataError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = DataError(path, "cannot be read: \(systemMessage())") }
                if got <= 0 { break }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// What the last system call complained of.
func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// The last component of a path, for messages.
func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
