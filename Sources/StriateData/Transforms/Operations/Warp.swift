import StriateGraph

/// How a value between pixels is found.
public enum Sampling: String, Hashable, Sendable, CaseIterable {
    case nearest, bilinear
}

extension Picture {
    /// A picture of the same extent, each pixel of which is sampled somewhere in this one.
    ///
    /// The meaning is that of torchvision's tensor backend (`grid_sample`): pixel centres lie on whole numbers, and a pixel that lies
    /// beyond the edges counts as `fill`, with its weight where neighbours are mixed. Results are rounded, ties to even.
    /// - Parameter coordinates: Writes for one row of the result where its pixels come from: the row, the columns, the rows.
    func warped(
        fill: UInt8, sampling: Sampling, coordinates: (Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) -> Picture {
        guard area > 0 else { return self }
        let (channels, rows, columns) = (channels, rows, columns)
        // Two pixels around the picture: then every neighbour of a clamped place exists, and no pixel asks whether it does.
        let stride = columns + 2 * Warp.margin
        let plane = stride * (rows + 2 * Warp.margin)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: channels * plane) { framed in
            frame(into: framed.baseAddress!, fill: fill, stride: stride, plane: plane)
            return Picture(shape) { out in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * columns) { places in
                    withUnsafeTemporaryAllocation(of: Int32.self, capacity: columns) { indices in
                        let warp = Warp(
                            columns: columns, stride: stride, lastRow: Warp.limit(rows), lastColumn: Warp.limit(columns),
                            x: places.baseAddress!, y: places.baseAddress! + columns, index: indices.baseAddress!)
                        for row in 0..<rows {
                            coordinates(row, warp.x, warp.y)
                            switch sampling {
                            case .nearest: warp.locateNearest()
                            case .bilinear: warp.locate()
                            }
                            for channel in 0..<channels {
                                let source = UnsafePointer(framed.baseAddress! + channel * plane)
                                let target = out + (channel * rows + row) * columns
                                switch sampling {
                                case .nearest: warp.takeNearest(source, to: target)
                                case .bilinear: warp.mix(source, to: target)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Every channel with a margin of `fill` around it.
    private func frame(into framed: UnsafeMutablePointer<UInt8>, fill: UInt8, stride: Int, plane: Int) {
        framed.initialize(repeating: fill, count: channels * plane)
        pixels.withUnsafeBufferPointer { pixels in
            for channel in 0..<channels {
                for row in 0..<rows {
                    let target = framed + channel * plane + (row + Warp.margin) * stride + Warp.margin
                    target.update(from: pixels.baseAddress! + (channel * rows + row) * columns, count: columns)
                }
            }
        }
    }
}

/// The sampling of one row after another.
private struct Warp {
    static let margin = 2

    let columns: Int
    let stride: Int
    /// Places beyond the edges count as these, where all neighbours are fill.
    let lastRow: Float
    let lastColumn: Float
    /// Places in the source; after ``locate()`` the shares of the right and of the lower neighbour.
    let x: UnsafeMutablePointer<Float>
    let y: UnsafeMutablePointer<Float>
    /// Where the upper left neighbour lies in a framed plane.
    let index: UnsafeMutablePointer<Int32>

    /// ``Rounding`` is exact below 2²²; nobody warps longer pictures, but nothing may be read beyond them.
    static func limit(_ extent: Int) -> Float { Float(min(extent, 1 << 21)) }

    func locate() {
        let (stride, margin) = (Int32(stride), Int32(Warp.margin))
        for column in 0..<columns {
            let placeX = Rounding.clamped(x[column], -1, lastColumn)
            let placeY = Rounding.clamped(y[column], -1, lastRow)
            // A whole number may round to itself or to the one below: its neighbour then has all of the share.
            let left = Rounding.nearest(placeX - 0.5)
            let top = Rounding.nearest(placeY - 0.5)
            x[column] = placeX - Float(left)
            y[column] = placeY - Float(top)
            index[column] = (top &+ margin) &* stride &+ left &+ margin
        }
    }

    func locateNearest() {
        let (stride, margin) = (Int32(stride), Int32(Warp.margin))
        for column in 0..<columns {
            let left = Rounding.nearest(Rounding.clamped(x[column], -1, lastColumn))
            let top = Rounding.nearest(Rounding.clamped(y[column], -1, lastRow))
            index[column] = (top &+ margin) &* stride &+ left &+ margin
        }
    }

    func mix(_ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>) {
        for column in 0..<columns {
            let upper = source + Int(index[column])
            let lower = upper + stride
            let (right, down) = (x[column], y[column])
            let (a, b) = (Float(upper[0]), Float(upper[1]))
            let (c, d) = (Float(lower[0]), Float(lower[1]))
            let top = a + right * (b - a)
            let bottom = c + right * (d - c)
            target[column] = UInt8(truncatingIfNeeded: Rounding.nearest(top + down * (bottom - top)))
        }
    }

    func takeNearest(_ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>) {
        for column in 0..<columns { target[column] = source[Int(index[column])] }
    }
}
