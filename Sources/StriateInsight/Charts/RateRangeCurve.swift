import Foundation

/// The loss over a rising learning rate, with the rates that are suggested: what a range test found.
public struct RateRangeCurve: Sendable {
    public struct Point: Hashable, Sendable {
        public var rate: Double
        public var loss: Double
        public var smoothed: Double

        public init(rate: Double, loss: Double, smoothed: Double) {
            self.rate = rate
            self.loss = loss
            self.smoothed = smoothed
        }
    }

    public var points: [Point]
    /// Rates to mark, by what they are called.
    public var marks: [(name: String, rate: Double)]
    public var title: String

    public init(_ points: [Point], marks: [(name: String, rate: Double)], title: String) {
        self.points = points
        self.marks = marks
        self.title = title
    }

    /// A picture that needs no other file and reads well on light and dark pages. The rate's axis is logarithmic.
    public var svg: String {
        var drawing = Drawing(width: 720, height: 420, title: "\(title): loss over the learning rate")
        drawing.text(title, x: 24, y: 36, "title")
        drawing.text("loss of each step, grey; smoothed, blue", x: 24, y: 58)
        let plot = (left: 76.0, right: 692.0, top: 84.0, bottom: 356.0)
        guard let first = points.first, let last = points.last, first.rate > 0, last.rate > first.rate else { return drawing.svg }

        // What explodes in the end leaves the picture, so that it does not flatten all the rest.
        let heights = points.map(\.smoothed).filter { $0.isFinite && $0 <= 1.5 * first.smoothed }
        let axis = Axis((heights.min() ?? 0)...(heights.max() ?? 1), count: 6)
        func y(_ loss: Double) -> Double {
            plot.bottom - min(1, max(0, axis.position(of: loss))) * (plot.bottom - plot.top)
        }
        func x(_ rate: Double) -> Double {
            plot.left + log(rate / first.rate) / log(last.rate / first.rate) * (plot.right - plot.left)
        }
        for tick in axis.ticks {
            drawing.line(tick == axis.lower ? "axis" : "grid", x1: plot.left, y1: y(tick), x2: plot.right, y2: y(tick))
            drawing.text(Numbers.fixed(tick, axis.places), x: plot.left - 8, y: y(tick) + 4, anchor: .end)
        }
        for power in Int(log10(first.rate).rounded(.up) - 0.5)...Int(log10(last.rate).rounded(.down) + 0.5) {
            let rate = pow(10, Double(power))
            guard rate >= first.rate * 0.999, rate <= last.rate * 1.001 else { continue }
            drawing.line("grid", x1: x(rate), y1: plot.top, x2: x(rate), y2: plot.bottom)
            drawing.text("1e\(power)", x: x(rate), y: plot.bottom + 20, anchor: .middle)
        }
        drawing.text("learning rate", x: (plot.left + plot.right) / 2, y: plot.bottom + 44, anchor: .middle)
        drawing.path("train", through: points.filter { $0.loss.isFinite }.map { (x($0.rate), y($0.loss)) })
        drawing.path("test", through: points.filter { $0.smoothed.isFinite }.map { (x($0.rate), y($0.smoothed)) })
        for (place, mark) in marks.enumerated() {
            guard let nearest = points.min(by: { abs(log($0.rate / mark.rate)) < abs(log($1.rate / mark.rate)) }) else { continue }
            drawing.line("axis", x1: x(mark.rate), y1: plot.top, x2: x(mark.rate), y2: plot.bottom)
            drawing.dot("test-dot", x: x(mark.rate), y: y(nearest.smoothed), radius: 4.5)
            let isRight = x(mark.rate) > (plot.left + plot.right) / 2
            drawing.text(
                mark.name, x: x(mark.rate) + (isRight ? -8 : 8), y: plot.bottom - 14 - 18 * Double(place), "test-label",
                anchor: isRight ? .end : .start)
        }
        return drawing.svg
    }
}
