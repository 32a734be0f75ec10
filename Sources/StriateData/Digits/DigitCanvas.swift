import Foundation
import StriateGraph

/// Sine and cosine as points.
enum Circle {
    /// The point at this many turns, clockwise from the right.
    static func point(_ turns: Float) -> Point {
        let angle = 2 * Double.pi * Double(turns)
        return Point(Float(cos(angle)), Float(sin(angle)))
    }
}

/// What bends a whole digit: stretch, slant, rotation, and a smooth elastic field.
struct DigitWarp {
    private let matrix: (Point, Point)
    private let waves: [(direction: Point, phase: Float, shift: Point)]

    init(_ generator: inout SeededGenerator) {
        let stretch = max(0.6, 1.12 + 0.22 * clamped(generator.normal()))
        let slant = 0.14 + 0.26 * clamped(generator.normal())
        let turn = Circle.point(0.018 * clamped(generator.normal()))
        // Columns of rotation · slant · stretch; the slant leans the top to the right.
        let (x, y): (Point, Point) = ([stretch, 0], [-slant, 1])
        func rotated(_ p: Point) -> Point { [turn.x * p.x - turn.y * p.y, turn.y * p.x + turn.x * p.y] }
        matrix = (rotated(x), rotated(y))
        let strength = generator.uniform(in: 0.0...0.05)
        waves = (0..<3).map { _ in
            (
                Circle.point(generator.unit()) * generator.uniform(in: 0.4...1.3), generator.unit(),
                strength * Point(generator.normal(), generator.normal())
            )
        }
    }

    func apply(to lines: inout [[Point]]) {
        for line in lines.indices {
            for index in lines[line].indices {
                let point = lines[line][index]
                var moved = matrix.0 * point.x + matrix.1 * point.y
                for wave in waves { moved += wave.shift * Circle.point(wave.phase + (wave.direction * point).sum()).x }
                lines[line][index] = moved
            }
        }
    }
}

/// A number from the normal distribution without its far tails.
private func clamped(_ value: Float) -> Float { min(max(value, -2.4), 2.4) }

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
        radius = min(max(1.2 + 0.42 * generator.normal(), 0.65), 2.6)
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
