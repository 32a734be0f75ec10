/// A file of a page for the browser, as it lies in the program itself.
public struct PageFile: Sendable {
    /// Such as `app.js`.
    public let name: String
    public let bytes: [UInt8]

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What HTTP calls its kind.
    public var contentType: String {
        if name.hasSuffix(".html") { return "text/html; charset=utf-8" }
        return name.hasSuffix(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"
    }

    /// The page that looks into a model, with links to its other files.
    public static let index = PageFile(name: "index.html", bytes: PackageResources.index_html)
    public static let style = PageFile(name: "style.css", bytes: PackageResources.style_css)
    /// Those of the page that looks into a model, in the order in which they are loaded: each uses only those before it.
    public static let scripts = [
        server,
        PageFile(name: "engine.js", bytes: PackageResources.engine_js), PageFile(name: "pictures.js", bytes: PackageResources.pictures_js),
        PageFile(name: "colours.js", bytes: PackageResources.colours_js), PageFile(name: "pen.js", bytes: PackageResources.pen_js),
        PageFile(name: "filters.js", bytes: PackageResources.filters_js), PageFile(name: "layers.js", bytes: PackageResources.layers_js),
        PageFile(name: "sums.js", bytes: PackageResources.sums_js), PageFile(name: "changes.js", bytes: PackageResources.changes_js),
        PageFile(name: "why.js", bytes: PackageResources.why_js), PageFile(name: "gallery.js", bytes: PackageResources.gallery_js),
        PageFile(name: "exciting.js", bytes: PackageResources.exciting_js), PageFile(name: "epochs.js", bytes: PackageResources.epochs_js),
        PageFile(name: "app.js", bytes: PackageResources.app_js),
    ]
    /// How a page talks to its server.
    private static let server = PageFile(name: "server.js", bytes: PackageResources.server_js)

    /// All of the page that looks into a model; the page itself is the first.
    public static let lookInside = [index, style] + scripts

    /// All of the page that shows a training; the page itself is the first.
    public static let training = [
        PageFile(name: "training.html", bytes: PackageResources.training_html), style,
        PageFile(name: "training.css", bytes: PackageResources.training_css), server,
        PageFile(name: "lines.js", bytes: PackageResources.lines_js), PageFile(name: "training.js", bytes: PackageResources.training_js),
    ]
}
