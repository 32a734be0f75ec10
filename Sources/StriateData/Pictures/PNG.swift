import CPNG
import CPNGShim
public import StriateGraph

/// Pictures in PNG files, by libpng: every colour type, depth and interlacing in; grey and RGB of 8 bits out.
public enum PNG {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Whether these are the first bytes of a PNG file.
    public static func isPNG(_ bytes: some Sequence<UInt8>) -> Bool { bytes.starts(with: signature) }

    /// Reads a picture from a file.
    public static func read(
        contentsOf path: String, background: Colour = .white, pixelLimit: Int = Picture.defaultPixelLimit
    ) throws(DataError) -> Picture {
        try decode(readFile(path), file: path, background: background, pixelLimit: pixelLimit)
    }

    /// Decodes a picture: one channel where it is grey, else three.
    ///
    /// Palettes become RGB, and of 16 bits the upper 8 remain, as in Pillow. What is transparent is laid over a background; grey becomes RGB
    /// over one that is not grey. An EXIF orientation is applied.
    /// - Parameters:
    ///   - file: What to call the bytes in errors.
    ///   - background: White unless told.
    ///   - pixelLimit: Larger pictures are refused before memory is taken for them.
    public static func decode(
        _ bytes: [UInt8], file: String, background: Colour = .white, pixelLimit: Int = Picture.defaultPixelLimit
    ) throws(DataError) -> Picture {
        try Header(bytes, file: file).check(fileSize: bytes.count, pixelLimit: pixelLimit, file: file)
        return try bytes.withUnsafeBufferPointer { (memory) throws(DataError) -> Picture in
            var header = png_picture()
            guard png_shim_header(memory.baseAddress, memory.count, &header) else {
                throw DataError(file, "is no valid PNG picture: \(message(of: header))")
            }
            let (columns, rows, channels) = (Int(header.columns), Int(header.rows), Int(header.channels))
            let size = rows * columns * channels
            var isDecoded = false
            let samples = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                isDecoded = png_shim_decode(memory.baseAddress, memory.count, buffer.baseAddress, size, &header)
                count = isDecoded ? size : 0
            }
            guard isDecoded else { throw DataError(file, "is a damaged PNG picture: \(message(of: header))") }
            return planar(
                samples, rows: rows, columns: columns, colours: channels >= 3 ? 3 : 1, hasAlpha: channels % 2 == 0, background: background
            ).oriented(Orientation(exif: exif(in: bytes)))
        }
    }

    /// The rows and columns that a file claims.
    static func size(of bytes: [UInt8], file: String) throws(DataError) -> Extent {
        let header = try Header(bytes, file: file)
        return Extent(header.rows, header.columns)
    }

    /// Encodes a picture of one channel (grey) or three (RGB).
    public static func encode(_ picture: Picture) throws(DataError) -> [UInt8] {
        let (channels, rows, columns) = (picture.shape[0], picture.shape[1], picture.shape[2])
        guard channels == 1 || channels == 3 else {
            throw DataError("picture of \(picture.shape)", "PNG files hold 1 or 3 channels, not \(channels)")
        }
        guard rows > 0, columns > 0, rows <= 1_000_000, columns <= 1_000_000 else {
            throw DataError("picture of \(picture.shape)", "PNG files hold 1 to 1000000 rows and columns")
        }
        let area = rows * columns
        var samples = picture.pixels
        if channels == 3 {
            for pixel in 0..<area { for channel in 0..<3 { samples[3 * pixel + channel] = picture.pixels[channel * area + pixel] } }
        }
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        image.width = UInt32(columns)
        image.height = UInt32(rows)
        image.format = channels == 3 ? PNG_FORMAT_FLAG_COLOR : 0
        defer { png_image_free(&image) }
        // What cannot be packed grows by a few bytes a row and a block; the rest is headers.
        var size = samples.count + samples.count / 8 + 16 * rows + 4096
        var written: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            written = png_image_write_to_memory(&image, buffer.baseAddress, &size, 0, samples, Int32(columns * channels), nil)
            count = written == 0 ? 0 : size
        }
        guard written != 0 else { throw DataError("picture of \(picture.shape)", "cannot be written as PNG: \(message(of: image))") }
        return bytes
    }

    /// What the chunk `eXIf` holds, empty where there is none.
    private static func exif(in bytes: [UInt8]) -> ArraySlice<UInt8> {
        var chunk = signature.count
        while chunk + 12 <= bytes.count {
            let length = bytes[chunk..<chunk + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - chunk - 12 else { break }
            if bytes[chunk + 4..<chunk + 8].elementsEqual("eXIf".utf8) { return bytes[chunk + 8..<chunk + 8 + length] }
            chunk += 12 + length
        }
        return []
    }

    private static func planar(
        _ samples: [UInt8], rows: Int, columns: Int, colours: Int, hasAlpha: Bool, background: Colour
    ) -> Picture {
        let (area, step) = (rows * columns, colours + (hasAlpha ? 1 : 0))
        if step == 1 { return Picture(shape: [1, rows, columns], pixels: samples) }
        // Grey over a colour is no longer grey.
        let channels = hasAlpha && !background.isGrey ? 3 : colours
        let pixels = [UInt8](unsafeUninitializedCapacity: area * channels) { pixels, count in
            samples.withUnsafeBufferPointer { samples in
                for channel in 0..<channels {
                    let colour = colours == 1 ? 0 : channel, ground = UInt32(background[channel])
                    for pixel in 0..<area {
                        let value = samples[pixel * step + colour]
                        guard hasAlpha else {
                            pixels[channel * area + pixel] = value
                            continue
                        }
                        let alpha = UInt32(samples[pixel * step + colours])
                        pixels[channel * area + pixel] = UInt8((UInt32(value) * alpha + ground * (255 - alpha) + 127) / 255)
                    }
                }
            }
            count = area * channels
        }
        return Picture(shape: [channels, rows, columns], pixels: pixels)
    }

    private static func message(of image: png_image) -> String {
        withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func message(of picture: png_picture) -> String {
        withUnsafeBytes(of: picture.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The first chunk: what a file claims, before anything believes it.
    private struct Header {
        let columns: Int
        let rows: Int
        let bitsPerPixel: Int

        init(_ bytes: [UInt8], file: String) throws(DataError) {
            guard PNG.isPNG(bytes) else { throw DataError(file, "is not a PNG picture") }
            guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8) else { throw DataError(file, "ends inside its PNG header") }
            columns = bytes[16..<20].reduce(0) { $0 << 8 | Int($1) }
            rows = bytes[20..<24].reduce(0) { $0 << 8 | Int($1) }
            let samples = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][bytes[25]] ?? 1
            bitsPerPixel = max(1, Int(bytes[24])) * samples
        }

        func check(fileSize: Int, pixelLimit: Int, file: String) throws(DataError) {
            try Picture.check(rows: rows, columns: columns, limit: pixelLimit, file: file)
            let packed = rows * ((columns * bitsPerPixel + 7) / 8) / 1032
            guard packed <= fileSize else { throw Picture.tooShort(file, rows: rows, columns: columns) }
        }
    }
}
