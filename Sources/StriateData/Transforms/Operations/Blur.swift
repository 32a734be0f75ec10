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
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: 2 * reach + 1) { lines in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: columns + 2 * reach) { line in
                let middle = line.baseAddress! + reach
                for place in -reach...reach { lines[place + reach] = UnsafePointer(middle + place) }
                for row in 0..<rows {
                    let target = plane + row * columns
                    middle.update(from: target, count: columns)
                    for offset in 1...reach {
                        middle[-offset] = target[Border.reflect.place(-offset, in: columns)!]
                        middle[columns - 1 + offset] = target[Border.reflect.place(columns - 1 + offset, in: columns)!]
                    }
                    sum(lines.baseAddress! + reach, to: target, columns: columns)
                }
            }
            withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * columns) { copy in
                let source = copy.baseAddress!
                source.update(from: plane, count: rows * columns)
                for row in 0..<rows {
                    for place in -reach...reach {
                        lines[place + reach] = UnsafePointer(source + Border.reflect.place(row + place, in: rows)! * columns)
                    }
                    sum(lines.baseAddress! + reach, to: plane + row * columns, columns: columns)
                }
            }
        }
    }

    /// The weighted sum of lines, of which `lines` points to the middle one.
    private func sum(_ lines: UnsafePointer<UnsafePointer<Float>>, to out: UnsafeMutablePointer<Float>, columns: Int) {
        weights.withUnsafeBufferPointer { weights in
            guard columns >= Block.scalarCount else {
                for column in 0..<columns {
                    var sum = weights[0] * lines[0][column]
                    for offset in 1...reach { sum += weights[offset] * (lines[-offset][column] + lines[offset][column]) }
                    out[column] = sum
                }
                return
            }
            for start in stride(from: 0, to: columns, by: Block.scalarCount) {
                // The last block may begin inside the one before it: no line is written to.
                let column = min(start, columns - Block.scalarCount)
                var sum = weights[0] * block(lines[0] + column)
                for offset in 1...reach { sum += weights[offset] * (block(lines[-offset] + column) + block(lines[offset] + column)) }
                UnsafeMutableRawPointer(out + column).storeBytes(of: sum, as: Block.self)
            }
        }
    }

    /// As many sums as registers hold while they grow.
    private typealias Block = SIMD16<Float>

    @inline(__always) private func block(_ pointer: UnsafePointer<Float>) -> Block {
        UnsafeRawPointer(pointer).loadUnaligned(as: Block.self)
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
