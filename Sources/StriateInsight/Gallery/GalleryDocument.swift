import Foundation
package import StriateData
package import StriateFormats

/// Pictures of a gallery as the page takes them.
package enum GalleryDocument {
    /// - Parameter picture: As the network sees it; its bytes are in base 64.
    package static func json(_ entry: Gallery.Entry, _ picture: Picture, classes: [String]) -> JSON {
        [
            "number": .integer(entry.number), "class": .string(classes[entry.label]), "answer": .string(classes[entry.answer]),
            "probability": .number(entry.probability), "pixels": pixels(of: picture),
        ]
    }

    package static func pixels(of picture: Picture) -> JSON { .string(Data(picture.pixels).base64EncodedString()) }
}
