import StriateGraph

/// Where the pixels of a picture come from when it is seen at an angle: `x' = (a·x + b·y + c) / (g·x + h·y + 1)`,
/// `y' = (d·x + e·y + f) / (g·x + h·y + 1)`, from the upper left corner of the picture.
public struct PerspectiveMap: Hashable, Sendable {
    /// `a … h`.
    public let coefficients: [Double]

    /// The map that brings four places of a picture to four others: torchvision's `perspective`.
    ///
    /// - Parameters:
    ///   - sources: Columns and rows of four places, no three of them on a line.
    ///   - targets: Where they shall be in the result.
    /// - Returns: nil where no such map exists.
    public init?(bringing sources: [SIMD2<Double>], to targets: [SIMD2<Double>]) {
        guard sources.count == 4, targets.count == 4 else { return nil }
        var equations = [[Double]]()
        for (source, target) in zip(sources, targets) {
            equations.append([target.x, target.y, 1, 0, 0, 0, -source.x * target.x, -source.x * target.y, source.x])
            equations.append([0, 0, 0, target.x, target.y, 1, -source.y * target.x, -source.y * target.y, source.y])
        }
        guard let solution = PerspectiveMap.solve(equations) else { return nil }
        coefficients = solution
    }

    /// Gauss' elimination with the largest pivot of each column.
    private static func solve(_ equations: [[Double]]) -> [Double]? {
        var rows = equations
        let count = rows.count
        for column in 0..<count {
            let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) }!
            guard abs(rows[pivot][column]) > 1e-9 else { return nil }
            rows.swapAt(column, pivot)
            for row in 0..<count where row != column {
                let factor = rows[row][column] / rows[column][column]
                for place in column...count { rows[row][place] -= factor * rows[column][place] }
            }
        }
        return (0..<count).map { rows[$0][count] / rows[$0][$0] }
    }
}

extension Picture {
    /// The picture through a perspective map, of the same extent.
    public func warped(by map: PerspectiveMap, sampling: Sampling = .bilinear, fill: UInt8 = 0) -> Picture {
        let c = map.coefficients.map(Float.init)
        let columns = columns
        return warped(fill: fill, sampling: sampling) { row, x, y in
            // torchvision's map works on corners: the centre of the first pixel lies at (½, ½).
            let down = Float(row) + 0.5
            let (startX, startY, startW) = (c[1] * down + c[2], c[4] * down + c[5], c[7] * down + 1)
            let (stepX, stepY, stepW) = (c[0], c[3], c[6])
            for column in 0..<columns {
                let right = Float(Int32(truncatingIfNeeded: column)) + 0.5
                let scale = 1 / (startW + right * stepW)
                x[column] = (startX + right * stepX) * scale - 0.5
                y[column] = (startY + right * stepY) * scale - 0.5
            }
        }
    }
}
