/// Rows of text in columns: names to the left, numbers to the right.
package struct Table {
    package enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]?] = []

    package init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    package mutating func add(_ cells: [String]) { rows.append(cells) }

    /// A line across.
    package mutating func addRule() { rows.append(nil) }

    package var text: String {
        let all = [columns.map(\.title)] + rows.compactMap { $0 }
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (columns.count - 1))
        var lines = [line(columns.map(\.title), widths), rule]
        for row in rows { lines.append(row.map { line($0, widths) } ?? rule) }
        return lines.joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = columns.indices.map { column in
            let gap = String(repeating: " ", count: widths[column] - cells[column].count)
            return columns[column].alignment == .left ? cells[column] + gap : gap + cells[column]
        }
        let text = padded.joined(separator: "  ")
        return String(text.reversed().drop { $0 == " " }.reversed())
    }
}
