import StriateGraph

/// Where the pixels of a picture come from: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`, x to the right and y down from the picture's
/// middle.
public struct AffineMap: Hashable, Sendable {
    public var (a, b, c): (Double, Double, Double)
    public var (d, e, f): (Double, Double, Double)

    public init(a: Double = 1, b: Double = 0, c: Double = 0, d: Double = 0, e: Double = 1, f: Double = 0) {
        (self.a, self.b, self.c) = (a, b, c)
        (self.d, self.e, self.f) = (d, e, f)
    }

    /// The inverse of torchvision's `affine`: `rotation · scale · shear` around the middle, then a translation.
    ///
    /// - Parameters:
    ///   - angle: In degrees, clockwise as in torchvision's `affine` (its `rotate` turns the other way).
    ///   - translation: In pixels, to the right and down.
    ///   - shear: In degrees, along the rows and along the columns.
    public init(
        angle: Double = 0, translation: (x: Double, y: Double) = (0, 0), scale: Double = 1, shear: (x: Double, y: Double) = (0, 0)
    ) {
        let (rotation, rest) = (AffineMap.direction(angle), AffineMap.direction(angle - shear.y))
        let (alongRows, alongColumns) = (AffineMap.direction(shear.x), AffineMap.direction(shear.y))
        let tangent = alongRows.sine / alongRows.cosine
        let a = rest.cosine / alongColumns.cosine
        let b = -(a * tangent + rotation.sine)
        let c = rest.sine / alongColumns.cosine
        let d = rotation.cosine - c * tangent
        self.init(a: d / scale, b: -b / scale, d: -c / scale, e: a / scale)
        self.c = -(self.a * translation.x + self.b * translation.y)
        f = -(self.d * translation.x + e * translation.y)
    }

    private static func direction(_ degrees: Double) -> (cosine: Double, sine: Double) {
        let point = Circle.point(Float((degrees / 360).remainder(dividingBy: 1)))
        return (Double(point.x), Double(point.y))
    }
}

extension Picture {
    /// The picture through an affine map, of the same extent: torchvision's `affine` and `rotate` on tensors.
    public func warped(by map: AffineMap, sampling: Sampling = .bilinear, fill: UInt8 = 0) -> Picture {
        let middle = (x: Double(columns - 1) / 2, y: Double(rows - 1) / 2)
        let columns = columns
        let (stepX, stepY) = (Float(map.a), Float(map.d))
        return warped(fill: fill, sampling: sampling) { row, x, y in
            let down = Double(row) - middle.y
            let startX = Float(map.b * down + map.c + middle.x - map.a * middle.x)
            let startY = Float(map.e * down + map.f + middle.y - map.d * middle.x)
            for column in 0..<columns {
                let right = Float(Int32(truncatingIfNeeded: column))
                x[column] = startX + right * stepX
                y[column] = startY + right * stepY
            }
        }
    }

    /// Turned around its middle by so many degrees, counterclockwise: torchvision's `rotate`.
    public func rotated(_ degrees: Double, sampling: Sampling = .bilinear, fill: UInt8 = 0) -> Picture {
        warped(by: AffineMap(angle: -degrees), sampling: sampling, fill: fill)
    }
}
