/// Reads files out of a `.tar` or `.tar.gz` archive (ustar), in memory. Strict: every header's checksum must hold.
public enum Tar {
    /// The regular files whose path passes `wanted`, in the archive's order.
    ///
    /// Long paths come from the extended headers of POSIX and GNU; links and devices are passed over. Nothing is ever written to disk, so that
    /// paths are only names.
    /// - Parameter limit: The most bytes that all wanted files together may have.
    public static func files(
        in archive: [UInt8], file: String, limit: Int = 1 << 30, wanted: (_ path: String) -> Bool
    ) throws(DataError) -> [(path: String, bytes: [UInt8])] {
        var reader = try ByteReader(archive, file: file)
        var files = [(path: String, bytes: [UInt8])]()
        var total = 0
        try walk(&reader, file: file) { (path, size, reader) throws(DataError) in
            guard wanted(path) else { return 0 }
            total += size
            guard total <= limit else {
                throw DataError(file, "holds more than \(limit) bytes at \(path); unpack it, or pack it as a plain .tar, which is read in place")
            }
            let bytes = try reader.read(size)
            if bytes.count == size { files.append((path, bytes)) }
            return bytes.count
        }
        return files
    }

    /// The regular files of an archive that is not packed, and where their bytes begin in it.
    static func index(of path: String) throws(DataError) -> [(path: String, offset: Int, size: Int)] {
        var reader = try ByteReader(readingInPlace: path)
        var entries = [(path: String, offset: Int, size: Int)]()
        try walk(&reader, file: path) { (path, size, reader) in
            entries.append((path, reader.position, size))
            return 0
        }
        return entries
    }

    /// Calls `visit` for every regular file, which returns how many of its bytes it has read.
    private static func walk(
        _ reader: inout ByteReader, file: String, _ visit: (_ path: String, _ size: Int, inout ByteReader) throws(DataError) -> Int
    ) throws(DataError) {
        var longPath: String?
        var isEmpty = true
        while true {
            let header = try reader.read(512)
            if header.isEmpty, !isEmpty { return }
            guard header.count == 512 else { throw DataError(file, "ends inside a tar header; it is cut off or damaged") }
            if header.allSatisfy({ $0 == 0 }) { return }
            guard var entry = Entry(header) else { throw DataError(file, "is no tar archive, or a header in it is damaged (checksum)") }
            guard reader.canHold(entry.size) else {
                throw DataError(file, "claims \(entry.size) bytes for \(entry.path), but is far too short for them; it is cut off or damaged")
            }
            let padding = (512 - entry.size % 512) % 512
            if let findPath = entry.pathExtension {
                guard entry.size <= 1 << 20 else { throw DataError(file, "has an extended header of \(entry.size) bytes; it is damaged") }
                let bytes = try reader.read(entry.size)
                guard bytes.count == entry.size else { throw DataError(file, "ends inside an extended header; it is cut off or damaged") }
                longPath = findPath(bytes) ?? longPath
                _ = try reader.skip(padding)
                continue
            }
            if let path = longPath { entry.path = path }
            longPath = nil
            let done = entry.isFile ? try visit(entry.path, entry.size, &reader) : 0
            if entry.isFile { isEmpty = false }
            guard try done + reader.skip(entry.size - done) == entry.size else {
                throw DataError(file, "ends inside \(entry.path); it is cut off or damaged")
            }
            _ = try reader.skip(padding)
        }
    }

    private struct Entry {
        var path: String
        let size: Int
        let isFile: Bool
        /// How to find the next entry's path in what follows this header, where it is an extended one.
        let pathExtension: (([UInt8]) -> String?)?

        init?(_ header: [UInt8]) {
            // The checksum counts its own field as spaces.
            var sum = 8 * 32
            for (index, byte) in header.enumerated() where !(148..<156).contains(index) { sum += Int(byte) }
            guard let claimed = Entry.octal(header[148..<156]), claimed == sum, let size = Entry.octal(header[124..<136]) else { return nil }
            let name = Entry.text(header[0..<100])
            let isUstar = header[257..<262].elementsEqual("ustar".utf8)
            let prefix = isUstar && header[262] == 0 ? Entry.text(header[345..<500]) : ""
            path = prefix.isEmpty ? name : prefix + "/" + name
            isFile = header[156] == UInt8(ascii: "0") || header[156] == 0
            pathExtension =
                switch header[156] {
                case UInt8(ascii: "L"): { Entry.text($0[...]) }
                case UInt8(ascii: "x"): Entry.path(inRecords:)
                default: nil
                }
            // Links and folders may carry a size that no data follows.
            self.size = (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(header[156]) ? 0 : size
        }

        /// The value of `path` among POSIX's records: a length in digits, a space, `KEY=VALUE`, a line's end.
        private static func path(inRecords bytes: [UInt8]) -> String? {
            var rest = bytes[...]
            while let space = rest.firstIndex(of: 32), let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count
            {
                let record = rest[(space + 1)..<(rest.startIndex + length)].dropLast()
                if record.starts(with: "path=".utf8) { return text(record.dropFirst(5)) }
                rest = rest.dropFirst(length)
            }
            return nil
        }

        private static func text(_ field: ArraySlice<UInt8>) -> String { String(decoding: field.prefix { $0 != 0 }, as: UTF8.self) }

        /// Digits between spaces and zero bytes; nil for anything else, binary sizes (over 8 GiB) among them.
        private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
            let digits = field.drop { $0 == 32 }.prefix { $0 != 32 && $0 != 0 }
            guard digits.count <= 12, digits.allSatisfy({ (48...55).contains($0) }) else { return nil }
            return digits.reduce(0) { $0 << 3 | Int($1 - 48) }
        }
    }
}
