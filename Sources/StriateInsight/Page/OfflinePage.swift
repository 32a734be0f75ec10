import Foundation
import StriateFormats

/// The look-inside page with a model in one HTML file that needs no server and asks for nothing.
public struct OfflinePage: Sendable {
    private let model: BrowserModel

    public init(_ model: BrowserModel) { self.model = model }

    /// The most bytes of weights: browsers refuse to open files much larger.
    public static let mostWeightBytes = 128 << 20

    public var html: String {
        var page = PageFile.index.text
        func replace(_ place: String, with text: String) {
            guard let range = page.range(of: place) else { fatalError("the page has no \(place)") }
            page.replaceSubrange(range, with: text)
        }
        replace(
            #"<meta charset="utf-8">"#,
            with: """
                <meta charset="utf-8">
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; media-src blob:">
                """)
        replace(#"<link rel="stylesheet" href="style.css">"#, with: "<style>\n\(PageFile.style.text)</style>")
        let data = """
            <script type="application/json" id="model">\(OfflinePage.inScript(json: model.graph.text))</script>
            <script type="text/plain" id="weights">\(Data(model.weights).base64EncodedString())</script>

            """
        for (place, script) in PageFile.scripts.enumerated() {
            replace(
                #"<script src="\#(script.name)"></script>"#,
                with: (place == 0 ? data : "") + "<script>\n\(OfflinePage.inScript(code: script.text))</script>")
        }
        return page
    }

    // Nothing within a script may look like its end. In JSON a < stands within strings alone, in our code </ does.

    private static func inScript(json text: String) -> String { text.replacingOccurrences(of: "<", with: "\\u003c") }

    private static func inScript(code text: String) -> String { text.replacingOccurrences(of: "</", with: "<\\/") }
}
