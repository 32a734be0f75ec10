/// The directory of a zip file. PyTorch stores the entries of its checkpoints as they are, and only such ones can be read.
///
/// All that the directory claims is checked against the file: each entry lies where it says, and none overlaps another. Checksums
/// are not: PyTorch itself neither checks them nor always writes them.
struct ZipArchive {
    struct Entry {
        let name: String
        /// The contents' bytes in the file.
        let range: Range<Int>
        /// Whether they stand there as they are.
        let isStored: Bool
    }

    let entries: [Entry]
    private let ranges: [String: Range<Int>]

    /// The contents' bytes in the file, if there is such an entry.
    subscript(name: String) -> Range<Int>? { ranges[name] }

    init(_ source: any ByteSource) throws(FormatError) {
        let end = try ZipEnd(source)
        let records = try Self.records(end, in: source)
        var entries = [Entry](), ranges = [String: Range<Int>]()
        var position = 0
        // In the order of their places, so that an overlap shows between neighbours.
        for record in records.sorted(by: { ($0.start, $0.name) < ($1.start, $1.name) }) {
            guard record.start >= position else {
                throw FormatError(file: source.name, "the entry \(record.name.abbreviated) overlaps another one")
            }
            let contents = try Self.contents(of: record, before: end.directory.lowerBound, in: source)
            guard ranges.updateValue(contents, forKey: record.name) == nil else {
                throw FormatError(file: source.name, "the entry \(record.name.abbreviated) stands twice")
            }
            entries.append(Entry(name: record.name, range: contents, isStored: record.isStored))
            position = contents.upperBound
        }
        self.entries = entries
        self.ranges = ranges
    }

    /// - Throws: ``FormatError`` that names the first entry that is compressed.
    func refuseCompressed(file: String) throws(FormatError) {
        guard let entry = entries.first(where: { !$0.isStored }) else { return }
        throw FormatError(
            file: file, "the entry \(entry.name.abbreviated) is compressed, as torch.save never does it; save it again with torch.save")
    }

    /// What the directory says of an entry.
    private struct Record {
        var name = ""
        var size: UInt64 = 0
        var isStored = true
        var compressedSize: UInt64 = 0
        /// Where its own header begins.
        var start: UInt64 = 0
    }

    private static func records(_ end: ZipEnd, in source: any ByteSource) throws(FormatError) -> [Record] {
        var cursor = ByteCursor(source, end.directory, called: "the zip directory")
        var records = [Record]()
        while !cursor.isAtEnd { records.append(try record(&cursor, file: source.name)) }
        guard records.count == end.count else {
            throw FormatError(file: source.name, "the zip directory claims \(end.count) entries but holds \(records.count)")
        }
        return records
    }

    private static func record(_ cursor: inout ByteCursor, file: String) throws(FormatError) -> Record {
        guard try cursor.number(UInt32.self) == 0x0201_4B50 else { throw cursor.failure("no entry where one should begin") }
        _ = try cursor.number(UInt32.self)  // versions
        let flags = try cursor.number(UInt16.self), method = try cursor.number(UInt16.self)
        try cursor.skip(8)  // time, date, checksum
        var record = Record()
        record.compressedSize = UInt64(try cursor.number(UInt32.self))
        record.size = UInt64(try cursor.number(UInt32.self))
        let nameLength = try cursor.number(UInt16.self), extraLength = try cursor.number(UInt16.self)
        let commentLength = try cursor.number(UInt16.self)
        try cursor.skip(8)  // disk, attributes
        record.start = UInt64(try cursor.number(UInt32.self))
        record.name = try cursor.text(nameLength)
        try widen(&record, extra: cursor.bytes(extraLength), &cursor)
        try cursor.skip(commentLength)

        let name = record.name.abbreviated
        guard flags & 1 == 0 else { throw FormatError(file: file, "the entry \(name) is encrypted; save it without a password") }
        record.isStored = method == 0
        guard !record.isStored || record.size == record.compressedSize else { throw FormatError(file: file, "the entry \(name) claims two different sizes") }
        return record
    }

    /// Takes the numbers that are too long for their 32-bit places from the zip64 field.
    private static func widen(_ record: inout Record, extra: ArraySlice<UInt8>, _ cursor: inout ByteCursor) throws(FormatError) {
        let long = UInt64(UInt32.max)
        guard record.size == long || record.compressedSize == long || record.start == long else { return }
        var field = ByteCursor(MemoryBytes(name: cursor.file, bytes: Array(extra)), 0..<extra.count, called: "the zip directory")
        while !field.isAtEnd {
            let kind = try field.number(UInt16.self), length = try field.number(UInt16.self)
            guard kind == 1 else {
                try field.skip(length)
                continue
            }
            if record.size == long { record.size = try field.number(UInt64.self) }
            if record.compressedSize == long { record.compressedSize = try field.number(UInt64.self) }
            if record.start == long { record.start = try field.number(UInt64.self) }
            return
        }
    }

    /// Where an entry's bytes lie, behind its own header, which must agree with the directory.
    private static func contents(
        of record: Record, before limit: Int, in source: any ByteSource
    ) throws(FormatError) -> Range<Int> {
        let name = record.name.abbreviated
        guard record.start < UInt64(limit) else { throw FormatError(file: source.name, "the entry \(name) lies outside the file") }
        var cursor = ByteCursor(source, Int(record.start)..<limit, called: "the entry \(name)", ahead: 128)
        guard try cursor.number(UInt32.self) == 0x0403_4B50 else { throw cursor.failure("it does not begin where the directory says") }
        try cursor.skip(22)
        let nameLength = try cursor.number(UInt16.self), extraLength = try cursor.number(UInt16.self)
        guard try cursor.text(nameLength) == record.name else { throw cursor.failure("its own header has another name") }
        try cursor.skip(extraLength)
        guard record.compressedSize <= UInt64(limit - cursor.position) else {
            throw FormatError(file: source.name, "the entry \(name) claims \(record.compressedSize) bytes, more than the file holds")
        }
        return cursor.position..<cursor.position + Int(record.compressedSize)
    }
}

/// The record at a zip file's end that says where its directory lies.
private struct ZipEnd {
    let directory: Range<Int>
    /// Of entries.
    let count: UInt64

    private static let size = 22, wideSize = 56, locatorSize = 20

    init(_ source: any ByteSource) throws(FormatError) {
        let place = try Self.place(in: source)
        var end = ByteCursor(source, place..<source.size, called: "the zip file's end")
        try end.skip(4)
        guard try end.number(UInt32.self) == 0 else { throw FormatError(file: source.name, "the zip file goes on in another file") }
        _ = try end.number(UInt16.self)
        var count = UInt64(try end.number(UInt16.self))
        var size = UInt64(try end.number(UInt32.self)), start = UInt64(try end.number(UInt32.self))
        var limit = place
        if count == UInt16.max || size == UInt32.max || start == UInt32.max, let wide = try Self.widePlace(before: place, in: source) {
            var end = ByteCursor(source, wide..<place, called: "the zip file's end")
            try end.skip(32)
            count = try end.number(UInt64.self)
            size = try end.number(UInt64.self)
            start = try end.number(UInt64.self)
            limit = wide
        }
        guard start <= UInt64(limit), size <= UInt64(limit) - start else {
            throw FormatError(file: source.name, "the zip directory lies outside the file; the file is truncated or damaged")
        }
        directory = Int(start)..<Int(start + size)
        self.count = count
    }

    /// Where the last record begins: only a comment may follow it, which says how long it is.
    private static func place(in source: any ByteSource) throws(FormatError) -> Int {
        let tail = try source.bytes(max(0, source.size - size - Int(UInt16.max))..<source.size)
        var index = tail.count - size
        while index >= 0 {
            let comment = tail.count - size - index
            if tail[index..<index + 4].elementsEqual([0x50, 0x4B, 0x05, 0x06]), Int(tail[index + 20]) | Int(tail[index + 21]) << 8 == comment {
                return source.size - tail.count + index
            }
            index -= 1
        }
        throw FormatError(file: source.name, "a zip file without its directory; the file is truncated")
    }

    /// Where the record with 64-bit numbers begins.
    private static func widePlace(before place: Int, in source: any ByteSource) throws(FormatError) -> Int? {
        guard place >= locatorSize + wideSize else { return nil }
        var locator = ByteCursor(source, place - locatorSize..<place, called: "the zip file's end")
        guard try locator.number(UInt32.self) == 0x0706_4B50 else { return nil }
        try locator.skip(4)
        let wide = try locator.number(UInt64.self)
        guard wide <= UInt64(place - locatorSize - wideSize) else { throw locator.failure("its 64-bit part lies outside the file") }
        var record = ByteCursor(source, Int(wide)..<place, called: "the zip file's end")
        guard try record.number(UInt32.self) == 0x0606_4B50 else { throw record.failure("its 64-bit part is missing") }
        return Int(wide)
    }
}
