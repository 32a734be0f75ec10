import Foundation

/// Bytes that can be read from any place: a file, or memory.
package protocol ByteSource {
    /// What errors call it.
    var name: String { get }
    var size: Int { get }

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// - Precondition: they lie within `size`.
    func read(from offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FormatError)
}

extension ByteSource {
    package func bytes(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FormatError) in
            try read(from: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes
    }
}

struct MemoryBytes: ByteSource {
    let name: String
    let bytes: [UInt8]

    var size: Int { bytes.count }

    func read(from offset: Int, into buffer: UnsafeMutableRawBufferPointer) {
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count])) }
    }
}

/// An open file. Not mapped into memory: a file that another process truncates would then end this one.
package final class FileBytes: ByteSource {
    package let name: String
    package let size: Int
    private let descriptor: Int32

    package init(_ path: String) throws(FormatError) {
        // Without O_NONBLOCK opening a pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw FormatError(file: path, FormatError.reason(forErrno: errno)) }
        var status = stat()
        let known = fstat(descriptor, &status) == 0
        guard known, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FormatError(file: path, known && status.st_mode & S_IFMT == S_IFDIR ? "is a directory" : "is not a regular file")
        }
        self.descriptor = descriptor
        name = path
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    package func read(from offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) {
        var done = 0
        while done < buffer.count {
            let part = min(buffer.count - done, 1 << 30)
            let count = retryingInterrupted {
                pread(descriptor, buffer.baseAddress.map { $0 + done }, part, off_t(offset + done))
            }
            guard count >= 0 else { throw FormatError(file: name, FormatError.reason(forErrno: errno)) }
            guard count > 0 else { throw FormatError(file: name, "became shorter while it was read") }
            done += count
        }
    }
}
