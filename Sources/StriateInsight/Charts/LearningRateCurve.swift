/// The learning rate over the epochs of a run.
public struct LearningRateCurve: Sendable {
    /// Of the last step of each epoch, by the epoch's number.
    public var rates: [(epoch: Int, rate: Double)]

    public init(_ rates: [(epoch: Int, rate: Double)]) { self.rates = rates }

    /// A picture that needs no other file and reads well on light and dark pages.
    public var svg: String { drawing.svg }

    var drawing: Drawing {
        var drawing = Drawing(
            width: 16 + EpochPanel.width, height: EpochPanel.height, title: "Learning rate over \(rates.count) epochs")
        drawing.text("Learning rate", x: 24, y: 36, "title")
        EpochPanel(
            heading: "at the end of each epoch", epochs: rates.map(\.epoch), series: [
                .init(style: "test", word: "", values: rates.map(\.rate)),
            ], axis: { Axis(0...max($0.upperBound, 1e-9), count: 6) }, label: LearningRateCurve.label, end: { LearningRateCurve.label($0, 6) }
        ).draw(in: &drawing, left: 24)
        return drawing
    }

    /// `0.05`, and `2e-5` for what would be mostly zeros.
    private static func label(_ rate: Double, _ places: Int) -> String {
        guard rate != 0, rate.magnitude < 0.0005 || places > 6 else {
            let text = Numbers.fixed(rate, min(places, 6))
            return text.contains(".") ? trimmed(text) : text
        }
        var mantissa = rate, power = 0
        while mantissa.magnitude < 0.9999999, power > -300 { (mantissa, power) = (mantissa * 10, power - 1) }
        return trimmed(Numbers.fixed(mantissa, 2)) + "e\(power)"
    }

    private static func trimmed(_ number: String) -> String {
        var text = number[...]
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return String(text)
    }
}
