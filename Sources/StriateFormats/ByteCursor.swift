/// Reads a part of a file from its beginning to its end, never past it, holding little of it in memory at a time.
///
/// Numbers are little-endian.
struct ByteCursor {
    private let source: any ByteSource
    /// What errors call this part of the file.
    private let part: String
    private let range: Range<Int>
    /// The next byte's place in the file.
    private(set) var position: Int
    /// Bytes of the file that have been read ahead, and where they lie in it.
    private var window: [UInt8] = []
    private var windowStart: Int
    private let ahead: Int

    /// - Parameter ahead: How many bytes are read at once.
    /// - Precondition: the range lies within the source.
    init(_ source: any ByteSource, _ range: Range<Int>, called part: String, ahead: Int = 1 << 16) {
        self.ahead = ahead
        self.source = source
        self.part = part
        self.range = range
        position = range.lowerBound
        windowStart = range.lowerBound
    }

    /// The file's name.
    var file: String { source.name }

    var isAtEnd: Bool { position == range.upperBound }

    mutating func byte() throws(FormatError) -> UInt8 {
        try prepare(1)
        defer { position += 1 }
        return window[position - windowStart]
    }

    mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws(FormatError) -> T {
        let size = MemoryLayout<T>.size
        try prepare(size)
        defer { position += size }
        let value = window.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position - windowStart, as: T.self) }
        return T(littleEndian: value)
    }

    mutating func bytes(_ count: some BinaryInteger) throws(FormatError) -> ArraySlice<UInt8> {
        guard let count = Int(exactly: count), count >= 0, count <= range.upperBound - position else { throw ended() }
        try prepare(count)
        defer { position += count }
        return window[position - windowStart..<position - windowStart + count]
    }

    mutating func skip(_ count: some BinaryInteger) throws(FormatError) {
        guard let count = Int(exactly: count), count >= 0, count <= range.upperBound - position else { throw ended() }
        position += count
    }

    mutating func text(_ count: some BinaryInteger) throws(FormatError) -> String {
        let bytes = try bytes(count)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("text that is not UTF-8") }
        return text
    }

    /// The text up to the end of its line, which is passed over.
    ///
    /// - Parameter limit: The most bytes that the text may have.
    mutating func line(limit: Int) throws(FormatError) -> String {
        var line = [UInt8]()
        while case let next = try byte(), next != UInt8(ascii: "\n") {
            guard line.count < limit else { throw failure("a line of more than \(limit) bytes") }
            line.append(next)
        }
        guard let text = String(validating: line, as: UTF8.self) else { throw failure("text that is not UTF-8") }
        return text
    }

    func failure(_ reason: String) -> FormatError {
        FormatError(file: source.name, "in \(part): \(reason) (byte \(position - range.lowerBound))")
    }

    private func ended() -> FormatError { failure("it ends too early; the file is truncated or damaged") }

    /// Sees to it that the next `count` bytes are in the window.
    private mutating func prepare(_ count: Int) throws(FormatError) {
        guard position + count > windowStart + window.count else { return }
        guard count <= range.upperBound - position else { throw ended() }
        let size = min(max(count, ahead), range.upperBound - position)
        window = try source.bytes(position..<position + size)
        windowStart = position
    }
}
