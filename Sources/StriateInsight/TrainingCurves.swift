/// Loss and accuracy over the epochs of a run, side by side.
public struct TrainingCurves: Sendable {
    /// What one epoch came to. Accuracies are shares, 0…1.
    public struct Epoch: Hashable, Sendable {
        /// From 1.
        public var number: Int
        public var trainLoss: Double
        public var trainAccuracy: Double
        public var testLoss: Double?
        public var testAccuracy: Double?

        public init(number: Int, trainLoss: Double, trainAccuracy: Double, testLoss: Double? = nil, testAccuracy: Double? = nil) {
            self.number = number
            self.trainLoss = trainLoss
            self.trainAccuracy = trainAccuracy
            self.testLoss = testLoss
            self.testAccuracy = testAccuracy
        }
    }

    public var epochs: [Epoch]
    public var title: String

    public init(_ epochs: [Epoch], title: String) {
        self.epochs = epochs
        self.title = title
    }

    /// A picture that needs no other file and reads well on light and dark pages.
    public var svg: String {
        var drawing = Drawing(width: 880, height: 348, title: "\(title): loss and accuracy over \(epochs.count) epochs")
        drawing.text(title, x: 24, y: 36, "title")
        draw(
            "Loss", \.trainLoss, \.testLoss, left: 24, in: &drawing, axis: { Axis(0...max($0.upperBound, 1e-6), count: 6) }, label: {
                fixed($0, $1)
            }, end: { fixed($0, $0 < 0.1 ? 4 : 3) })
        draw(
            "Accuracy", \.trainAccuracy, \.testAccuracy, left: 456, in: &drawing, axis: TrainingCurves.shares,
            label: { fixed($0 * 100, max(0, $1 - 2)) + " %" }, end: { fixed($0 * 100, 2) + " %" })
        return drawing.svg
    }

    /// From a round number below the worst accuracy to 1 or a round number above the best.
    private static func shares(_ range: ClosedRange<Double>) -> Axis {
        let axis = Axis(max(0, range.lowerBound)...min(1, max(range.upperBound, range.lowerBound + 0.01)), count: 6)
        return axis.upper > 1 + 1e-9 ? Axis(max(0, range.lowerBound - 0.01)...1, count: 6) : axis
    }

    private func draw(
        _ name: String, _ train: KeyPath<Epoch, Double>, _ test: KeyPath<Epoch, Double?>, left: Double, in drawing: inout Drawing,
        axis makeAxis: (ClosedRange<Double>) -> Axis, label: (Double, Int) -> String, end: (Double) -> String
    ) {
        let plot = (left: left + 52, right: left + 300, top: 84.0, bottom: 288.0)
        drawing.text(name, x: left, y: 66, "heading")

        let values = epochs.flatMap { [$0[keyPath: train], $0[keyPath: test]] }.compactMap { $0 }.filter(\.isFinite)
        let axis = makeAxis((values.min() ?? 0)...(values.max() ?? 1))
        func y(_ value: Double) -> Double { plot.bottom - axis.position(of: value) * (plot.bottom - plot.top) }
        for tick in axis.ticks {
            drawing.line(tick == axis.lower ? "axis" : "grid", x1: plot.left, y1: y(tick), x2: plot.right, y2: y(tick))
            drawing.text(label(tick, axis.places), x: plot.left - 8, y: y(tick) + 4, anchor: .end)
        }

        let last = max(epochs.last?.number ?? 1, 1), first = min(epochs.first?.number ?? 1, last)
        func x(_ epoch: Int) -> Double {
            last == first
                ? (plot.left + plot.right) / 2
                : plot.left + Double(epoch - first) / Double(last - first) * (plot.right - plot.left)
        }
        for epoch in TrainingCurves.marks(first, last) {
            drawing.text(String(epoch), x: x(epoch), y: plot.bottom + 20, anchor: .middle)
        }
        drawing.text("epoch", x: (plot.left + plot.right) / 2, y: plot.bottom + 40, anchor: .middle)

        var ends = [(text: String, style: String, y: Double)]()
        for (style, word, series) in [
            ("train", "training", epochs.map { ($0.number, Optional($0[keyPath: train])) }),
            ("test", "test", epochs.map { ($0.number, $0[keyPath: test]) }),
        ] {
            var run = [(x: Double, y: Double)]()
            // A value that is not a number leaves a gap.
            for case let (epoch, value) in series + [(0, nil)] {
                if let value, value.isFinite {
                    run.append((x(epoch), y(value)))
                } else {
                    if run.count > 1 { drawing.path(style, through: run) }
                    if run.count == 1 { drawing.dot("\(style)-dot", x: run[0].x, y: run[0].y, radius: 3) }
                    run = []
                }
            }
            if case let (epoch, value?)? = series.last, value.isFinite {
                drawing.dot("\(style)-dot", x: x(epoch), y: y(value), radius: 3.5)
                ends.append(("\(word) \(end(value))", "\(style)-label", y(value)))
            }
        }
        TrainingCurves.spread(&ends)
        for label in ends { drawing.text(label.text, x: x(last) + 10, y: label.y + 4, label.style) }
    }

    /// Moves two labels apart that would lie over one another.
    private static func spread(_ labels: inout [(text: String, style: String, y: Double)]) {
        guard labels.count == 2 else { return }
        let upper = labels[0].y <= labels[1].y ? 0 : 1
        let overlap = 16 - (labels[1 - upper].y - labels[upper].y)
        guard overlap > 0 else { return }
        labels[upper].y -= overlap / 2
        labels[1 - upper].y += overlap / 2
    }

    /// Up to eleven whole numbers from the first epoch to the last.
    private static func marks(_ first: Int, _ last: Int) -> [Int] {
        let count = last - first
        guard count > 10 else { return Array(first...last) }
        var step = 1
        while count / step > 10 { step = String(step).hasPrefix("2") ? step / 2 * 5 : step * 2 }
        let inner = stride(from: (first / step + 1) * step, through: last, by: step)
        return ([first] + inner).filter { $0 == first || $0 - first >= step / 2 }
    }
}
