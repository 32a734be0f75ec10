import Foundation
import StriateFormats
import StriateGraph

/// What Striate writes into an ONNX file beside the graph, so that the file alone is a whole model.
struct ONNXDescription {
    var network: String
    var classes: [String]
    var preprocessing: Preprocessing
    /// Whether the graph normalises pictures itself: it then takes bytes as floats (0…255).
    var takesPixels: Bool

    private static let input = "striate.input"
    private static let pixels = "pixels"
    private static let numbers = "normalized"

    init(network: String, classes: [String], preprocessing: Preprocessing, takesPixels: Bool) {
        (self.network, self.classes, self.preprocessing, self.takesPixels) = (network, classes, preprocessing, takesPixels)
    }

    /// Nil for a file that Striate did not write.
    init?(texts: [String: String], file: String) throws(FormatError) {
        guard let input = texts[Self.input] else { return nil }
        let metadata = try ModelMetadata(texts: texts, file: file)
        guard input == Self.pixels || input == Self.numbers else { throw FormatError(file: file, "\(Self.input) in the metadata is damaged") }
        self.init(
            network: metadata.network, classes: metadata.classes, preprocessing: metadata.preprocessing, takesPixels: input == Self.pixels)
    }

    /// In the order of their names, so that equal models give equal files.
    var entries: [ProtoEntry] {
        var texts = ModelMetadata(network: network, classes: classes, preprocessing: preprocessing).texts
        texts["format"] = nil
        texts[Self.input] = takesPixels ? Self.pixels : Self.numbers
        return texts.sorted { $0.key < $1.key }.map { key, value in
            var entry = ProtoEntry()
            entry.key = key
            entry.value = value
            return entry
        }
    }
}
