import CJPEGShim
public import StriateGraph

/// Pictures in JPEG files, by libjpeg-turbo: baseline and progressive, grey, colour and CMYK in; grey and RGB of 8 bits out.
public enum JPEG {
    /// Whether these are the first bytes of a JPEG file.
    public static func isJPEG(_ bytes: some Sequence<UInt8>) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

    /// Decodes a picture: one channel where it is grey, else three. The EXIF orientation is applied.
    ///
    /// The pixels are those of Pillow's `ImageOps.exif_transpose` and `convert("RGB")`, and as there a file that is cut off is refused;
    /// so is one whose coded data are damaged. CMYK is taken as Adobe writes it, inverted.
    /// - Parameters:
    ///   - file: What to call the bytes in errors.
    ///   - pixelLimit: Larger pictures are refused before memory is taken for them.
    ///   - least: Rows and columns of which not fewer are wanted. The picture then comes in the smallest of the full size and its half, quarter
    ///     and eighth that has so many, which is several times faster, but not what resizing the full picture gives.
    public static func decode(
        _ bytes: [UInt8], file: String, pixelLimit: Int = Picture.defaultPixelLimit, least: Extent? = nil
    ) throws(DataError) -> Picture {
        guard isJPEG(bytes) else { throw DataError(file, "is not a JPEG picture") }
        let orientation = Orientation(exif: Segments(bytes).exif)
        return try bytes.withUnsafeBufferPointer { (memory) throws(DataError) -> Picture in
            var header = jpeg_picture()
            guard jpeg_shim_header(memory.baseAddress, memory.count, &header) else {
                throw DataError(file, "is no valid JPEG picture: \(message(of: header))")
            }
            let (rows, columns, channels) = (Int(header.rows), Int(header.columns), Int(header.channels))
            try Picture.check(rows: rows, columns: columns, limit: pixelLimit, file: file)
            // Each block of 8×8 samples takes at least a bit; the strangest sampling spreads 8 blocks over 32×32 pixels.
            guard header.is_arithmetic || rows * columns / 1024 <= bytes.count else { throw Picture.tooShort(file, rows: rows, columns: columns) }

            let wanted = least.map { orientation.isTurned ? Extent($0.columns, $0.rows) : $0 }
            let reduction = wanted.map { wanted in
                [8, 4, 2].first { divided(rows, $0) >= wanted.rows && divided(columns, $0) >= wanted.columns } ?? 1
            } ?? 1
            let (outRows, outColumns) = (divided(rows, reduction), divided(columns, reduction))
            let size = outRows * outColumns * channels
            var isDecoded = false
            let samples = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                isDecoded = jpeg_shim_decode(memory.baseAddress, memory.count, UInt32(reduction), buffer.baseAddress, size, &header)
                count = isDecoded ? size : 0
            }
            guard isDecoded else { throw DataError(file, "is a damaged JPEG picture: \(message(of: header))") }
            return planar(samples, rows: outRows, columns: outColumns, channels: channels).oriented(orientation)
        }
    }

    /// The rows and columns that a file claims, as they are stored.
    static func size(of bytes: [UInt8], file: String) throws(DataError) -> Extent {
        var header = jpeg_picture()
        guard bytes.withUnsafeBufferPointer({ jpeg_shim_header($0.baseAddress, $0.count, &header) }) else {
            throw DataError(file, "is no valid JPEG picture: \(message(of: header))")
        }
        return Extent(Int(header.rows), Int(header.columns))
    }

    private static func divided(_ side: Int, _ reduction: Int) -> Int { (side + reduction - 1) / reduction }

    private static func planar(_ samples: [UInt8], rows: Int, columns: Int, channels: Int) -> Picture {
        guard channels > 1 else { return Picture(shape: [1, rows, columns], pixels: samples) }
        let area = rows * columns
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * area) { pixels, count in
            samples.withUnsafeBufferPointer { samples in
                for pixel in 0..<area {
                    let sample = samples.baseAddress! + pixel * channels
                    for channel in 0..<3 {
                        pixels[channel * area + pixel] = channels == 3 ? sample[channel] : mixed(sample[channel], black: sample[3])
                    }
                }
            }
            count = 3 * area
        }
        return Picture(shape: [3, rows, columns], pixels: pixels)
    }

    /// An inverted ink over inverted black, rounded as in Pillow.
    private static func mixed(_ ink: UInt8, black: UInt8) -> UInt8 {
        let product = UInt32(255 - ink) * UInt32(black) + 128
        return black &- UInt8(truncatingIfNeeded: (product >> 8 + product) >> 8)
    }

    private static func message(of picture: jpeg_picture) -> String {
        withUnsafeBytes(of: picture.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The segments before the coded data.
    private struct Segments {
        /// What the first EXIF segment holds, empty where there is none.
        private(set) var exif: ArraySlice<UInt8> = []

        init(_ bytes: [UInt8]) {
            let name: [UInt8] = Array("Exif\0\0".utf8)
            var position = 2
            while position + 4 <= bytes.count, bytes[position] == 0xFF {
                let marker = bytes[position + 1]
                // Bytes of 0xFF may fill up the space before a marker.
                if marker == 0xFF {
                    position += 1
                    continue
                }
                let end = position + 2 + Int(bytes[position + 2]) << 8 + Int(bytes[position + 3])
                guard marker != 0xDA, end <= bytes.count, end >= position + 4 else { return }
                let content = bytes[position + 4..<end]
                if marker == 0xE1, content.starts(with: name) {
                    exif = content.dropFirst(name.count)
                    return
                }
                position = end
            }
        }
    }
}
