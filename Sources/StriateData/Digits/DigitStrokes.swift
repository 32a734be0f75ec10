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
        jitter = 0.012 + 0.022 * self.generator.unit()
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
        let width = between(0.17, 0.4)
        let start = between(-0.4, -0.1)
        let sweep = between(-1.06, -0.93)
        var points = arc([0.35, 0.5], [width, 0.5], from: start, to: start + sweep, count: 10)
        // The pen rarely comes back to exactly where it began.
        let miss = Point(between(-0.05, 0.06), between(-0.05, 0.06))
        points[9] += miss
        points[8] += 0.5 * miss
        stroke(points)
    }

    private mutating func one() {
        let bend = between(-0.05, 0.05)
        let (top, bottom) = (Point(0.3, 0), Point(0.3, 1))
        stroke(top, [0.3 + bend, 0.5], bottom)
        if chance(0.22) {
            let drop = between(0.1, 0.3)
            stroke([0.3 - between(0.1, 0.28), drop], [0.24, 0.4 * drop], top)
            if chance(0.4) { stroke([0.3 - between(0.12, 0.28), 1], [0.3, 1.0 + between(-0.02, 0.02)], [0.3 + between(0.12, 0.28), 1]) }
        }
    }

    private mutating func two() {
        let right = between(0.48, 0.66)
        let crown = between(0.16, 0.32)
        let base = between(0.86, 0.97)
        let left = between(0.0, 0.1)
        let start = Point(between(0.0, 0.12), between(0.12, 0.34))
        let foot = Point(left, base)
        let end = Point(between(0.55, 0.8), base + between(-0.1, 0.08))
        let waist = Point(between(0.3, 0.46), between(0.52, 0.66))
        let style = generator.unit()
        if style < 0.45 {
            // A loop at the foot.
            let size = between(0.07, 0.16)
            stroke(
                start, [between(0.2, 0.36), 0], [right, crown], waist, [left + 0.13, base - 0.02], [left, base],
                [left - 0.03, base - size], [left + 0.12, base - size * 1.05], [left + 0.33, base - 0.01], end)
        } else {
            stroke(start, [between(0.2, 0.36), 0], [right, crown], waist, foot)
            stroke(foot, [0.5 * (foot.x + end.x), base + (style < 0.7 ? between(-0.09, 0.0) : between(-0.02, 0.05))], end)
        }
    }

    private mutating func three() {
        let waist = Point(between(0.16, 0.34), between(0.4, 0.52))
        let upper = between(0.42, 0.56)
        let lower = between(0.46, 0.64)
        let end = Point(between(-0.04, 0.12), between(0.82, 0.97))
        let style = generator.unit()
        if style < 0.14 {
            // A flat top.
            let corner = Point(upper, between(0.0, 0.05))
            stroke([0.02, between(0.0, 0.06)], corner)
            stroke(corner, waist)
        } else {
            stroke([between(0.0, 0.12), between(0.06, 0.2)], [between(0.2, 0.34), 0], [upper, between(0.15, 0.26)], [0.6 * waist.x + 0.4 * upper, waist.y - 0.05], waist)
        }
        let bowl: [Point] = [[0.4 * waist.x + 0.6 * lower, waist.y + 0.06], [lower, between(0.66, 0.78)], [between(0.2, 0.34), 1], end]
        if style > 0.8 {
            // A small loop where the arcs meet.
            stroke([waist, waist + [-0.08, 0.03], waist + [-0.01, 0.06]] + bowl)
        } else {
            stroke([waist] + bowl)
        }
    }

    private mutating func four() {
        let style = generator.unit()
        let bar = between(0.46, 0.64)
        let stem = between(0.42, 0.56)
        if style < 0.28 {
            // Closed: the bar comes back under the point.
            let top = Point(stem, 0)
            let corner = Point(between(-0.02, 0.06), bar)
            stroke(top, corner)
            stroke(corner, [between(0.58, 0.76), bar + between(-0.05, 0.04)])
            stroke(top, [stem + between(-0.03, 0.02), 0.5], [stem + between(-0.08, 0.04), 1])
        } else if style < 0.66 {
            // Open, with a corner.
            let corner = Point(between(0.0, 0.1), bar)
            stroke([between(0.06, 0.24), between(0.0, 0.12)], [0.5 * corner.x + 0.07, 0.5 * bar], corner)
            stroke(corner, [0.3, bar + between(-0.03, 0.03)], [between(0.56, 0.78), bar + between(-0.1, 0.03)])
            stroke([stem + between(0.0, 0.06), between(0.0, 0.2)], [stem, 0.55], [stem + between(-0.1, 0.04), 1])
        } else {
            // Open and round like a cup, the stem in one go with it or not.
            let rim = Point(stem + between(0.0, 0.05), between(0.0, 0.14))
            stroke([between(0.02, 0.14), between(0.0, 0.12)], [between(-0.02, 0.06), 0.6 * bar], [0.14, bar], [0.32, bar - 0.01], [stem, bar - between(0.06, 0.16)])
            stroke(rim, [stem, 0.5], [stem + between(-0.1, 0.03), 1])
        }
    }

    private mutating func five() {
        let left = between(0.06, 0.18)
        let shoulder = between(0.36, 0.48)
        let top = Point(left + between(0.02, 0.1), between(0.0, 0.06))
        let neck = Point(left, shoulder)
        let style = generator.unit()
        let end = Point(between(-0.06, 0.1), between(0.82, 0.97))
        let bowl: [Point] = [[between(0.26, 0.38), shoulder - between(0.01, 0.08)], [between(0.46, 0.62), between(0.58, 0.72)], [between(0.24, 0.38), 1], end]
        let tip = Point(between(0.46, 0.74), between(-0.05, 0.06))
        if style < 0.25 {
            // In one line like an S.
            stroke([tip, [0.5 * (tip.x + top.x), 0.02], top, neck + [-0.01, -0.02]] + bowl)
        } else {
            if style < 0.85 { stroke(top, [0.5 * (top.x + tip.x), between(-0.02, 0.03)], tip) } else { stroke(top + [between(0.0, 0.08), -0.04], tip) }
            stroke(top, neck)
            stroke([neck] + bowl)
        }
    }

    private mutating func six() {
        let loop = between(0.44, 0.64)
        let width = between(0.4, 0.58)
        let top = Point(between(0.26, 0.56), 0)
        stroke(
            top, [between(0.1, 0.24), 0.34], [between(0.0, 0.05), 0.7], [0.5 * width, 1], [width, between(0.7, 0.82)],
            [0.55 * width, loop], [between(0.04, 0.14), between(0.68, 0.84)])
    }

    private mutating func seven() {
        let corner = Point(between(0.48, 0.64), between(0.0, 0.08))
        let start = Point(between(-0.02, 0.08), between(0.02, 0.12))
        if chance(0.22) { stroke([start.x - between(0.0, 0.04), start.y + between(0.08, 0.18)], start) }
        stroke(start, [0.3, between(-0.02, 0.06)], corner)
        let foot = Point(between(0.08, 0.34), 1)
        let knee = between(-0.08, 0.05)
        stroke(corner, [0.5 * (corner.x + foot.x) + knee, 0.5], foot)
        if chance(0.2) {
            let height = between(0.44, 0.58)
            stroke([between(0.1, 0.22), height + between(-0.03, 0.05)], [between(0.46, 0.6), height + between(-0.06, 0.03)])
        }
    }

    private mutating func eight() {
        let waist = between(0.4, 0.52)
        let upper = between(0.14, 0.26)
        let lower = between(0.17, 0.3)
        let lean = between(-0.03, 0.05)
        let (x, y) = (Float(0.3), waist)
        let bottom = 0.5 * (1 + waist)
        if chance(0.8) {
            // One line that crosses itself.
            stroke(
                [x + lean + upper * between(0.5, 1), between(0.08, 0.2)], [x + lean, 0], [x + lean - upper, 0.5 * y], [x, y],
                [x + lower, bottom], [x, 1], [x - lower, bottom], [x + 0.03, y + 0.01],
                [x + lean + upper * between(0.9, 1.1), 0.5 * y], [x + lean + upper * between(0.4, 0.9), between(0.0, 0.14)])
        } else {
            stroke(arc([x + lean, 0.5 * y], [upper, 0.5 * y], from: -0.25, to: -1.25, count: 9))
            stroke(arc([x, bottom], [lower, 0.5 * (1 - y)], from: -0.25, to: -1.25, count: 9))
        }
    }

    private mutating func nine() {
        let size = between(0.4, 0.58)
        let right = between(0.44, 0.56)
        let begin = Point(right, between(0.06, 0.2))
        let join = Point(right - between(0.0, 0.03), between(0.12, 0.26))
        stroke(begin, [0.55 * right, 0], [between(0.0, 0.04), 0.5 * size], [between(0.16, 0.24), size], [right - 0.06, 0.74 * size], join)
        if chance(0.3) {
            // A curved tail.
            stroke(join, [right - between(0.0, 0.03), 0.6], [right - between(0.08, 0.16), 0.92], [right - 0.28, 1], [right - between(0.34, 0.46), between(0.86, 0.96)])
        } else {
            let foot = Point(right - between(-0.02, 0.22), 1)
            stroke(join, [0.5 * (right + foot.x) + between(-0.01, 0.04), 0.6], foot)
        }
    }
}
