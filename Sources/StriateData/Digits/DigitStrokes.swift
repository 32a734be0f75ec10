import StriateGraph

/// How people write the ten digits: for each a few habits, each a few strokes through control points that vary.
///
/// The paper is 1 high and about 0.6 wide. A corner is where one stroke ends and the next begins.
struct DigitStrokes {
    var generator: SeededGenerator
    private(set) var strokes: [[Point]] = []
    /// How unsteady this hand is.
    private let jitter: Float
    /// Control points met before, and where they went: strokes that meet stay joined.
    private var moved: [(from: Point, to: Point)] = []

    init(_ generator: SeededGenerator) {
        self.generator = generator
        jitter = 0.012 + 0.036 * self.generator.unit()
    }

    mutating func write(_ digit: Int) {
        switch digit {
        case 0: zero()
        case 1: one()
        case 2: two()
        case 3: three()
        case 4: four()
        case 5: five()
        case 6: six()
        case 7: seven()
        case 8: eight()
        default: nine()
        }
    }

    private mutating func stroke(_ points: Point...) { stroke(points) }

    private mutating func stroke(_ points: [Point]) {
        strokes.append(points.map { point in
            if let known = moved.first(where: { $0.from == point }) { return known.to }
            let target = point + jitter * Point(generator.normal(), generator.normal())
            moved.append((point, target))
            return target
        })
    }

    private mutating func between(_ low: Float, _ high: Float) -> Float { generator.uniform(in: low...high) }
    private mutating func chance(_ probability: Float) -> Bool { generator.unit() < probability }

    /// Points on an ellipse; angles in turns, 0 at the right, growing clockwise (y points down).
    private func arc(_ center: Point, _ radii: Point, from start: Float, to end: Float, count: Int) -> [Point] {
        (0..<count).map { index in
            let turn = start + (end - start) * Float(index) / Float(count - 1)
            return center + radii * Circle.point(turn)
        }
    }

    private mutating func zero() {
        let width = between(0.2, 0.5)
        let start = between(-0.45, -0.05)
        // The pen rarely comes back to exactly where it began: it stops short, or runs on inside.
        let sweep = between(0.9, 1.16)
        let direction: Float = chance(0.85) ? -1 : 1
        let shrink = between(-0.12, 0.12)
        var points = arc([0.4, 0.5], [width, 0.5], from: start, to: start + direction * sweep, count: 11)
        for index in 7..<11 {
            let inward = shrink * Float(index - 6) / 4
            points[index] += inward * (Point(0.4, 0.5) - points[index])
        }
        stroke(points)
    }

    private mutating func one() {
        let bend = between(-0.06, 0.06)
        let (top, bottom) = (Point(0.3, 0), Point(0.3, 1))
        stroke(top, [0.3 + bend, 0.5], bottom)
        guard chance(0.2) else { return }
        if chance(0.8) { stroke([0.3 - between(0.08, 0.34), between(0.06, 0.34)], top) }
        if chance(0.45) {
            stroke(
                [0.3 - between(0.12, 0.36), 1 + between(-0.03, 0.03)], bottom,
                [0.3 + between(0.12, 0.36), 1 + between(-0.03, 0.03)])
        }
    }

    private mutating func two() {
        let right = between(0.44, 0.72)
        let crown = between(0.14, 0.34)
        let base = between(0.8, 0.98)
        let left = between(-0.04, 0.12)
        let start = Point(between(-0.05, 0.16), between(0.1, 0.38))
        let top = Point(between(0.18, 0.4), 0)
        let end = Point(between(0.52, 0.95), base + between(-0.14, 0.16))
        let waist = Point(between(0.26, 0.5), between(0.5, 0.68))
        if chance(0.55) {
            // A loop at the foot, from narrow to wide.
            let (size, reach) = (between(0.06, 0.28), between(0.08, 0.3))
            stroke(
                start, top, [right, crown], waist, [left + 0.14, base], [left - 0.02, base + 0.01],
                [left + 0.02, base - size], [left + reach, base - 0.9 * size], [left + reach + between(0.12, 0.24), base - 0.02], end)
        } else {
            let foot = Point(left, base)
            stroke(start, top, [right, crown], waist, foot)
            stroke(foot, [0.5 * (foot.x + end.x), 0.5 * (base + end.y) + between(-0.1, 0.05)], end)
        }
    }

    private mutating func three() {
        let waist = Point(between(0.1, 0.4), between(0.38, 0.56))
        let upper = between(0.38, 0.64)
        let lower = between(0.42, 0.7)
        let end = Point(between(-0.12, 0.14), between(0.8, 0.99))
        if chance(0.18) {
            // A flat top.
            let corner = Point(upper, between(-0.02, 0.1))
            stroke([between(-0.05, 0.08), between(-0.02, 0.1)], corner)
            stroke(corner, waist)
        } else {
            stroke(
                [between(-0.06, 0.14), between(0.02, 0.24)], [between(0.16, 0.36), 0], [upper, between(0.12, 0.28)],
                [0.5 * (waist.x + upper), waist.y - between(0.02, 0.09)], waist)
        }
        let bowl: [Point] = [
            [0.4 * waist.x + 0.6 * lower, waist.y + between(0.02, 0.1)], [lower, between(0.64, 0.8)], [between(0.16, 0.36), 1], end,
        ]
        if chance(0.25) {
            // A small loop where the arcs meet.
            let size = between(0.5, 1.5)
            stroke([waist, waist + size * [-0.09, 0.02], waist + size * [-0.02, 0.07]] + bowl)
        } else {
            stroke([waist] + bowl)
        }
    }

    private mutating func four() {
        let style = generator.unit()
        let bar = between(0.42, 0.7)
        let stem = between(0.42, 0.64)
        let foot = Point(stem + between(-0.16, 0.06), 1)
        let tip = Point(between(0.54, 0.9), bar + between(-0.14, 0.06))
        if style < 0.12 {
            // Closed: the bar comes back under the point.
            let top = Point(stem, 0)
            let corner = Point(between(-0.06, 0.1), bar)
            stroke(top, corner)
            stroke(corner, tip)
            stroke(top, [stem + between(-0.04, 0.03), 0.5], foot)
        } else if style < 0.6 {
            // Open, with a corner.
            let corner = Point(between(-0.04, 0.12), bar)
            stroke([between(0.0, 0.28), between(-0.04, 0.16)], [0.5 * corner.x + 0.07, 0.5 * bar], corner)
            stroke(corner, [0.3, 0.5 * (bar + tip.y) + between(-0.04, 0.04)], tip)
            stroke([stem + between(-0.02, 0.14), between(0.0, 0.34)], [stem, 0.6], foot)
        } else {
            // Open and round like a cup, the stem beside it.
            let rim = Point(stem + between(-0.01, 0.1), between(0.0, 0.22))
            stroke(
                [between(-0.02, 0.18), between(-0.02, 0.16)], [between(-0.05, 0.06), 0.65 * bar], [0.13, bar],
                [0.3, bar - between(0.0, 0.04)], [stem, bar - between(0.04, 0.24)])
            stroke(rim, [stem, 0.5], foot)
        }
    }

    private mutating func five() {
        let left = between(0.02, 0.24)
        let shoulder = between(0.3, 0.5)
        let top = Point(left + between(0.0, 0.14), between(0.0, 0.08))
        let neck = Point(left, shoulder)
        let end = Point(between(-0.14, 0.1), between(0.78, 0.99))
        let bowl: [Point] = [
            [between(0.24, 0.4), shoulder - between(-0.02, 0.1)], [between(0.4, 0.66), between(0.54, 0.76)], [between(0.16, 0.38), 1], end,
        ]
        let tip = Point(between(0.4, 0.95), between(-0.14, 0.1))
        let middle = Point(0.5 * (tip.x + top.x), 0.5 * (tip.y + top.y) + between(-0.03, 0.05))
        if chance(0.3) {
            // In one line like an S.
            stroke([tip, middle, top, neck + [-0.02, -0.03]] + bowl)
            return
        }
        stroke([neck] + bowl)
        stroke(top, neck)
        if chance(0.85) {
            stroke(top, middle, tip)
        } else {
            // The bar is added later and misses the stem.
            stroke(top + [between(-0.02, 0.14), between(-0.08, 0.02)], tip)
        }
    }

    private mutating func six() {
        let loop = between(0.36, 0.68)
        let width = between(0.36, 0.76)
        let top = Point(between(0.1, 0.68), 0)
        let left = between(-0.02, 0.06)
        let close = Point(between(-0.04, 0.24), between(0.6, 0.92))
        stroke(
            top, [left + between(0.25, 0.6) * (top.x - left), between(0.22, 0.4)], [left, between(0.56, 0.76)],
            [between(0.36, 0.5) * width, 1], [width, 0.5 * (1 + loop) + between(-0.06, 0.08)],
            [between(0.45, 0.72) * width, loop], close)
    }

    private mutating func seven() {
        let corner = Point(between(0.42, 0.74), between(-0.04, 0.14))
        let start = Point(between(-0.08, 0.1), between(-0.02, 0.16))
        if chance(0.3) { stroke([start.x - between(-0.02, 0.06), start.y + between(0.06, 0.2)], start) }
        stroke(start, [0.5 * (start.x + corner.x), 0.5 * (start.y + corner.y) + between(-0.07, 0.07)], corner)
        let foot = Point(between(0.0, 0.48), 1)
        let knee = Point(0.5 * (corner.x + foot.x) + between(-0.12, 0.08), between(0.4, 0.6))
        if chance(0.3) {
            // The corner is round.
            stroke(start + [0.1, 0], corner, corner + [between(-0.02, 0.03), between(0.06, 0.14)], knee, foot)
        } else {
            stroke(corner, knee, foot)
        }
        if chance(0.28) {
            let height = between(0.4, 0.62)
            stroke([knee.x - between(0.12, 0.3), height + between(-0.05, 0.07)], [knee.x + between(0.12, 0.32), height + between(-0.07, 0.05)])
        }
    }

    private mutating func eight() {
        let waist = between(0.36, 0.58)
        let upper = between(0.12, 0.32)
        let lower = between(0.12, 0.34)
        let lean = between(-0.05, 0.12)
        let (x, y) = (Float(0.3), waist)
        let bottom = 0.5 * (1 + waist)
        let style = generator.unit()
        if style < 0.7 {
            // One line that crosses itself, from the top right; its ends may not meet.
            let open = between(0, 1)
            stroke(
                [x + lean + upper * between(0.5, 1.2), between(0.04, 0.1) + 0.2 * open * open], [x + lean, 0],
                [x + lean - upper, 0.5 * y], [x, y], [x + lower, bottom], [x, 1], [x - lower, bottom], [x + 0.03, y + 0.01],
                [x + lean + upper * between(0.7, 1.1), 0.5 * y], [x + lean + upper * between(0.2, 0.9), between(0.0, 0.14)])
        } else if style < 0.86 {
            // The same from the middle.
            stroke(
                [x, y], [x + lean - upper, 0.5 * y], [x + lean, 0], [x + lean + upper, 0.45 * y], [x + 0.02, y], [x - lower, bottom], [x, 1],
                [x + lower, bottom], [x + between(-0.02, 0.08), y + between(-0.02, 0.06)])
        } else {
            stroke(arc([x + lean, 0.5 * y], [upper, 0.5 * y], from: -0.25, to: -1.25, count: 9))
            stroke(arc([x, bottom], [lower, 0.5 * (1 - y)], from: -0.25, to: -1.25, count: 9))
        }
    }

    private mutating func nine() {
        let size = between(0.32, 0.6)
        let right = between(0.34, 0.6)
        let height = between(0.06, 0.26)
        // Around the loop against the clock, from its upper right back to the stem; it may stay a little open.
        let from = between(-0.2, 0.02)
        let round = between(0.8, 1.05)
        var loop = arc([0.5 * right, 0.5 * size], [0.5 * right, 0.5 * size], from: from, to: from - round, count: 8)
        let sag = between(-0.08, 0.06)
        for index in 3...5 { loop[index] += [sag, 0] }
        let join = loop[7]
        let tail: [Point]
        if chance(0.2) {
            tail = [
                [right - between(-0.01, 0.05), 0.6], [right - between(0.06, 0.18), between(0.84, 0.96)],
                [right - between(0.2, 0.34), 1], [right - between(0.34, 0.52), between(0.82, 0.97)],
            ]
        } else {
            let foot = Point(right + between(-0.3, 0.06), 1)
            tail = [[0.5 * (right + foot.x) + between(-0.02, 0.06), 0.6], foot]
        }
        stroke(loop)
        // The tail goes on from the loop, or stands beside it from above.
        stroke([chance(0.5) ? join : Point(right + between(-0.03, 0.04), between(-0.04, height))] + tail)
    }
}
