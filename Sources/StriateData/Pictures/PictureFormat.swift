public import StriateGraph

/// The kinds of picture files that are read.
public enum PictureFormat: String, Hashable, Sendable, CaseIterable {
    case jpeg = "JPEG", png = "PNG", netpbm = "PNM", bmp = "BMP"

    /// Told by a file's first bytes, whatever its name; nil where they begin no picture.
    public init?(_ bytes: some Sequence<UInt8>) {
        let start = Array(bytes.prefix(16))
        if JPEG.isJPEG(start) {
            self = .jpeg
        } else if PNG.isPNG(start) {
            self = .png
        } else if Netpbm.isNetpbm(start) {
            self = .netpbm
        } else if BMP.isBMP(start) {
            self = .bmp
        } else {
            return nil
        }
    }

    /// How many of a file's first bytes tell its format.
    static let signatureSize = 16

    /// Whether a file's name ends like a picture's.
    static func isNamedLikeOne(_ name: String) -> Bool {
        let suffixes = [".jpg", ".jpeg", ".png", ".pnm", ".pbm", ".pgm", ".ppm", ".bmp"]
        return suffixes.contains { name.lowercased().hasSuffix($0) }
    }

    /// `JPEG, PNG, PNM, BMP`.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Picture {
    /// The most pixels that a picture may have unless the caller says otherwise.
    public static let defaultPixelLimit = 1 << 28
    /// More bytes than any file of a picture that is read has.
    static let mostBytes = 1 << 30

    /// Reads a picture of any ``PictureFormat`` from a file.
    public static func read(
        contentsOf path: String, background: Colour = .white, pixelLimit: Int = defaultPixelLimit, least: Extent? = nil
    ) throws(DataError) -> Picture {
        try decode(readFile(path, limit: mostBytes), file: path, background: background, pixelLimit: pixelLimit, least: least)
    }

    /// Decodes a picture of any ``PictureFormat``, upright: one channel where it is grey, else three.
    ///
    /// - Parameters:
    ///   - file: What to call the bytes in errors.
    ///   - background: What shows through where the picture is transparent.
    ///   - pixelLimit: Larger pictures are refused before memory is taken for them.
    ///   - least: Rows and columns of which not fewer are wanted; see ``JPEG/decode(_:file:pixelLimit:least:)``.
    public static func decode(
        _ bytes: [UInt8], file: String, background: Colour = .white, pixelLimit: Int = defaultPixelLimit, least: Extent? = nil
    ) throws(DataError) -> Picture {
        switch PictureFormat(bytes) {
        case .jpeg: return try JPEG.decode(bytes, file: file, pixelLimit: pixelLimit, least: least)
        case .png: return try PNG.decode(bytes, file: file, background: background, pixelLimit: pixelLimit)
        case .netpbm: return try Netpbm.decode(bytes, file: file, pixelLimit: pixelLimit)
        case .bmp: return try BMP.decode(bytes, file: file, pixelLimit: pixelLimit)
        case nil: throw unknown(bytes, file: file)
        }
    }

    /// The rows and columns that a file of any ``PictureFormat`` claims, before its orientation is applied. Either may be near 2³².
    public static func size(of bytes: [UInt8], file: String) throws(DataError) -> Extent {
        switch PictureFormat(bytes) {
        case .jpeg: return try JPEG.size(of: bytes, file: file)
        case .png: return try PNG.size(of: bytes, file: file)
        case .netpbm: return try Netpbm.size(of: bytes, file: file)
        case .bmp: return try BMP.size(of: bytes, file: file)
        case nil: throw unknown(bytes, file: file)
        }
    }

    private static func unknown(_ bytes: [UInt8], file: String) -> DataError {
        DataError(file, bytes.isEmpty ? "is empty" : "is no picture that can be read (\(PictureFormat.names))")
    }

    /// The paths of all pictures below a folder, in natural order: what is one by its content, and what is called like one.
    public static func files(below folder: String) throws(DataError) -> [String] {
        try FileTree(folder: folder).files.filter { file in
            PictureFormat.isNamedLikeOne(file.name) || (try? file.start(PictureFormat.signatureSize)).flatMap(PictureFormat.init) != nil
        }.map(\.name)
    }

    /// Refuses what a header claims before anything believes it.
    static func check(rows: Int, columns: Int, limit: Int, file: String) throws(DataError) {
        guard columns > 0, rows > 0 else { throw DataError(file, "claims an empty picture of \(columns)×\(rows)") }
        // Both may be near 2³², so that their product may pass 63 bits.
        guard columns <= limit / rows else { throw DataError(file, "claims \(columns)×\(rows) pixels; at most \(limit) are read") }
    }

    static func tooShort(_ file: String, rows: Int, columns: Int) -> DataError {
        DataError(file, "claims \(columns)×\(rows) pixels, but is far too short for them; it is cut off or damaged")
    }
}
