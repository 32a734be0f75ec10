/// Reads bytes in order from a file's contents, unpacking them where they are gzip.
struct ByteReader {
    let file: String
    private let bytes: [UInt8]
    /// How many bytes were read or passed over, where they are not packed.
    private(set) var position = 0
    private let gzip: GzipReader?
    private let open: OpenFile?

    init(_ bytes: [UInt8], file: String) throws(DataError) {
        self.file = file
        self.bytes = bytes
        gzip = GzipReader.isGzip(bytes) ? try GzipReader(bytes, file: file) : nil
        open = nil
    }

    /// Reads a file that is not packed in pieces, never all of it at once.
    init(readingInPlace path: String) throws(DataError) {
        file = path
        bytes = []
        gzip = nil
        open = try OpenFile(path)
    }

    private var count: Int { open?.size ?? bytes.count }

    /// Whether so many more bytes could come: to be asked before memory is taken for a claim.
    func canHold(_ count: Int) -> Bool { gzip.map { $0.canHold(count) } ?? (count <= self.count - position) }

    /// The next `count` bytes, or as many as there are; never takes memory for more than the file can hold.
    mutating func read(_ count: Int) throws(DataError) -> [UInt8] {
        if let gzip { return try gzip.read(count) }
        let end = position + min(count, self.count - position)
        defer { position = end }
        if let open { return try open.read(end - position, at: position) }
        return Array(bytes[position..<end])
    }

    mutating func skip(_ count: Int) throws(DataError) -> Int {
        if let gzip { return try gzip.skip(count) }
        let step = min(count, self.count - position)
        position += step
        return step
    }
}
