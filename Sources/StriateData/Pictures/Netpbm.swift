import StriateGraph

/// Pictures in the portable formats PBM, PGM and PPM, as text or as bytes (`P1` … `P6`).
enum Netpbm {
    /// `P`, a digit from 1 to 6, and white space or a comment.
    static func isNetpbm(_ start: [UInt8]) -> Bool {
        start.count >= 3 && start[0] == UInt8(ascii: "P") && (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(start[1])
            && (isSpace(start[2]) || start[2] == UInt8(ascii: "#"))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    /// One channel where it is grey, else three; samples are scaled to 0…255 where their greatest value is another.
    static func decode(_ bytes: [UInt8], file: String, pixelLimit: Int) throws(DataError) -> Picture {
        guard isNetpbm(bytes) else { throw DataError(file, "is not a PNM picture") }
        var reader = Reader(bytes: bytes, file: file)
        let kind = Int(bytes[1] - UInt8(ascii: "0"))
        let (columns, rows) = (try reader.number(), try reader.number())
        try Picture.check(rows: rows, columns: columns, limit: pixelLimit, file: file)
        let isBits = kind == 1 || kind == 4
        let greatest = isBits ? 1 : try reader.number()
        guard (1...65535).contains(greatest) else { throw DataError(file, "claims a greatest sample of \(greatest); PNM files have 1 to 65535") }
        let channels = kind == 3 || kind == 6 ? 3 : 1
        let size = kind < 4 ? rows * columns * channels : kind == 4 ? rows * ((columns + 7) / 8) : rows * columns * channels * (greatest > 255 ? 2 : 1)
        // The header of a packed picture ends with one space; samples in text have a digit each at least.
        if kind >= 4 { reader.position += 1 }
        guard size <= bytes.count - reader.position else { throw Picture.tooShort(file, rows: rows, columns: columns) }

        let area = rows * columns
        var pixels = [UInt8](repeating: 0, count: channels * area)
        for row in 0..<rows {
            for column in 0..<columns {
                for channel in 0..<channels {
                    let sample: Int
                    switch kind {
                    case 1: sample = 1 - (try reader.bit())
                    case 2, 3: sample = try reader.number()
                    case 4: sample = 1 - Int(bytes[reader.position + row * ((columns + 7) / 8) + column / 8] >> UInt8(7 - column % 8) & 1)
                    default: sample = reader.packed(isWide: greatest > 255)
                    }
                    guard sample <= greatest else { throw DataError(file, "has a sample of \(sample) above its greatest, \(greatest)") }
                    pixels[channel * area + row * columns + column] = scaled(sample, greatest)
                }
            }
        }
        return Picture(shape: [channels, rows, columns], pixels: pixels)
    }

    /// The rows and columns that a file claims.
    static func size(of bytes: [UInt8], file: String) throws(DataError) -> Extent {
        var reader = Reader(bytes: bytes, file: file)
        let columns = try reader.number()
        return Extent(try reader.number(), columns)
    }

    private static func scaled(_ sample: Int, _ greatest: Int) -> UInt8 {
        greatest == 255 ? UInt8(sample) : UInt8((2 * 255 * sample + greatest) / (2 * greatest))
    }

    private struct Reader {
        let bytes: [UInt8]
        let file: String
        var position = 2

        init(bytes: [UInt8], file: String) {
            self.bytes = bytes
            self.file = file
        }

        /// White space and comments, to the end of their line.
        private mutating func skipSpace() {
            while position < bytes.count {
                if bytes[position] == UInt8(ascii: "#") {
                    while position < bytes.count, bytes[position] != 10, bytes[position] != 13 { position += 1 }
                } else if Netpbm.isSpace(bytes[position]) {
                    position += 1
                } else {
                    return
                }
            }
        }

        mutating func number() throws(DataError) -> Int {
            skipSpace()
            var value = 0, digits = 0
            while position < bytes.count, (48...57).contains(bytes[position]), digits < 10 {
                value = value * 10 + Int(bytes[position] - 48)
                digits += 1
                position += 1
            }
            guard digits > 0 else { throw unreadable }
            return value
        }

        /// Bits in text need no space between them.
        mutating func bit() throws(DataError) -> Int {
            skipSpace()
            guard position < bytes.count, bytes[position] == 48 || bytes[position] == 49 else { throw unreadable }
            position += 1
            return Int(bytes[position - 1] - 48)
        }

        mutating func packed(isWide: Bool) -> Int {
            position += isWide ? 2 : 1
            return isWide ? Int(bytes[position - 2]) << 8 | Int(bytes[position - 1]) : Int(bytes[position - 1])
        }

        private var unreadable: DataError {
            DataError(file, position < bytes.count ? "has something else at byte \(position) where a PNM picture has a number" : "is a PNM picture that is cut off")
        }
    }
}
