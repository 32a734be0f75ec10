/// Round numbers along an axis.
struct Axis {
    let ticks: [Double]
    /// Places after the point that tell neighbouring ticks apart.
    let places: Int

    var lower: Double { ticks[0] }
    var upper: Double { ticks[ticks.count - 1] }

    /// Ticks at 1, 2 or 5 times a power of ten that enclose the range, about `count` of them.
    init(_ range: ClosedRange<Double>, count: Int) {
        let span = range.upperBound > range.lowerBound ? range.upperBound - range.lowerBound : max(range.upperBound.magnitude, 1) * 0.1
        let rough = span / Double(max(1, count - 1))
        var step = 1.0, places = 0
        while step > rough && places < 12 { (step, places) = (step / 10, places + 1) }
        while step * 10 <= rough { step *= 10 }
        if step * 5 <= rough { step *= 5 } else if step * 2 <= rough { step *= 2 }
        if step < rough {
            // The next round number up: 1 → 2, 2 → 5, 5 → 10.
            let leading = step / Axis.powerBelow(step)
            step *= leading < 1.5 ? 2 : leading < 3 ? 2.5 : 2
        }
        let first = (range.lowerBound / step + 1e-9).rounded(.down), last = (range.upperBound / step - 1e-9).rounded(.up)
        ticks = (0...Int(max(1, last - first))).map { (first + Double($0)) * step }
        var needed = 0, unit = step
        while needed < 12, (unit - unit.rounded()).magnitude > 1e-6 * unit { (unit, needed) = (unit * 10, needed + 1) }
        self.places = needed
    }

    /// Where a value lies, 0 at the first tick and 1 at the last.
    func position(of value: Double) -> Double { (value - lower) / (upper - lower) }

    private static func powerBelow(_ value: Double) -> Double {
        var power = 1.0
        while power > value * 1.000001 { power /= 10 }
        while power * 10 <= value * 1.000001 { power *= 10 }
        return power
    }
}
