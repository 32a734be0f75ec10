public import StriateData
import StriateGraph

extension Heatmap {
    /// The map alone, a pixel for each place, by the scale of signs.
    public var picture: Picture { ColourScale(reach: reach).picture(values, rows: rows, columns: columns) }

    /// The map over the picture that it explains, which turns grey under it: orange where it speaks for the class, blue where against it, the
    /// stronger the more.
    ///
    /// - Parameter side: Small pictures are enlarged by a whole number to about this.
    public func overlay(on picture: Picture, side: Int = 224) -> Picture {
        let size = Extent(picture.shape[1], picture.shape[2]), zoom = max(1, side / max(size.rows, size.columns))
        let extent = Extent(size.rows * zoom, size.columns * zoom), reach = reach
        let heat = resized(to: extent)
        var pixels = [UInt8](repeating: 0, count: 3 * extent.count)
        for row in 0..<extent.rows {
            for column in 0..<extent.columns {
                let place = row * extent.columns + column
                let grey = 0.8 * picture.grey(row / zoom, column / zoom), value = heat.values[place]
                let share = reach > 0 && value.isFinite ? min(1, value.magnitude / reach) : 0
                let glow = value < 0 ? Heatmap.against : Heatmap.speaking
                for channel in 0..<3 {
                    pixels[channel * extent.count + place] = UInt8(grey + (Float(glow[channel]) - grey) * 0.85 * share)
                }
            }
        }
        return Picture(shape: [3, extent.rows, extent.columns], pixels: pixels)
    }

    private static let speaking = Colour(red: 255, green: 128, blue: 16)
    private static let against = Colour(red: 32, green: 144, blue: 255)
}

extension Picture {
    /// The brightness of a pixel, 0…255, by ITU-R 601-2.
    fileprivate func grey(_ row: Int, _ column: Int) -> Float {
        let area = shape[1] * shape[2], place = row * shape[2] + column
        guard shape[0] == 3 else { return Float(pixels[place]) }
        return 0.299 * Float(pixels[place]) + 0.587 * Float(pixels[area + place]) + 0.114 * Float(pixels[2 * area + place])
    }

    /// Each pixel a square of so many.
    func enlarged(by zoom: Int) -> Picture {
        guard zoom > 1 else { return self }
        let (channels, rows, columns) = (shape[0], shape[1], shape[2])
        var enlarged = [UInt8]()
        enlarged.reserveCapacity(pixels.count * zoom * zoom)
        for line in 0..<channels * rows * zoom {
            for column in 0..<columns * zoom { enlarged.append(pixels[line / zoom * columns + column / zoom]) }
        }
        return Picture(shape: [channels, rows * zoom, columns * zoom], pixels: enlarged)
    }
}
