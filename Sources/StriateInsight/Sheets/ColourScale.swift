public import StriateData
public import StriateGraph

/// Colours for numbers of either sign: blue below 0, orange above, nearly white at 0, and the deeper the further from it. People who confuse
/// colours tell the two apart, and both sides darken alike.
public struct ColourScale: Hashable, Sendable {
    /// The magnitude that has the deepest colour; what lies beyond has it too.
    public let reach: Float

    /// - Parameter reach: 0 makes all numbers neutral.
    public init(reach: Float) { self.reach = reach }

    /// A scale that all these numbers fit on.
    public init(covering values: some Sequence<Float>) {
        reach = values.reduce(0) { max($0, $1.isFinite ? $1.magnitude : 0) }
    }

    /// What is no number is black.
    public func colour(of value: Float) -> Colour {
        guard !value.isNaN else { return .black }
        let share = reach > 0 ? min(1, value.magnitude / reach) : 0
        return ColourScale.colours[value < 0 ? 0 : 1][Int((share * Float(ColourScale.shades - 1)).rounded())]
    }

    /// A map of numbers, a pixel for each.
    ///
    /// - Precondition: there are `rows · columns` values.
    public func picture(_ values: some Collection<Float>, rows: Int, columns: Int) -> Picture {
        let area = rows * columns
        var pixels = [UInt8](repeating: 0, count: 3 * area)
        for (place, value) in values.enumerated() {
            let colour = colour(of: value)
            for channel in 0..<3 { pixels[channel * area + place] = colour[channel] }
        }
        return Picture(shape: [3, rows, columns], pixels: pixels)
    }

    private static let shades = 256
    /// From 0 to the deepest, below 0 and above.
    private static let colours: [[Colour]] = [
        [(246, 246, 246), (190, 215, 239), (119, 171, 219), (46, 116, 184), (10, 52, 110)],
        [(246, 246, 246), (252, 211, 174), (246, 155, 88), (208, 89, 20), (118, 40, 4)],
    ].map { stops in
        (0..<shades).map { shade in
            let place = Float(shade) / Float(shades - 1) * Float(stops.count - 1)
            let stop = min(stops.count - 2, Int(place)), share = place - Float(stop), (from, to) = (stops[stop], stops[stop + 1])
            func mixed(_ a: Int, _ b: Int) -> UInt8 { UInt8((Float(a) + (Float(b) - Float(a)) * share).rounded()) }
            return Colour(red: mixed(from.0, to.0), green: mixed(from.1, to.1), blue: mixed(from.2, to.2))
        }
    }
}
