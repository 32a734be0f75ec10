import StriateGraph

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
