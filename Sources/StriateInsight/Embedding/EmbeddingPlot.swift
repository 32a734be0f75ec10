/// Pictures as points on a plane, coloured by their classes.
public struct EmbeddingPlot: Sendable {
    public struct Point: Hashable, Sendable {
        public var x: Double
        public var y: Double
        public var label: Int
        /// Whether the model took the picture for its class.
        public var isRight: Bool

        public init(x: Double, y: Double, label: Int, isRight: Bool) {
            (self.x, self.y, self.label, self.isRight) = (x, y, label, isRight)
        }
    }

    public var points: [Point]
    /// The classes' names, by label.
    public var classes: [String]
    public var title: String
    /// The line below the title.
    public var note: String
    /// What lies along each axis; nil where directions mean nothing.
    public var axes: (x: String, y: String)?

    private static let colours = 10
    /// Classes with a line in the legend.
    private static let mostLines = 24

    public init(_ points: [Point], classes: [String], title: String, note: String, axes: (x: String, y: String)? = nil) {
        self.points = points
        self.classes = classes
        self.title = title
        self.note = note
        self.axes = axes
    }

    /// A picture that needs no other file and reads well on light and dark pages.
    public var svg: String { drawing.svg }

    var drawing: Drawing {
        let counts = counts, present = classes.indices.filter { counts[$0] > 0 }
        let lines = present.count > EmbeddingPlot.mostLines
            ? Array(present.sorted { counts[$0] > counts[$1] }.prefix(EmbeddingPlot.mostLines - 1)).sorted() : present
        let side = 620.0, left = axes == nil ? 24.0 : 48.0, top = 78.0
        let legend = left + side + 28, height = top + side + (axes == nil ? 24 : 48)
        var drawing = Drawing(width: legend + 190, height: height, title: "\(title): \(points.count) pictures of \(present.count) classes")
        drawing.text(title, x: 24, y: 36, "title")
        drawing.text(note, x: 24, y: 58)
        drawing.rectangle("frame", x: left, y: top, width: side, height: side)
        if let axes {
            drawing.text(axes.x, x: left + side / 2, y: top + side + 26, anchor: .middle)
            drawing.text(axes.y, x: left - 14, y: top + side / 2, anchor: .middle, turned: -90)
        }
        let place = placement(side: side, left: left, top: top)
        drawPoints(place, in: &drawing)
        if present.count <= EmbeddingPlot.mostLines { drawNames(present, place, in: &drawing) }
        drawLegend(lines, of: present.count, counts, x: legend, top: top, in: &drawing)
        return drawing
    }

    private var counts: [Int] {
        var counts = Array(repeating: 0, count: classes.count)
        for point in points where counts.indices.contains(point.label) { counts[point.label] += 1 }
        return counts
    }

    /// Where points lie in the picture: both axes have one scale.
    private func placement(side: Double, left: Double, top: Double) -> (Point) -> (x: Double, y: Double) {
        func range(_ values: [Double]) -> (middle: Double, span: Double) {
            let (low, high) = (values.min() ?? 0, values.max() ?? 0)
            return ((low + high) / 2, high - low)
        }
        let x = range(points.map(\.x)), y = range(points.map(\.y)), span = max(x.span, y.span)
        let scale = span > 0 ? (side - 36) / span : 0
        return { (left + side / 2 + ($0.x - x.middle) * scale, top + side / 2 - ($0.y - y.middle) * scale) }
    }

    private static func style(_ label: Int) -> String {
        "dots c\(label % colours)" + (label / colours % 2 == 1 ? " square" : "")
    }

    private func drawPoints(_ place: (Point) -> (x: Double, y: Double), in drawing: inout Drawing) {
        let size = points.count <= 500 ? 7.0 : points.count <= 3000 ? 5 : 3.5
        for label in classes.indices {
            let own = points.filter { $0.label == label }.map(place)
            if !own.isEmpty { drawing.dots(EmbeddingPlot.style(label), at: own, size: size) }
        }
        for point in points where !point.isRight {
            let (x, y) = place(point)
            drawing.dot("ring", x: x, y: y, radius: size / 2 + 1.5)
        }
    }

    /// Each class's name in the middle of its points.
    private func drawNames(_ present: [Int], _ place: (Point) -> (x: Double, y: Double), in drawing: inout Drawing) {
        for label in present {
            let own = points.filter { $0.label == label }.map(place)
            let x = own.map(\.x).sorted()[own.count / 2], y = own.map(\.y).sorted()[own.count / 2]
            drawing.text(classes[label].clipped(to: 18), x: x, y: y + 4, "halo", anchor: .middle)
        }
    }

    private func drawLegend(_ lines: [Int], of total: Int, _ counts: [Int], x: Double, top: Double, in drawing: inout Drawing) {
        var y = top + 10
        for label in lines {
            drawing.dots(EmbeddingPlot.style(label), at: [(x + 5, y)], size: 10)
            drawing.text(classes[label].clipped(to: 18), x: x + 18, y: y + 4, "value")
            drawing.text(Numbers.grouped(counts[label]), x: x + 166, y: y + 4, anchor: .end)
            y += 22
        }
        if lines.count < total {
            drawing.text("and \(total - lines.count) other classes", x: x, y: y + 4)
            y += 22
        }
        let wrong = points.count { !$0.isRight }
        guard wrong > 0 else { return }
        y += 8
        drawing.dot("ring", x: x + 5, y: y, radius: 5)
        drawing.text("wrong answer", x: x + 18, y: y + 4, "value")
        drawing.text(Numbers.grouped(wrong), x: x + 166, y: y + 4, anchor: .end)
    }
}
