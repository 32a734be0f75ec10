import StriateGraph

/// A bell curve as weights that add up to one, symmetric around the middle.
struct GaussianKernel: Sendable {
    /// The weight of the middle, of both neighbours, of theirs…
    let weights: [Float]
    /// How many pixels it reaches to each side.
    var reach: Int { weights.count - 1 }

    /// - Parameters:
    ///   - size: How many pixels wide, an odd number.
    ///   - sigma: The standard deviation in pixels; nothing is blurred where it is not positive.
    init(size: Int, sigma: Double) {
        let reach = sigma > 0 ? max(0, size / 2) : 0
        var weights = (0...reach).map { offset in
            offset == 0 ? 1 : PortableMath.exponential(-Double(offset * offset) / (2 * sigma * sigma))
        }
        let sum = 2 * weights.reduce(0, +) - weights[0]
        for offset in weights.indices { weights[offset] /= sum }
        self.weights = weights.map { Float($0) }
    }

    /// Blurs a plane of numbers where it lies, along its rows and along its columns, mirrored at the edges.
    func blur(_ plane: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
        guard reach > 0 else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: columns + 2 * reach) { line in
            let middle = line.baseAddress! + reach
            for row in 0..<rows {
                let target = plane + row * columns
                middle.update(from: target, count: columns)
                for offset in 1...reach {
                    middle[-offset] = target[Border.reflect.place(-offset, in: columns)!]
                    middle[columns - 1 + offset] = target[Border.reflect.place(columns - 1 + offset, in: columns)!]
                }
                sum(target, columns: columns) { (middle - $0, middle + $0) }
            }
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * columns) { copy in
            let source = copy.baseAddress!
            source.update(from: plane, count: rows * columns)
            for row in 0..<rows {
                sum(plane + row * columns, columns: columns) { offset in
                    (
                        source + Border.reflect.place(row - offset, in: rows)! * columns,
                        source + Border.reflect.place(row + offset, in: rows)! * columns
                    )
                }
            }
        }
    }

    /// The weighted sum of the two lines that lie `offset` to either side, for all offsets.
    @inline(__always) private func sum(
        _ out: UnsafeMutablePointer<Float>, columns: Int,
        lines: (Int) -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
    ) {
        let (center, _) = lines(0)
        let weight = weights[0]
        for column in 0..<columns { out[column] = weight * center[column] }
        for offset in 1...reach {
            let (before, after) = lines(offset)
            let weight = weights[offset]
            for column in 0..<columns { out[column] += weight * (before[column] + after[column]) }
        }
    }
}

extension Picture {
    /// The picture blurred by a bell curve: torchvision's `gaussian_blur`, mirrored at the edges.
    ///
    /// - Parameters:
    ///   - size: How many pixels wide the curve is, an odd number.
    ///   - sigma: Its standard deviation in pixels.
    public func blurred(size: Int, sigma: Double) -> Picture {
        let kernel = GaussianKernel(size: size, sigma: sigma)
        let (rows, columns) = (rows, columns)
        return mappingPlanes { source, target in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * columns) { plane in
                for pixel in 0..<rows * columns { plane[pixel] = Float(source[pixel]) }
                kernel.blur(plane.baseAddress!, rows: rows, columns: columns)
                for pixel in 0..<rows * columns { target[pixel] = Rounding.byte(plane[pixel]) }
            }
        }
    }
}
