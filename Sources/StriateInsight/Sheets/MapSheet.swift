public import StriateData
public import StriateGraph

/// How a layer's maps are laid out on one picture: side by side in rows, all of one size.
public struct MapSheet: Hashable, Sendable {
    /// Pixels that the sheet is wide at most.
    public var width = 952
    /// What small maps are enlarged to at most, each element becoming a square of up to ``cell`` pixels.
    public var side = 96
    /// What large maps are made smaller to.
    public var mostSide = 110
    /// The side of the square for one feature of a layer without maps, and the longest for an element of a map.
    public var cell = 12
    /// Pixels between maps; between single features a quarter of it.
    public var gap = 8
    /// The most maps that are shown; of single features 64 times as many.
    public var limit = 64

    /// A tone that can be told from all maps, on light and dark pages.
    static let paper: UInt8 = 140

    public init() {}

    /// What there is of a layer's result, and how much of it a sheet shows.
    public struct Count: Hashable, Sendable {
        public let shown: Int
        public let all: Int
    }

    /// How many of a layer's maps (or features) the sheet shows.
    public func count(of shape: Shape) -> Count {
        let maps = Maps(shape)
        return Count(shown: min(maps.count, maps.isCells ? limit * 64 : limit), all: maps.count)
    }

    /// The maps of a layer, or its features, in the colours of one scale.
    ///
    /// - Throws: ``DataError`` for a result without elements.
    public func picture(of values: Tensor, _ scale: ColourScale) throws(DataError) -> Picture {
        let maps = Maps(values.shape)
        var pictures = [Picture]()
        for map in 0..<count(of: values.shape).shown {
            let picture = scale.picture(values.values[map * maps.area..<(map + 1) * maps.area], rows: maps.rows, columns: maps.columns)
            pictures.append(try reduced(picture))
        }
        return try sheet(of: pictures, side: maps.isCells ? cell : side, gap: maps.isCells ? gap / 4 : gap, mostZoom: cell)
    }

    /// Pictures in rows of equal length.
    ///
    /// - Parameter margin: Pixels more after the first picture.
    func sheet(
        of pictures: [Picture], side: Int, gap: Int = 4, margin: Int = 0, mostZoom: Int = .max, paper: UInt8 = MapSheet.paper
    ) throws(DataError) -> Picture {
        let largest = pictures.reduce(1) { max($0, $1.shape[1], $1.shape[2]) }, columns = pictures.reduce(1) { max($0, $1.shape[2]) }
        let step = columns * max(1, min(mostZoom, side / largest)) + gap
        let most = max(1, (width - gap - margin) / step), rows = max(1, (pictures.count + most - 1) / most)
        let across = max(1, (pictures.count + rows - 1) / rows)
        return try sheet(
            ofRows: Swift.stride(from: 0, to: pictures.count, by: across).map { Array(pictures[$0..<min(pictures.count, $0 + across)]) },
            side: side, gap: gap, margin: margin, mostZoom: mostZoom, paper: paper)
    }

    func sheet(
        ofRows rows: [[Picture]], side: Int, gap: Int = 4, margin: Int = 0, mostZoom: Int = .max, paper: UInt8 = MapSheet.paper
    ) throws(DataError) -> Picture {
        var sheet = ContactSheet(rows: rows, gap: gap, margin: margin)
        (sheet.side, sheet.mostZoom, sheet.paper) = (side, mostZoom, paper)
        return try sheet.picture()
    }

    /// No larger than ``mostSide``.
    func reduced(_ picture: Picture) throws(DataError) -> Picture {
        let (rows, columns) = (picture.shape[1], picture.shape[2]), longer = max(rows, columns)
        guard longer > mostSide else { return picture }
        return try picture.resized(to: Extent(max(1, rows * mostSide / longer), max(1, columns * mostSide / longer)))
    }

    /// A layer's result as maps: `[maps, rows, columns]` as they are, features one by one, more axes joined into the first.
    private struct Maps {
        let count: Int
        let rows: Int
        let columns: Int

        init(_ shape: Shape) {
            let size = shape.rank < 2 ? [1, 1] : Array(shape.extents.suffix(2))
            (rows, columns) = (size[0], size[1])
            count = size[0] * size[1] == 0 ? 0 : shape.count / (size[0] * size[1])
        }

        var area: Int { rows * columns }
        var isCells: Bool { area == 1 }
    }
}
