import StriateGraph

/// Pictures in BMP files: palettes of 1, 4 and 8 bits, and 24 and 32 bits a pixel, without compression.
enum BMP {
    /// `BM` and, in a byte further on, a header size that is known.
    static func isBMP(_ start: [UInt8]) -> Bool {
        start.count >= 16 && start[0] == UInt8(ascii: "B") && start[1] == UInt8(ascii: "M") && [12, 40, 52, 56, 64, 108, 124].contains(start[14])
            && start[15] == 0
    }

    /// Three channels, or one where every colour of a palette is grey. Alpha is ignored, as most programs do.
    static func decode(_ bytes: [UInt8], file: String, pixelLimit: Int) throws(DataError) -> Picture {
        guard isBMP(bytes) else { throw DataError(file, "is not a BMP picture") }
        let header = try Header(bytes, file: file)
        let (rows, columns) = (header.rows, header.columns)
        try Picture.check(rows: rows, columns: columns, limit: pixelLimit, file: file)
        let stride = (columns * header.depth + 31) / 32 * 4
        guard header.start >= header.end, stride <= (bytes.count - header.start) / rows else { throw Picture.tooShort(file, rows: rows, columns: columns) }
        let palette = try header.palette(bytes, file: file)
        let channels = !palette.isEmpty && palette.allSatisfy { $0.x == $0.y && $0.y == $0.z } ? 1 : 3

        let area = rows * columns
        var pixels = [UInt8](repeating: 0, count: channels * area)
        for row in 0..<rows {
            let line = header.start + (header.isTopDown ? row : rows - 1 - row) * stride
            for column in 0..<columns {
                let colour: SIMD3<UInt8>
                if header.depth >= 24 {
                    let place = line + column * header.depth / 8
                    colour = SIMD3(bytes[place + 2], bytes[place + 1], bytes[place])
                } else {
                    let bit = column * header.depth
                    let index = Int(bytes[line + bit / 8] >> UInt8(8 - header.depth - bit % 8)) & (1 << header.depth - 1)
                    guard index < palette.count else { throw DataError(file, "has a pixel of colour \(index), but only \(palette.count) colours") }
                    colour = palette[index]
                }
                for channel in 0..<channels { pixels[channel * area + row * columns + column] = colour[channel] }
            }
        }
        return Picture(shape: [channels, rows, columns], pixels: pixels)
    }

    /// The rows and columns that a file claims.
    static func size(of bytes: [UInt8], file: String) throws(DataError) -> Extent {
        let header = try Header(bytes, file: file)
        return Extent(header.rows, header.columns)
    }

    private struct Header {
        let rows: Int
        let columns: Int
        let isTopDown: Bool
        let depth: Int
        /// Where the pixels start.
        let start: Int
        /// Where the header ends and the palette starts.
        let end: Int
        private let colours: Int
        private let colourSize: Int

        init(_ bytes: [UInt8], file: String) throws(DataError) {
            func number(_ place: Int, _ count: Int = 4) -> Int { bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) } }
            let size = bytes.count >= 18 ? number(14) : 0
            guard size >= 12, size <= bytes.count - 14, bytes.count >= 26 else { throw DataError(file, "ends inside its BMP header") }
            start = number(10)
            end = 14 + size
            guard start <= bytes.count else { throw DataError(file, "is a BMP picture that is cut off") }
            let isOld = size == 12
            let height = isOld ? number(20, 2) : Int(Int32(truncatingIfNeeded: number(22)))
            columns = isOld ? number(18, 2) : number(18)
            rows = abs(height)
            isTopDown = height < 0
            depth = number(isOld ? 24 : 28, 2)
            // 3 names the places of red, green and blue, which are the usual ones in 32 bits as programs write them.
            let compression = isOld ? 0 : number(30)
            guard compression == 0 || (compression == 3 && depth == 32 && Header.hasUsualMasks(bytes)) else {
                throw DataError(file, "is a compressed BMP picture, which is not read; save it as PNG")
            }
            guard [1, 4, 8, 24, 32].contains(depth) else { throw DataError(file, "is a BMP picture of \(depth) bits a pixel; 1, 4, 8, 24 and 32 are read") }
            let used = isOld || size < 40 ? 0 : number(46)
            colours = depth > 8 ? 0 : used > 0 && used <= 1 << depth ? used : 1 << depth
            colourSize = isOld ? 3 : 4
        }

        private static func hasUsualMasks(_ bytes: [UInt8]) -> Bool {
            bytes.count >= 66 && bytes[54..<66].elementsEqual([0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0])
        }

        func palette(_ bytes: [UInt8], file: String) throws(DataError) -> [SIMD3<UInt8>] {
            guard end + colours * colourSize <= bytes.count else { throw DataError(file, "ends inside its BMP palette") }
            return (0..<colours).map { colour in
                let place = end + colour * colourSize
                return SIMD3(bytes[place + 2], bytes[place + 1], bytes[place])
            }
        }
    }
}
