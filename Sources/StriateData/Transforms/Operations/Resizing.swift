public import StriateGraph

extension Picture {
    /// The picture of another size, equal to Pillow's `resize` (and torchvision's on Pillow images; with antialiasing, its tensors agree
    /// within a level).
    ///
    /// - Throws: ``DataError`` where so many pixels are not held in memory.
    public func resized(to extent: Extent, _ filter: ResizeFilter = .bilinear) throws(DataError) -> Picture {
        guard extent != Extent(rows, columns), area > 0 else { return self }
        try checkGrowth(to: extent)
        let resizer = Resizer(from: Extent(rows, columns), to: extent, filter)
        return mappingPlanes(to: extent) { resizer.resize($0, to: $1) }
    }

    /// The picture with its shorter side of this length and of the same shape: torchvision's `Resize(side)`.
    public func resized(shorterSide side: Int, _ filter: ResizeFilter = .bilinear) throws(DataError) -> Picture {
        let shorter = max(1, min(rows, columns)), side = max(1, side)
        let (height, heightOverflow) = rows.multipliedReportingOverflow(by: side)
        let (width, widthOverflow) = columns.multipliedReportingOverflow(by: side)
        guard !heightOverflow, !widthOverflow else { throw Picture.tooLarge(shape) }
        return try resized(to: Extent(max(1, height / shorter), max(1, width / shorter)), filter)
    }

    /// The whole picture of the same shape in the middle of another extent, with one grey level around it.
    public func letterboxed(to extent: Extent, fill: UInt8 = 114, _ filter: ResizeFilter = .bilinear) throws(DataError) -> Picture {
        guard area > 0, extent.count > 0 else { return self }
        let scale = min(Double(extent.rows) / Double(rows), Double(extent.columns) / Double(columns))
        let inner = Extent(
            min(extent.rows, max(1, Int((Double(rows) * scale).rounded()))),
            min(extent.columns, max(1, Int((Double(columns) * scale).rounded()))))
        return try resized(to: inner, filter).window(
            top: -((extent.rows - inner.rows) / 2), left: -((extent.columns - inner.columns) / 2), rows: extent.rows,
            columns: extent.columns, fill: fill)
    }

    private func checkGrowth(to extent: Extent) throws(DataError) {
        guard extent.rows > 0, extent.columns > 0, let count = Shape.checkedCount([channels, extent.rows, extent.columns]),
            count <= Picture.defaultPixelLimit, Shape.checkedCount([rows, extent.columns]) != nil
        else { throw Picture.tooLarge(shape) }
    }

    private static func tooLarge(_ shape: Shape) -> DataError {
        DataError("picture of \(shape)", "would become too large when it is resized; it is too long and narrow, or the wanted size too large")
    }
}
