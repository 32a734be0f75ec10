import StriateGraph

/// The paper and the pen.
struct DigitCanvas {
    static let side = 28
    /// The ink's larger extent, as in MNIST.
    private static let extent: Float = 20

    private let radius: Float
    private let softness: Float
    private let ink: Float
    private let offset: Point

    init(_ generator: inout SeededGenerator) {
        radius = min(max(1.25 + 0.46 * generator.normal(), 0.65), 2.8)
        softness = generator.uniform(in: 0.8...1.3)
        ink = generator.uniform(in: 235...275)
        offset = Point(generator.uniform(in: -0.5...0.5), generator.uniform(in: -0.5...0.5))
    }

    /// Fits the lines into the box, brings their centre of mass to the middle, and draws them.
    func draw(_ lines: [[Point]], to out: UnsafeMutablePointer<UInt8>) {
        let placed = place(lines)
        let (side, reach) = (DigitCanvas.side, radius + softness)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: side * side) { distance in
            distance.initialize(repeating: .greatestFiniteMagnitude)
            for line in placed {
                for (a, b) in zip(line, line.dropFirst()) {
                    let low = pointwiseMin(a, b) - reach
                    let high = pointwiseMax(a, b) + reach
                    let direction = b - a
                    let square = max((direction * direction).sum(), 1e-12)
                    let (left, right) = (max(0, Int(low.x.rounded(.up))), min(side - 1, Int(high.x)))
                    let (top, bottom) = (max(0, Int(low.y.rounded(.up))), min(side - 1, Int(high.y)))
                    guard left <= right, top <= bottom else { continue }
                    for y in top...bottom {
                        for x in left...right {
                            let offset = Point(Float(x), Float(y)) - a
                            let along = min(max((offset * direction).sum() / square, 0), 1)
                            let apart = offset - direction * along
                            let index = y * side + x
                            distance[index] = min(distance[index], (apart * apart).sum())
                        }
                    }
                }
            }
            for index in 0..<side * side {
                guard distance[index] < .greatestFiniteMagnitude else {
                    out[index] = 0
                    continue
                }
                let depth = (radius - distance[index].squareRoot()) / softness + 0.5
                out[index] = UInt8(min(max(ink * min(max(depth, 0), 1), 0), 255))
            }
        }
    }

    private func place(_ lines: [[Point]]) -> [[Point]] {
        var low = Point(repeating: .greatestFiniteMagnitude)
        var high = -low
        for point in lines.joined() {
            low = pointwiseMin(low, point)
            high = pointwiseMax(high, point)
        }
        let scale = (DigitCanvas.extent - 2 * radius) / max((high - low).max(), 1e-3)
        var mass: Float = 0
        var center = Point()
        for line in lines {
            for (a, b) in zip(line, line.dropFirst()) {
                let length = (b - a).length
                mass += length
                center += 0.5 * length * (a + b)
            }
        }
        center /= max(mass, 1e-6)
        let middle = Point(repeating: 0.5 * Float(DigitCanvas.side - 1)) + offset
        return lines.map { $0.map { ($0 - center) * scale + middle } }
    }
}
