import StriateGraph

/// A rectangle of pixels.
public struct Box: Hashable, Sendable {
    public var top: Int
    public var left: Int
    public var rows: Int
    public var columns: Int

    public init(top: Int, left: Int, rows: Int, columns: Int) {
        (self.top, self.left, self.rows, self.columns) = (top, left, rows, columns)
    }

    /// The part of it that lies in a picture of this extent.
    package func clipped(rows height: Int, columns width: Int) -> Box {
        let (first, start) = (min(max(0, top), height), min(max(0, left), width))
        return Box(
            top: first, left: start, rows: max(0, min(height, top + rows) - first), columns: max(0, min(width, left + columns) - start))
    }
}

extension Picture {
    /// The picture with a rectangle painted over: torchvision's `erase`.
    ///
    /// - Parameter paint: The byte for a pixel of a channel.
    package func erased(_ box: Box, paint: (Int) -> UInt8) -> Picture {
        let box = box.clipped(rows: rows, columns: columns)
        guard box.rows > 0, box.columns > 0 else { return self }
        var pixels = pixels
        let (rows, columns) = (rows, columns)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for channel in 0..<channels {
                for row in box.top..<box.top + box.rows {
                    let line = (channel * rows + row) * columns
                    for column in box.left..<box.left + box.columns { pixels[line + column] = paint(channel) }
                }
            }
        }
        return Picture(shape: shape, pixels: pixels)
    }
}
