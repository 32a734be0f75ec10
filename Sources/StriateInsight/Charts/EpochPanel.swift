/// Numbers over the epochs of a run, as lines in a rectangle: a part of a drawing.
struct EpochPanel {
    struct Series {
        /// The line's style: `train` or `test`.
        let style: String
        /// What the line's end is called.
        let word: String
        /// One for each epoch. A value that is missing, or no number, leaves a gap.
        let values: [Double?]
    }

    /// What a panel takes of a drawing.
    static let width = 432.0, height = 348.0

    let heading: String
    /// The numbers of the epochs, rising.
    let epochs: [Int]
    let series: [Series]
    /// The axis for values in a range.
    let axis: (ClosedRange<Double>) -> Axis
    /// A tick's text, given the places after the point that tell ticks apart.
    let label: (Double, Int) -> String
    /// The text of a line's last value.
    let end: (Double) -> String

    func draw(in drawing: inout Drawing, left: Double) {
        let plot = (left: left + 52, right: left + 300, top: 84.0, bottom: 288.0)
        drawing.text(heading, x: left, y: 66, "heading")

        let values = series.flatMap(\.values).compactMap { $0 }.filter(\.isFinite)
        let axis = axis((values.min() ?? 0)...(values.max() ?? 1))
        func y(_ value: Double) -> Double { plot.bottom - axis.position(of: value) * (plot.bottom - plot.top) }
        for tick in axis.ticks {
            drawing.line(tick == axis.lower ? "axis" : "grid", x1: plot.left, y1: y(tick), x2: plot.right, y2: y(tick))
            drawing.text(label(tick, axis.places), x: plot.left - 8, y: y(tick) + 4, anchor: .end)
        }

        let last = max(epochs.last ?? 1, 1), first = min(epochs.first ?? 1, last)
        func x(_ epoch: Int) -> Double {
            last == first
                ? (plot.left + plot.right) / 2
                : plot.left + Double(epoch - first) / Double(last - first) * (plot.right - plot.left)
        }
        for epoch in EpochPanel.marks(first, last) {
            drawing.text(String(epoch), x: x(epoch), y: plot.bottom + 20, anchor: .middle)
        }
        drawing.text("epoch", x: (plot.left + plot.right) / 2, y: plot.bottom + 40, anchor: .middle)

        var ends = [(text: String, style: String, y: Double)]()
        for line in series {
            var run = [(x: Double, y: Double)]()
            for case let (epoch, value) in Array(zip(epochs, line.values)) + [(0, nil)] {
                if let value, value.isFinite {
                    run.append((x(epoch), y(value)))
                } else {
                    if run.count > 1 { drawing.path(line.style, through: run) }
                    if run.count == 1 { drawing.dot("\(line.style)-dot", x: run[0].x, y: run[0].y, radius: 3) }
                    run = []
                }
            }
            if let epoch = epochs.last, let value = line.values.last ?? nil, value.isFinite {
                drawing.dot("\(line.style)-dot", x: x(epoch), y: y(value), radius: 3.5)
                let text = line.word.isEmpty ? end(value) : "\(line.word) \(end(value))"
                ends.append((text, "\(line.style)-label", y(value)))
            }
        }
        EpochPanel.spread(&ends)
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
