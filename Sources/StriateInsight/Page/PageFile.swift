/// The files of the look-inside page, as they lie in the program itself.
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

    /// The page, with links to the others.
    public static let index = PageFile(name: "index.html", bytes: PackageResources.index_html)
    public static let style = PageFile(name: "style.css", bytes: PackageResources.style_css)
    /// In the order in which they are loaded: each uses only those before it.
    public static let scripts = [
        PageFile(name: "engine.js", bytes: PackageResources.engine_js), PageFile(name: "pictures.js", bytes: PackageResources.pictures_js),
        PageFile(name: "colours.js", bytes: PackageResources.colours_js), PageFile(name: "pen.js", bytes: PackageResources.pen_js),
        PageFile(name: "filters.js", bytes: PackageResources.filters_js), PageFile(name: "layers.js", bytes: PackageResources.layers_js),
        PageFile(name: "sums.js", bytes: PackageResources.sums_js), PageFile(name: "changes.js", bytes: PackageResources.changes_js),
        PageFile(name: "why.js", bytes: PackageResources.why_js), PageFile(name: "gallery.js", bytes: PackageResources.gallery_js),
        PageFile(name: "exciting.js", bytes: PackageResources.exciting_js), PageFile(name: "epochs.js", bytes: PackageResources.epochs_js),
        PageFile(name: "app.js", bytes: PackageResources.app_js),
    ]

    public static let all = [index, style] + scripts
}
