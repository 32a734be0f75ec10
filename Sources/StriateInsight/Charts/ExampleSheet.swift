import StriateData
import StriateGraph
public import StriateTraining

/// Pictures in rows, each with its class and what a network took it for.
public struct ExampleSheet: Sendable {
    public var examples: [EvaluationDetails.Example]
    public var classes: [String]
    public var title: String
    /// The line below the title.
    public var note: String

    private static let side = 88.0, gap = 14.0, margin = 24.0, width = 880.0
    private static let longestName = 16

    public init(_ examples: [EvaluationDetails.Example], classes: [String], title: String, note: String) {
        self.examples = examples
        self.classes = classes
        self.title = title
        self.note = note
    }

    /// A picture that needs no other file and reads well on light and dark pages.
    public var svg: String { drawing.svg }

    var drawing: Drawing {
        let (side, gap, margin) = (ExampleSheet.side, ExampleSheet.gap, ExampleSheet.margin)
        let longest = min(ExampleSheet.longestName, classes.map(\.count).max() ?? 1)
        // Room for the answer and its probability.
        let pitch = max(side + gap, Double(longest + 10) * 6.7 + gap)
        let columns = max(1, Int((ExampleSheet.width - 2 * margin + gap) / pitch))
        let rows = (examples.count + columns - 1) / columns, rowHeight = side + 52
        var drawing = Drawing(width: ExampleSheet.width, height: 84 + max(1, Double(rows)) * rowHeight, title: "\(title): \(examples.count) pictures")
        drawing.text(title, x: margin, y: 36, "title")
        drawing.text(note, x: margin, y: 58)
        for (place, example) in examples.enumerated() {
            let x = margin + Double(place % columns) * pitch, y = 78 + Double(place / columns) * rowHeight
            draw(example, x: x, y: y, in: &drawing)
        }
        return drawing
    }

    private func draw(_ example: EvaluationDetails.Example, x: Double, y: Double, in drawing: inout Drawing) {
        let side = ExampleSheet.side, (rows, columns) = (Double(example.picture.shape[1]), Double(example.picture.shape[2]))
        let scale = side / max(1, rows, columns)
        let size = (width: columns * scale, height: rows * scale)
        if let png = example.picture.thumbnail {
            drawing.image(
                png, x: x, y: y + side - size.height, width: size.width, height: size.height,
                title: example.isRight ? name(example.label) : "\(name(example.label)), taken for \(name(example.answer))")
        }
        if !example.isRight { drawing.rectangle("wrong-frame", x: x, y: y + side - size.height, width: size.width, height: size.height) }
        drawing.text(name(example.label), x: x, y: y + side + 16, "strong")
        let share = Numbers.fixed(example.probability * 100, 1) + " %"
        drawing.text(
            example.isRight ? share : "→ \(name(example.answer)), \(share)", x: x, y: y + side + 32, example.isRight ? "right-label" : "wrong-label")
    }

    private func name(_ label: Int) -> String {
        classes.indices.contains(label) ? classes[label].clipped(to: ExampleSheet.longestName) : String(label)
    }
}
