public import StriateData
import StriateGraph

/// One file that shows a picture, what a model says of it, and sheets with captions. Needs no other file, and reads well on light and dark pages.
public struct LookingPage: Sendable {
    /// What a model thinks of a class.
    public struct Answer: Sendable {
        public var name: String
        /// 0…1.
        public var probability: Float
        public var logit: Float

        public init(name: String, probability: Float, logit: Float) {
            (self.name, self.probability, self.logit) = (name, probability, logit)
        }
    }

    /// Sheets under a heading.
    public struct Part: Sendable {
        public var heading: String
        public var sheets: [Inspection.Sheet]
        /// Sheets side by side.
        public var columns: Int

        public init(_ heading: String, _ sheets: [Inspection.Sheet], columns: Int = 1) {
            (self.heading, self.sheets, self.columns) = (heading, sheets, columns)
        }
    }

    public var title: String
    public var subtitle: String
    /// The picture as the network sees it.
    public var picture: Picture
    /// The most likely class first; the first ten are shown.
    public var answers: [Answer]
    public var parts: [Part]

    public init(title: String, subtitle: String, picture: Picture, answers: [Answer], parts: [Part]) {
        (self.title, self.subtitle, self.picture, self.answers, self.parts) = (title, subtitle, picture, answers, parts)
    }

    private enum Size {
        static let width = 1000.0
        static let margin = 24.0
        static let top = 84.0
        static let bar = 22.0
        static let picture = 224.0
        static let partGap = 44.0
        static let caption = 46.0
        static let sheetGap = 18.0
        static let columnGap = 24.0
    }

    private var shownAnswers: ArraySlice<Answer> { answers.prefix(10) }

    /// The picture enlarged by a whole number, as it is drawn.
    private var enlarged: Picture { picture.enlarged(by: max(1, Int(Size.picture) / max(picture.shape[1], picture.shape[2]))) }

    /// - Throws: ``DataError`` where a sheet cannot be written as PNG.
    public func svg() throws(DataError) -> String {
        let input = enlarged, head = Size.top + max(Double(input.shape[1]), Double(shownAnswers.count) * Size.bar, 160)
        let whole = parts.reduce(head) { $0 + Size.partGap + height(of: $1) } + Size.margin
        var drawing = Drawing(width: Size.width, height: whole, title: title)
        drawing.text(title, x: Size.margin, y: 36, "title")
        drawing.text(subtitle, x: Size.margin, y: 58)
        drawing.image(
            try PNG.encode(input), x: Size.margin, y: Size.top, width: Double(input.shape[2]), height: Double(input.shape[1]),
            title: "the picture as the network sees it")
        drawAnswers(left: Size.margin + Double(input.shape[2]) + 32, in: &drawing)
        drawLegend(in: &drawing)

        var y = head
        for part in parts {
            y += Size.partGap
            drawing.text(part.heading, x: Size.margin, y: y - 4, "title")
            for row in rows(of: part) {
                for (column, sheet) in row.enumerated() {
                    try draw(sheet, x: Size.margin + Double(column) * (width(of: part) + Size.columnGap), y: y, width: width(of: part), in: &drawing)
                }
                y += height(ofRow: row, width: width(of: part))
            }
        }
        return drawing.svg
    }

    // MARK: - Sheets

    private func draw(_ sheet: Inspection.Sheet, x: Double, y: Double, width: Double, in drawing: inout Drawing) throws(DataError) {
        let size = size(of: sheet, width: width)
        drawing.text(sheet.name, x: x, y: y + 20, "heading")
        drawing.text(sheet.caption, x: x, y: y + 37)
        drawing.image(
            try PNG.encode(sheet.picture), x: x, y: y + Size.caption, width: size.width, height: size.height,
            title: "\(sheet.name): \(sheet.caption)")
    }

    private func rows(of part: Part) -> [ArraySlice<Inspection.Sheet>] {
        let columns = max(1, part.columns)
        return stride(from: 0, to: part.sheets.count, by: columns).map { part.sheets[$0..<min(part.sheets.count, $0 + columns)] }
    }

    /// Of a column.
    private func width(of part: Part) -> Double {
        let columns = Double(max(1, part.columns))
        return (Size.width - 2 * Size.margin - (columns - 1) * Size.columnGap) / columns
    }

    private func height(of part: Part) -> Double { rows(of: part).reduce(0) { $0 + height(ofRow: $1, width: width(of: part)) } }

    private func height(ofRow row: ArraySlice<Inspection.Sheet>, width: Double) -> Double {
        Size.caption + (row.map { size(of: $0, width: width).height }.max() ?? 0) + Size.sheetGap
    }

    /// Sheets are drawn pixel by pixel, wider ones as wide as their column.
    private func size(of sheet: Inspection.Sheet, width: Double) -> (width: Double, height: Double) {
        let width = min(Double(sheet.picture.shape[2]), width)
        return (width, width * Double(sheet.picture.shape[1]) / Double(sheet.picture.shape[2]))
    }

    // MARK: - The head

    private func drawAnswers(left: Double, in drawing: inout Drawing) {
        let longest = shownAnswers.map { min(24, $0.name.count) }.max() ?? 1
        let names = left + Double(longest) * 7.2 + 8, right = Size.width - Size.margin - 170
        for (place, answer) in shownAnswers.enumerated() {
            let y = Size.top + Double(place) * Size.bar, share = Double(max(0, min(1, answer.probability)))
            let name = answer.name.count > 24 ? answer.name.prefix(23) + "…" : answer.name
            drawing.text(name, x: names - 8, y: y + 14, place == 0 ? "heading" : "value", anchor: .end)
            drawing.rectangle("cell", x: names, y: y + 3, width: right - names, height: 14, opacity: 0.12)
            if share * (right - names) >= 0.5 {
                drawing.rectangle(place == 0 ? "right" : "cell", x: names, y: y + 3, width: share * (right - names), height: 14)
            }
            drawing.text("\(Numbers.fixed(share * 100, 1)) %", x: right + 68, y: y + 14, "value", anchor: .end)
            drawing.text("logit \(number(answer.logit))", x: right + 170, y: y + 14, anchor: .end)
        }
    }

    /// The scale of signs, in the upper right corner.
    private func drawLegend(in drawing: inout Drawing) {
        let (width, right) = (132.0, Size.width - Size.margin - 14), steps = 44
        for step in 0..<steps {
            let value = (Float(step) + 0.5) / Float(steps) * 2 - 1
            let colour = ColourScale(reach: 1).colour(of: value)
            drawing.rectangle(
                fill: colour, x: right - width + Double(step) * width / Double(steps), y: 30, width: width / Double(steps) + 0.3, height: 10)
        }
        for (place, text) in ["−", "0", "+"].enumerated() {
            drawing.text(text, x: right - width + Double(place) * width / 2, y: 54, anchor: .middle)
        }
    }
}
