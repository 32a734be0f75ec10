/// Reads bytes in order from a file's contents, unpacking them where they are gzip.
struct ByteReader {
    let file: String
    private let bytes: [UInt8]
    private var position = 0
    private let gzip: GzipReader?

    init(_ bytes: [UInt8], file: String) throws(DataError) {
        self.file = file
        self.bytes = bytes
        gzip = GzipReader.isGzip(bytes) ? try GzipReader(bytes, file: file) : nil
    }

    /// Whether so many more bytes could come: to be asked before memory is taken for a claim.
    func canHold(_ count: Int) -> Bool { gzip.map { $0.canHold(count) } ?? (count <= bytes.count - position) }

    /// The next `count` bytes, or as many as there are; never takes memory for more than the file can hold.
    mutating func read(_ count: Int) throws(DataError) -> [UInt8] {
        if let gzip { return try gzip.read(count) }
        let end = position + min(count, bytes.count - position)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    mutating func skip(_ count: Int) throws(DataError) -> Int {
        if let gzip { return try gzip.skip(count) }
        let step = min(count, bytes.count - position)
        position += step
        return step
    }
}
