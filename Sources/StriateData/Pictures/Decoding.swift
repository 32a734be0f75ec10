public import StriateGraph

/// How a file becomes a picture before it is fitted: the same in training, evaluation and prediction.
///
/// JPEG pictures are decoded to a half, a quarter or an eighth where that leaves at least ``gap`` times the pixels along each side that the
/// network sees, which is several times faster. Pillow's `thumbnail` has the same rule and the same gap (`reducing_gap=2.0`), whose result it
/// calls indistinguishable from that of fair resampling.
public struct Decoding: Hashable, Sendable {
    public var background = Colour.white
    /// Rows and columns of which not fewer are wanted; nil for all.
    public var least: Extent?

    /// How many times more pixels along a side are decoded than are needed.
    static let gap = 2
    /// The same where parts of pictures are cut out and enlarged.
    static let cropGap = 4

    /// Every picture in full, on white.
    static let whole = Decoding()

    private init() {}

    /// What a network's pictures need.
    ///
    /// - Parameter areCropped: Whether parts of the pictures are to be enlarged to the network's size.
    public init(for preprocessing: Preprocessing, areCropped: Bool = false) {
        background = preprocessing.background
        let gap = areCropped ? Decoding.cropGap : Decoding.gap
        var (rows, columns) = (preprocessing.rows, preprocessing.columns)
        if case .crop(let side) = preprocessing.fit { (rows, columns) = (max(rows, columns, side), max(rows, columns, side)) }
        least = Extent(gap * rows, gap * columns)
    }

    public func decode(_ bytes: [UInt8], file: String, pixelLimit: Int = Picture.defaultPixelLimit) throws(DataError) -> Picture {
        try Picture.decode(bytes, file: file, background: background, pixelLimit: pixelLimit, least: least)
    }
}

extension Picture {
    /// Reads a picture from a file as a network with this preprocessing sees it.
    public static func read(contentsOf path: String, for preprocessing: Preprocessing) throws(DataError) -> Picture {
        try decode(readFile(path, limit: mostBytes), file: path, for: preprocessing)
    }

    /// Decodes a picture as a network with this preprocessing sees it.
    public static func decode(
        _ bytes: [UInt8], file: String, for preprocessing: Preprocessing, pixelLimit: Int = defaultPixelLimit
    ) throws(DataError) -> Picture {
        let picture = try Decoding(for: preprocessing).decode(bytes, file: file, pixelLimit: pixelLimit)
        do { return try picture.prepared(for: preprocessing) } catch { throw DataError(file, error.message) }
    }
}
