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

/// What the last system call complained of.
func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// The last component of a path, for messages.
func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
