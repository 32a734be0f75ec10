import Foundation
import StriateFormats

/// A file that grows at its end. What is appended is gathered and written together, so that a line costs next to nothing.
final class GrowingFile {
    private let path: String
    private var descriptor: Int32
    private var pending: [UInt8] = []
    private var failure: FormatError?

    /// Opens a file, creating it where it is missing.
    ///
    /// - Parameter length: How much of what it holds stays; nil for all.
    init(appendingTo path: String, keeping length: Int? = nil) throws(FormatError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FormatError(file: path, FormatError.reason(forErrno: errno)) }
        // Devices and pipes have no length to cut.
        if let length, ftruncate(descriptor, off_t(length)) != 0, errno != EINVAL {
            let code = errno
            Foundation.close(descriptor)
            descriptor = -1
            throw FormatError(file: path, FormatError.reason(forErrno: code))
        }
    }

    deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

    /// Adds a line; a failure shows at the next ``flush()``.
    func append(line: String) {
        append(line.utf8)
        append(CollectionOfOne(UInt8(ascii: "\n")))
    }

    /// Adds bytes; a failure shows at the next ``flush()``.
    func append(_ bytes: some Collection<UInt8>) {
        pending += bytes
        if pending.count >= 1 << 16 { write() }
    }

    func flush() throws(FormatError) {
        write()
        if let failure { throw failure }
    }

    /// Waits until all of it is on the disk, and not only on its way.
    func synchronize() throws(FormatError) {
        try flush()
        // Devices have nothing to wait for.
        if fsync(descriptor) != 0, errno != EINVAL, errno != EROFS {
            throw FormatError(file: path, FormatError.reason(forErrno: errno))
        }
    }

    private func write() {
        var done = 0
        while done < pending.count, failure == nil {
            let count = pending.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
            if count > 0 { done += count } else if count == 0 || errno != EINTR {
                failure = FormatError(file: path, FormatError.reason(forErrno: count == 0 ? ENOSPC : errno))
            }
        }
        pending.removeAll(keepingCapacity: true)
    }
}
