import Foundation
import StriateGraph

/// An SVG picture in the making: sizes in pixels, text in the reader's own fonts, colours for light and dark pages.
struct Drawing {
    let width: Double
    let height: Double
    private var elements = ""

    init(width: Double, height: Double, title: String) {
        self.width = width
        self.height = height
        elements = "<title>\(Drawing.escaped(title))</title>\n"
        add("rect", ["class": "paper", "width": width.short, "height": height.short])
    }

    enum Anchor: String { case start, middle, end }

    mutating func text(
        _ text: String, x: Double, y: Double, _ style: String = "label", anchor: Anchor = .start, turned: Double? = nil
    ) {
        var attributes = ["class": style, "x": x.short, "y": y.short]
        if anchor != .start { attributes["text-anchor"] = anchor.rawValue }
        if let turned { attributes["transform"] = "rotate(\(turned.short) \(x.short) \(y.short))" }
        add("text", attributes, Drawing.escaped(text))
    }

    mutating func line(_ style: String, x1: Double, y1: Double, x2: Double, y2: Double) {
        add("line", ["class": style, "x1": x1.short, "y1": y1.short, "x2": x2.short, "y2": y2.short])
    }

    mutating func rectangle(_ style: String, x: Double, y: Double, width: Double, height: Double, opacity: Double? = nil) {
        var attributes = ["class": style, "x": x.short, "y": y.short, "width": width.short, "height": height.short]
        if let opacity { attributes["fill-opacity"] = opacity.short }
        add("rect", attributes)
    }

    /// In a colour that is the same on light and dark pages.
    mutating func rectangle(fill: Colour, x: Double, y: Double, width: Double, height: Double) {
        add("rect", [
            "fill": "rgb(\(fill.red) \(fill.green) \(fill.blue))", "x": x.short, "y": y.short, "width": width.short, "height": height.short,
        ])
    }

    mutating func dot(_ style: String, x: Double, y: Double, radius: Double) {
        add("circle", ["class": style, "cx": x.short, "cy": y.short, "r": radius.short])
    }

    /// A picture that is part of the file; its pixels stay squares where it is enlarged.
    ///
    /// - Parameter png: The bytes of a PNG file.
    mutating func image(_ png: [UInt8], x: Double, y: Double, width: Double, height: Double, title: String) {
        let data = "data:image/png;base64," + Data(png).base64EncodedString()
        add(
            "image", [
                "href": data, "x": x.short, "y": y.short, "width": width.short, "height": height.short, "preserveAspectRatio": "none",
                "image-rendering": "pixelated",
            ], "<title>\(Drawing.escaped(title))</title>")
    }

    /// Dots of one size: round ones, or squares in the style `square`.
    mutating func dots(_ style: String, at points: [(x: Double, y: Double)], size: Double) {
        // Lines of no length, of which only the ends are seen: the shortest way to write many dots.
        let moves = points.map { "M\($0.x.short) \($0.y.short)h0" }.joined()
        add("path", ["class": style, "d": moves, "stroke-width": size.short])
    }

    mutating func path(_ style: String, through points: [(x: Double, y: Double)]) {
        let steps = points.enumerated().map { ($0 == 0 ? "M" : "L") + $1.x.short + " " + $1.y.short }
        add("path", ["class": style, "d": steps.joined(separator: " ")])
    }

    /// The whole file.
    var svg: String { element(with: "<style>\n\(Drawing.style)\n</style>\n") }

    /// The drawing for a page that has ``style`` already.
    var element: String { element(with: "") }

    private func element(with style: String) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(width.short)" height="\(height.short)" viewBox="0 0 \(width.short) \(height.short)" role="img">
        \(style)\(elements)</svg>

        """
    }

    private mutating func add(_ name: String, _ attributes: [String: String], _ content: String = "") {
        // In order, so that equal pictures are equal files.
        let list = attributes.sorted { $0.key < $1.key }.map { " \($0.key)=\"\($0.value)\"" }.joined()
        elements += content.isEmpty ? "<\(name)\(list)/>\n" : "<\(name)\(list)>\(content)</\(name)>\n"
    }

    /// Text as XML and HTML have it.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            // XML has no place for control characters.
            case ..<" ", "\u{7F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    static let style = """
        text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
        .paper { fill: #ffffff; }
        .title { font-size: 17px; font-weight: 600; fill: #1b1f24; }
        .heading { font-size: 13px; font-weight: 600; fill: #1b1f24; }
        .label { font-size: 12px; fill: #57606a; }
        .value { font-size: 12px; fill: #1b1f24; }
        .inverse { font-size: 12px; fill: #ffffff; }
        .small { font-size: 10.5px; fill: #57606a; }
        .grid { stroke: #d8dee4; stroke-width: 1; }
        .axis { stroke: #8c959f; stroke-width: 1; }
        .train { stroke: #8c959f; fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .test { stroke: #0969da; fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
        .train-dot { fill: #8c959f; }
        .test-dot { fill: #0969da; }
        .train-label { font-size: 12px; fill: #57606a; }
        .test-label { font-size: 12px; font-weight: 600; fill: #0969da; }
        .right { fill: #0969da; }
        .wrong { fill: #cf222e; }
        .cell { fill: #8c959f; }
        .strong { font-size: 12px; font-weight: 600; fill: #1b1f24; }
        .right-label { font-size: 12px; fill: #0969da; }
        .wrong-label { font-size: 12px; fill: #cf222e; }
        .mark { fill: #1b1f24; stroke: #ffffff; stroke-width: 1.5; }
        .wrong-frame { fill: none; stroke: #cf222e; stroke-width: 2; }
        .diagonal { stroke: #57606a; stroke-width: 1.5; stroke-dasharray: 5 4; }
        .frame { fill: none; stroke: #d8dee4; }
        .ring { fill: none; stroke: #1b1f24; stroke-width: 1.2; }
        .halo { font-size: 14px; font-weight: 700; fill: #1b1f24; stroke: #ffffff; stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }
        .dots { fill: none; stroke-linecap: round; stroke-opacity: 0.85; }
        .square { stroke-linecap: square; }
        .c0 { stroke: #4269d0; } .c1 { stroke: #efb118; } .c2 { stroke: #ff725c; } .c3 { stroke: #3bb8a0; } .c4 { stroke: #3ca951; }
        .c5 { stroke: #ff8ab7; } .c6 { stroke: #a463f2; } .c7 { stroke: #76a5f2; } .c8 { stroke: #9c6b4e; } .c9 { stroke: #8c8f96; }
        @media (prefers-color-scheme: dark) {
        .paper { fill: #0d1117; }
        .title, .heading, .value, .strong { fill: #e6edf3; }
        .label, .small, .train-label { fill: #9aa4af; }
        .inverse { fill: #ffffff; }
        .grid { stroke: #272e37; }
        .axis { stroke: #57606a; }
        .train { stroke: #768390; }
        .test { stroke: #58a6ff; }
        .train-dot { fill: #768390; }
        .test-dot, .test-label { fill: #58a6ff; }
        .right { fill: #1f6feb; }
        .wrong { fill: #f85149; }
        .right-label { fill: #58a6ff; }
        .wrong-label { fill: #ff7b72; }
        .mark { fill: #e6edf3; stroke: #0d1117; }
        .wrong-frame { stroke: #f85149; }
        .diagonal { stroke: #9aa4af; }
        .frame { stroke: #272e37; }
        .ring { stroke: #e6edf3; }
        .halo { fill: #e6edf3; stroke: #0d1117; }
        }
        """
}

extension Double {
    /// At most two places after the point: enough for pixels.
    var short: String {
        guard isFinite else { return "0" }
        let hundredths = Int((Swift.min(1e9, Swift.max(-1e9, self)) * 100).rounded())
        var text = Numbers.fixed(Double(hundredths) / 100, 2)
        while text.contains("."), text.hasSuffix("0") || text.hasSuffix(".") {
            let wasPoint = text.hasSuffix(".")
            text.removeLast()
            if wasPoint { break }
        }
        return text
    }
}

extension String {
    /// The beginning of a text that is longer than so many characters.
    func clipped(to count: Int) -> String { self.count > count ? prefix(count - 1) + "…" : self }
}
