public import StriateTraining

/// How well each class is told from the others, as bars: the share of its images that are recognised, and the errors on either side.
public struct ClassBars: Sendable {
    public var evaluation: Evaluation
    public var classes: [String]

    /// With more classes than this, those with the most errors are drawn.
    private static let mostRows = 50

    public init(_ evaluation: Evaluation, classes: [String]) {
        self.evaluation = evaluation
        self.classes = classes
    }

    /// What a row shows.
    private struct Row {
        let name: String
        let score: ClassScore
        /// Images of the class that were taken for others.
        let missed: Int
        /// Images of others that were taken for the class.
        let mistaken: Int

        var errors: Int { missed + mistaken }
    }

    /// A picture that needs no other file and reads well on light and dark pages.
    public var svg: String { drawing.svg }

    var drawing: Drawing {
        let all = rows, shown = ClassBars.mostErrors(of: all)
        let names = min(18, shown.map(\.name.count).max() ?? 1)
        let top = 104.0, rowHeight = 28.0
        let left = 36 + Double(names) * 7.2, right = left + 330, errorsLeft = right + 88
        let width = max(880, errorsLeft + 250), errorsRight = width - 70
        var drawing = Drawing(
            width: width, height: top + Double(shown.count) * rowHeight + 24, title: "Recall, precision and errors of \(shown.count) classes")
        drawing.text("Classes", x: 24, y: 36, "title")
        let selection = shown.count < all.count ? "the \(shown.count) of \(all.count) classes with the most errors; " : ""
        drawing.text(
            selection + "bar: share of the class that is recognised; dot: share of its answers that are right", x: 24, y: 58)
        drawing.text("recall and precision", x: left, y: top - 14, "heading")
        drawing.text("errors", x: errorsLeft, y: top - 14, "heading")
        drawing.text("missed", x: errorsLeft + 52, y: top - 14, "wrong-label")
        drawing.text("taken for it", x: errorsLeft + 104, y: top - 14, "train-label")
        let bottom = top + Double(shown.count) * rowHeight
        for share in [0, 0.25, 0.5, 0.75, 1] {
            let x = left + share * (right - left)
            drawing.line(share == 0 ? "axis" : "grid", x1: x, y1: top, x2: x, y2: bottom)
        }
        drawing.line("axis", x1: errorsLeft, y1: top, x2: errorsLeft, y2: bottom)

        let mostErrors = Double(max(1, shown.map { max($0.missed, $0.mistaken) }.max() ?? 1))
        for (place, row) in shown.enumerated() {
            let y = top + Double(place) * rowHeight
            drawing.text(row.name.clipped(to: 18), x: left - 10, y: y + 18, "value", anchor: .end)
            let recall = row.score.recall ?? 0
            drawing.rectangle("right", x: left, y: y + 5, width: recall * (right - left), height: 18, opacity: 0.85)
            if let precision = row.score.precision { drawing.dot("mark", x: left + precision * (right - left), y: y + 14, radius: 4.5) }
            drawing.text(row.score.recall.map { Numbers.fixed($0 * 100, 1) + " %" } ?? "no images", x: right + 10, y: y + 18, "value")
            for (count, style, offset) in [(row.missed, "wrong", 3.0), (row.mistaken, "cell", 15.0)] {
                let length = Double(count) / mostErrors * (errorsRight - errorsLeft)
                drawing.rectangle(style, x: errorsLeft, y: y + offset, width: length, height: 10)
                drawing.text(String(count), x: errorsLeft + length + 6, y: y + offset + 9, "small")
            }
        }
        return drawing
    }

    private var rows: [Row] {
        evaluation.classScores.enumerated().map { index, score in
            let hits = evaluation.confusion[index][index]
            let answers = evaluation.confusion.reduce(0) { $0 + $1[index] }
            return Row(
                name: classes.indices.contains(index) ? classes[index] : String(index), score: score, missed: score.support - hits,
                mistaken: answers - hits)
        }
    }

    /// In the order of the classes.
    private static func mostErrors(of rows: [Row]) -> [Row] {
        guard rows.count > mostRows else { return rows }
        let worst = rows.indices.sorted { (rows[$1].errors, $0) < (rows[$0].errors, $1) }.prefix(mostRows)
        return worst.sorted().map { rows[$0] }
    }
}
