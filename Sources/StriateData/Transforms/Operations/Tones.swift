import StriateGraph

// Changes of bytes channel by channel, as torchvision's tensor backend has them.

extension Picture {
    /// Only so many of the upper bits of each byte are kept: `posterize`.
    public func posterized(bits: Int) -> Picture {
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> min(max(0, bits), 8))
        return mappingPlanes(through: (0...255).map { UInt8($0) & mask })
    }

    /// Bytes from a threshold on are turned into their negative: `solarize`.
    public func solarized(from threshold: Double) -> Picture {
        mappingPlanes(through: (0...255).map { Double($0) >= threshold ? 255 - UInt8($0) : UInt8($0) })
    }

    /// Each channel stretched to 0 … 255: `autocontrast`. A channel of one value stays as it is.
    public func contrastStretched() -> Picture {
        let area = area
        return mappingPlanes { source, target in
            var (low, high): (UInt8, UInt8) = (255, 0)
            for pixel in 0..<area { (low, high) = (min(low, source[pixel]), max(high, source[pixel])) }
            guard low < high else { return target.update(from: source, count: area) }
            let (start, scale) = (Float(low), Float(high - low) * Float(1.0 / 255))
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { table in
                for level in 0..<256 { table[level] = Rounding.byteBelow((Float(level) - start) / scale) }
                for pixel in 0..<area { target[pixel] = table[Int(source[pixel])] }
            }
        }
    }

    /// Each channel's levels spread so that all are about equally frequent: `equalize`, which is Pillow's.
    public func equalized() -> Picture {
        let area = area
        return mappingPlanes { source, target in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { counts in
                counts.initialize(repeating: 0)
                for pixel in 0..<area { counts[Int(source[pixel])] += 1 }
                // Without the pixels of the brightest level, 255 equal steps.
                let step = (area - (counts.last { $0 > 0 } ?? 0)) / 255
                guard step > 0 else { return target.update(from: source, count: area) }
                var sum = step / 2
                for level in 0..<256 { (counts[level], sum) = (min(255, sum / step), sum + counts[level]) }
                for pixel in 0..<area { target[pixel] = UInt8(truncatingIfNeeded: counts[Int(source[pixel])]) }
            }
        }
    }

    /// Further from the smoothed picture or nearer to it: `adjust_sharpness`. The pixels at the edges stay as they are.
    public func sharpened(by factor: Double) -> Picture {
        let (rows, columns) = (rows, columns)
        guard rows > 2, columns > 2 else { return self }
        let rest = Float(1 - factor)
        return mappingPlanes { source, target in
            target.update(from: source, count: rows * columns)
            for row in 1..<rows - 1 {
                let line = source + row * columns
                let (above, below, out) = (line - columns, line + columns, target + row * columns)
                for column in 1..<columns - 1 {
                    let upper = Int32(above[column - 1]) &+ Int32(above[column]) &+ Int32(above[column + 1])
                    let lower = Int32(below[column - 1]) &+ Int32(below[column]) &+ Int32(below[column + 1])
                    let middle = Int32(line[column - 1]) &+ 5 &* Int32(line[column]) &+ Int32(line[column + 1])
                    let smooth = Float(Rounding.nearest(Float(upper &+ middle &+ lower) * Float(1.0 / 13)))
                    let own = Float(line[column])
                    out[column] = Rounding.byteBelow(own + rest * (smooth - own))
                }
            }
        }
    }
}
