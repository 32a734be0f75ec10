public import StriateGraph

/// How much each place of a picture speaks for a class (above 0) or against it (below).
public struct Heatmap: Hashable, Sendable {
    public let rows: Int
    public let columns: Int
    /// Row by row.
    public let values: [Float]

    /// - Precondition: there are `rows · columns` values.
    public init(rows: Int, columns: Int, values: [Float]) {
        precondition(rows > 0 && columns > 0 && values.count == rows * columns, "\(values.count) values for \(rows)×\(columns) places")
        (self.rows, self.columns, self.values) = (rows, columns, values)
    }

    /// The largest magnitude.
    public var reach: Float { values.reduce(0) { max($0, $1.isFinite ? $1.magnitude : 0) } }

    /// At another size, linearly between the middles of places: PyTorch's `interpolate(mode="bilinear", align_corners=False)`.
    public func resized(to extent: Extent) -> Heatmap {
        guard extent != Extent(rows, columns) else { return self }
        let down = Heatmap.taps(from: rows, to: extent.rows), across = Heatmap.taps(from: columns, to: extent.columns)
        var resized = [Float]()
        resized.reserveCapacity(extent.count)
        for row in down {
            for column in across {
                func along(_ row: Int) -> Float {
                    let low = values[row * columns + column.low], high = values[row * columns + column.high]
                    return low + (high - low) * column.share
                }
                let low = along(row.low)
                resized.append(low + (along(row.high) - low) * row.share)
            }
        }
        return Heatmap(rows: extent.rows, columns: extent.columns, values: resized)
    }

    /// The two places between which each new one lies, and the share of the second.
    private static func taps(from size: Int, to newSize: Int) -> [(low: Int, high: Int, share: Float)] {
        (0..<newSize).map { place in
            let position = max(0, (Float(place) + 0.5) * Float(size) / Float(newSize) - 0.5)
            let low = min(size - 1, Int(position))
            return (low, min(size - 1, low + 1), position - Float(low))
        }
    }
}
