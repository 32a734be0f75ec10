public import StriateGraph

/// How far away the pixels of a picture come from, pixel by pixel.
public struct Displacement: Hashable, Sendable {
    public let extent: Extent
    /// To the right, row by row, in pixels.
    public let x: [Float]
    /// Down.
    public let y: [Float]

    /// - Precondition: one number for each pixel.
    public init(extent: Extent, x: [Float], y: [Float]) {
        precondition(x.count == extent.count && y.count == extent.count, "\(x.count) and \(y.count) displacements for \(extent)")
        (self.extent, self.x, self.y) = (extent, x, y)
    }
}

extension Picture {
    /// The picture with its pixels displaced: torchvision's `elastic`, but in pixels.
    ///
    /// - Precondition: the displacement has the picture's extent.
    public func warped(by displacement: Displacement, sampling: Sampling = .bilinear, fill: UInt8 = 0) -> Picture {
        precondition(displacement.extent == Extent(rows, columns), "displacements of \(displacement.extent) for a picture of \(shape)")
        let columns = columns
        return displacement.x.withUnsafeBufferPointer { offsetX in
            displacement.y.withUnsafeBufferPointer { offsetY in
                warped(fill: fill, sampling: sampling) { row, x, y in
                    let down = Float(row)
                    for column in 0..<columns {
                        x[column] = Float(Int32(truncatingIfNeeded: column)) + offsetX[row * columns + column]
                        y[column] = down + offsetY[row * columns + column]
                    }
                }
            }
        }
    }
}
