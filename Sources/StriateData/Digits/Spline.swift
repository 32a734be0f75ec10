/// A place on the paper: x to the right, y down.
typealias Point = SIMD2<Float>

extension Point {
    var length: Float { (x * x + y * y).squareRoot() }
}

enum Spline {
    /// Points along the Catmull–Rom spline through `controls`, dense enough for straight lines between them.
    static func through(_ controls: [Point]) -> [Point] {
        guard controls.count > 2 else { return controls }
        var line = [controls[0]]
        line.reserveCapacity(controls.count * steps)
        for index in 0..<controls.count - 1 {
            let b = controls[index]
            let c = controls[index + 1]
            // The ends continue straight.
            let a = index > 0 ? controls[index - 1] : 2 * b - c
            let d = index + 2 < controls.count ? controls[index + 2] : 2 * c - b
            for step in 1...steps {
                let t = Float(step) / Float(steps)
                let linear: Point = (c - a) * t
                let square: Point = (2 * a - 5 * b + 4 * c - d) * (t * t)
                let cube: Point = (3 * b - a - 3 * c + d) * (t * t * t)
                line.append(b + 0.5 * (linear + square + cube))
            }
        }
        return line
    }

    private static let steps = 6

    /// Rounds a line off as a pen's inertia does: each point becomes the mean of those around it, three times over. The ends stay.
    static func smooth(_ line: inout [Point], reach: Int) {
        guard reach > 0, line.count > 2 else { return }
        for _ in 0..<3 {
            let before = line
            for index in 1..<line.count - 1 {
                let width = min(reach, index, line.count - 1 - index)
                var sum = before[index]
                for step in 1...width { sum += before[index - step] + before[index + step] }
                line[index] = sum / Float(2 * width + 1)
            }
        }
    }
}
