import CZlib

/// Reads a gzip stream piece by piece, so that no more is ever unpacked than its reader asked for.
///
/// Several members one after another are one stream, as RFC 1952 has it; each member's checksum is verified.
final class GzipReader {
    /// Deflate cannot pack better than this: 258 bytes into two bits.
    static let greatestRatio = 1032

    private let file: String
    private let input: [UInt8]
    private var position = 0
    // zlib remembers the address of its state, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isAtEnd = false

    static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    init(_ input: [UInt8], file: String) throws(DataError) {
        self.file = file
        self.input = input
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw DataError(file, "cannot be unpacked: zlib does not start (out of memory?)")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Whether `count` bytes could still come: a claim beyond this is a lie, whatever the packed bytes hold.
    func canHold(_ count: Int) -> Bool { count / GzipReader.greatestRatio <= input.count }

    /// The next `count` bytes, or fewer where the stream ends before.
    ///
    /// - Precondition: `count` is plausible (``canHold(_:)``): memory for it is taken at once.
    func read(_ count: Int) throws(DataError) -> [UInt8] {
        var failure: DataError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(DataError) { filled = try fill(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Passes over up to `count` bytes, and says how many there were.
    func skip(_ count: Int) throws(DataError) -> Int {
        var left = count
        while left > 0 {
            let got = try read(min(left, 1 << 16)).count
            if got == 0 { break }
            left -= got
        }
        return count - left
    }

    private func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) throws(DataError) -> Int {
        var filled = 0
        while filled < buffer.count, !isAtEnd {
            let space = min(buffer.count - filled, 1 << 30)
            let available = min(input.count - position, 1 << 30)
            let status = input.withUnsafeBufferPointer { packed in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: packed.baseAddress.map { $0 + position })
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = buffer.baseAddress! + filled
                stream.pointee.avail_out = UInt32(space)
                return inflate(stream, Z_NO_FLUSH)
            }
            let taken = available - Int(stream.pointee.avail_in)
            let made = space - Int(stream.pointee.avail_out)
            position += taken
            filled += made
            switch status {
            case Z_OK: break
            case Z_STREAM_END: try nextMember()
            case Z_BUF_ERROR where position == input.count: throw DataError(file, "is cut off: its gzip stream ends early; fetch it again")
            case Z_MEM_ERROR: throw DataError(file, "cannot be unpacked: out of memory")
            default:
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                throw DataError(file, "is damaged: its gzip stream is invalid (\(reason)); fetch it again")
            }
        }
        return filled
    }

    private func nextMember() throws(DataError) {
        if position == input.count {
            isAtEnd = true
        } else if input.count - position >= 2, input[position] == 0x1F, input[position + 1] == 0x8B {
            inflateReset(stream)
        } else {
            throw DataError(file, "has \(input.count - position) bytes after the end of its gzip stream")
        }
    }
}
