public import StriateTraining

/// How often answers are right, over how sure the network is of them (Guo et al., 2017): on the diagonal, probabilities mean what they say.
public struct ReliabilityDiagram: Sendable {
    public var reliability: Reliability

    public init(_ reliability: Reliability) { self.reliability = reliability }

    /// A picture that needs no other file and reads well on light and dark pages.
    public var svg: String { drawing.svg }

    var drawing: Drawing {
        let bins = reliability.bins, total = max(1, reliability.count)
        var drawing = Drawing(width: 448, height: 540, title: "Calibration: how often answers are right, over their probability")
        drawing.text("Calibration", x: 24, y: 36, "title")
        drawing.text("expected error \(Numbers.fixed(reliability.error * 100, 2)) %; on the line, probabilities are true", x: 24, y: 58)
        let plot = (left: 76.0, right: 412.0, top: 108.0, bottom: 396.0), shares = (top: 424.0, bottom: 476.0)
        drawing.text("right answers", x: 24, y: 88, "heading")
        drawing.text("red: the distance from their mean probability", x: 136, y: 88)
        func x(_ share: Double) -> Double { plot.left + share * (plot.right - plot.left) }
        func y(_ share: Double) -> Double { plot.bottom - share * (plot.bottom - plot.top) }
        for tick in stride(from: 0.0, through: 1, by: 0.25) {
            drawing.line(tick == 0 ? "axis" : "grid", x1: plot.left, y1: y(tick), x2: plot.right, y2: y(tick))
            drawing.text(Numbers.fixed(tick * 100, 0) + " %", x: plot.left - 8, y: y(tick) + 4, anchor: .end)
            drawing.text(Numbers.fixed(tick * 100, 0) + " %", x: x(tick), y: shares.bottom + 20, anchor: .middle)
        }
        drawing.text("images", x: 24, y: shares.top + 12)
        drawing.text("probability of the answer", x: (plot.left + plot.right) / 2, y: shares.bottom + 42, anchor: .middle)
        drawing.line("axis", x1: plot.left, y1: shares.bottom, x2: plot.right, y2: shares.bottom)

        let width = (plot.right - plot.left) / Double(bins.count)
        let mostImages = Double(max(1, bins.map(\.count).max() ?? 1))
        for (place, bin) in bins.enumerated() {
            guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
            let left = plot.left + Double(place) * width
            drawing.rectangle("right", x: left + 1, y: y(accuracy), width: width - 2, height: plot.bottom - y(accuracy), opacity: 0.8)
            // What is missing to the line, or too much.
            let gap = (upper: y(max(accuracy, confidence)), lower: y(min(accuracy, confidence)))
            drawing.rectangle("wrong", x: left + 1, y: gap.upper, width: width - 2, height: gap.lower - gap.upper, opacity: 0.35)
            let height = Double(bin.count) / mostImages * (shares.bottom - shares.top)
            drawing.rectangle("cell", x: left + 1, y: shares.bottom - height, width: width - 2, height: height)
            if Double(bin.count) == mostImages {
                drawing.text(
                    Numbers.fixed(Double(bin.count) / Double(total) * 100, 1) + " %", x: left - 4, y: shares.bottom - height + 11, "small", anchor: .end)
            }
        }
        drawing.line("diagonal", x1: x(0), y1: y(0), x2: x(1), y2: y(1))
        return drawing
    }
}
