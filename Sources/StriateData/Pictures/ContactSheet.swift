import StriateGraph

/// Pictures of one size in rows and columns, on one picture.
public struct ContactSheet: Sendable {
    /// The rows; none is longer than the first.
    public var rows: [[Picture]]
    /// Pixels between pictures.
    public var gap: Int
    /// Pixels more after the first column: it shows what the others were made of.
    public var margin: Int

    /// What pictures are enlarged to at most, each pixel becoming a square. Larger ones stay as they are.
    public var side = 96
    /// The side of that square at most.
    public var mostZoom = Int.max
    /// The grey level between pictures.
    public var paper: UInt8 = 255

    public init(rows: [[Picture]], gap: Int = 4, margin: Int = 12) { (self.rows, self.gap, self.margin) = (rows, gap, margin) }

    /// The sheet: grey where all pictures are, else in colours.
    ///
    /// - Throws: ``DataError`` where there is no picture, or the sheet would have more pixels than pictures may.
    public func picture() throws(DataError) -> Picture {
        let all = Array(rows.joined())
        guard let rowSide = all.map(\.rows).max(), let columnSide = all.map(\.columns).max(), rowSide > 0, columnSide > 0 else {
            throw DataError("contact sheet", "there are no pictures to show")
        }
        let zoom = max(1, min(mostZoom, side / max(rowSide, columnSide)))
        let across = rows.map(\.count).max() ?? 0
        let height = gap + rows.count * (rowSide * zoom + gap)
        let width = gap + margin + across * (columnSide * zoom + gap)
        let channels = all.contains { $0.channels == 3 } ? 3 : 1
        guard let count = Shape.checkedCount([channels, height, width]), count <= Picture.defaultPixelLimit else {
            throw DataError("contact sheet", "\(rows.count) rows of \(across) pictures make too large a sheet; show fewer")
        }
        return Picture([channels, height, width]) { sheet in
            sheet.update(repeating: paper, count: count)
            for (row, pictures) in rows.enumerated() {
                for (column, picture) in pictures.enumerated() {
                    let top = gap + row * (rowSide * zoom + gap)
                    let left = gap + (column > 0 ? margin : 0) + column * (columnSide * zoom + gap)
                    for channel in 0..<channels {
                        let target = sheet + (channel * height + top) * width + left
                        draw(picture, channel: min(channel, picture.channels - 1), zoom: zoom, to: target, stride: width)
                    }
                }
            }
        }
    }

    private func draw(_ picture: Picture, channel: Int, zoom: Int, to target: UnsafeMutablePointer<UInt8>, stride: Int) {
        picture.pixels.withUnsafeBufferPointer { pixels in
            for row in 0..<picture.rows * zoom {
                let line = pixels.baseAddress! + (channel * picture.rows + row / zoom) * picture.columns
                for column in 0..<picture.columns * zoom { target[row * stride + column] = line[column / zoom] }
            }
        }
    }
}
