/// Which classes were taken for which: a row for each class, a column for each answer.
public struct ConfusionMatrix: Sendable {
    /// `counts[class][answer]`
    public var counts: [[Int]]
    public var classes: [String]

    /// - Precondition: as many rows, and columns in each, as there are classes.
    public init(_ counts: [[Int]], classes: [String]) {
        precondition(counts.count == classes.count && counts.allSatisfy { $0.count == classes.count })
        self.counts = counts
        self.classes = classes
    }

    /// A picture that needs no other file and reads well on light and dark pages. The deeper a cell, the larger its share of the
    /// class; errors are drawn deeper than their share, so that few are seen too.
    public var svg: String { drawing.svg }

    var drawing: Drawing {
        let count = max(1, classes.count)
        let hasNumbers = count <= 24
        let cell = hasNumbers ? 44.0 : max(4, 900 / Double(count))
        let hasNames = cell >= 12
        let longest = hasNames ? Double(min(18, classes.map(\.count).max() ?? 1)) : 0
        let isTurned = longest > 5
        let left = (hasNames ? 56 : 24) + longest * 7, top = 92 + (isTurned ? longest * 6 : 14)
        let side = cell * Double(count)
        let right = left + side + (isTurned ? longest * 5 : 24)
        var drawing = Drawing(width: max(right, 440), height: top + side + 64, title: "Confusion matrix of \(count) classes")

        let total = counts.reduce(0) { $0 + $1.reduce(0, +) }, hits = counts.indices.reduce(0) { $0 + counts[$1][$1] }
        drawing.text("Confusion", x: 24, y: 36, "title")
        if total > 0 {
            let share = Numbers.fixed(Double(hits) / Double(total) * 100, 2)
            drawing.text("\(hits) of \(total) right (\(share) %); rows are classes, columns answers", x: 24, y: 58)
        }
        // One background in place of a million empty cells.
        if !hasNumbers { drawing.rectangle("cell", x: left, y: top, width: side, height: side, opacity: 0.05) }
        for (row, name) in classes.enumerated() {
            let sum = counts[row].reduce(0, +)
            let y = top + Double(row) * cell
            if hasNames {
                drawing.text(name.clipped(to: 18), x: left - 10, y: y + cell / 2 + 4, "value", anchor: .end)
                let x = left + Double(row) * cell + cell / 2
                if isTurned {
                    drawing.text(name.clipped(to: 18), x: x + 4, y: top - 10, "value", turned: -50)
                } else {
                    drawing.text(name.clipped(to: 18), x: x, y: top - 10, "value", anchor: .middle)
                }
            }
            for (column, images) in counts[row].enumerated() where images > 0 || hasNumbers {
                let share = sum == 0 ? 0 : Double(images) / Double(sum)
                let isRight = row == column
                let depth = images == 0 ? 0.05 : isRight ? 0.15 + 0.85 * share : min(1, 0.12 + share.squareRoot())
                let x = left + Double(column) * cell
                let gap = cell > 10 ? 1.0 : 0
                drawing.rectangle(
                    images == 0 ? "cell" : isRight ? "right" : "wrong", x: x + gap, y: y + gap, width: cell - 2 * gap,
                    height: cell - 2 * gap, opacity: depth)
                if hasNumbers, images > 0 {
                    drawing.text(
                        String(images), x: x + cell / 2, y: y + cell / 2 + 4, depth > 0.55 ? "inverse" : "value", anchor: .middle)
                }
            }
        }
        drawing.text("blue: right, red: wrong; deeper: a larger share of the class", x: left, y: top + side + 28)
        return drawing
    }
}
