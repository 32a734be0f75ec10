/// Sine and cosine that are the same on every system, unlike the mathematical library's: a seed means the same pictures everywhere.
enum Circle {
    /// The point of the unit circle at this many turns, clockwise from the right (y points down).
    static func point(_ turns: Float) -> Point { Point(sine(turns + 0.25), sine(turns)) }

    private static func sine(_ turns: Float) -> Float {
        var turn = Double(turns - turns.rounded())
        if turn > 0.25 { turn = 0.5 - turn } else if turn < -0.25 { turn = -0.5 - turn }
        let x = 2 * Double.pi * turn
        let square = x * x
        // Taylor's series; the first term left out is below 1e-11.
        var sum = 0.0
        for index in stride(from: 6.0, through: 1, by: -1) { sum = (1 + sum) * -square / ((2 * index) * (2 * index + 1)) }
        return Float(x * (1 + sum))
    }
}
