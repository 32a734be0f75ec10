import Foundation
#if canImport(FoundationXML)
import FoundationXML
#endif

/// The elements of an SVG file with their attributes and text; nil where it is not well-formed XML.
final class Elements: NSObject, XMLParserDelegate {
    struct Element {
        let name: String
        let attributes: [String: String]
        var text = ""
    }

    private(set) var all: [Element] = []
    /// The element that text belongs to; none between elements.
    private var open: Int?

    init?(_ svg: String) {
        super.init()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = self
        guard parser.parse() else { return nil }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        open = all.count
        all.append(Element(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) { open = nil }

    func parser(_ parser: XMLParser, foundCharacters text: String) { if let open { all[open].text += text } }

    func texts(_ style: String? = nil) -> [String] {
        all.filter { $0.name == "text" && (style == nil || $0.attributes["class"] == style) }.map(\.text)
    }
}
