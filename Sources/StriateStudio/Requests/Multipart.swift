/// The parts of a `multipart/form-data` body (RFC 7578 and 2046).
struct Multipart {
    struct Part {
        /// The form field's name.
        let name: String
        let fileName: String?
        let type: String?
        let content: ArraySlice<UInt8>

        /// Whether this is a file, not the value of a form's field.
        var isFile: Bool { fileName != nil || type != nil }
    }

    private(set) var parts: [Part] = []

    /// The most bytes of a part's header fields.
    private static let mostHeaderBytes = 8 << 10

    /// - Parameter mostParts: More are an error.
    /// - Throws: ``ServiceError`` where the body is no such thing.
    init(_ body: [UInt8], boundary: String, mostParts: Int) throws {
        guard (1...70).contains(boundary.utf8.count) else { throw Multipart.broken("has a boundary that is empty or longer than 70 characters") }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very beginning, without a line before it.
        guard var position = body.starts(with: delimiter.dropFirst(2)) ? delimiter.count - 2 : body.end(of: delimiter, from: 0) else {
            throw Multipart.broken("does not hold its boundary")
        }
        while true {
            if body[position...].starts(with: "--".utf8) { return }
            while position < body.count, body[position] == UInt8(ascii: " ") || body[position] == UInt8(ascii: "\t") { position += 1 }
            guard body[position...].starts(with: "\r\n".utf8) else { throw Multipart.broken("has text behind a boundary") }
            guard let next = body.end(of: delimiter, from: position) else { throw Multipart.broken("ends before its last boundary") }
            guard parts.count < mostParts else { throw ServiceError(.tooLarge, "a request has at most \(mostParts) parts") }
            // From the line end after the delimiter, so that a part without header fields begins with an empty line too.
            parts.append(try Multipart.part(body[position..<next - delimiter.count]))
            position = next
        }
    }

    private static func part(_ bytes: ArraySlice<UInt8>) throws -> Part {
        guard let end = bytes.end(of: Array("\r\n\r\n".utf8), from: bytes.startIndex), end - bytes.startIndex <= mostHeaderBytes else {
            throw broken("has a part without an end of its header fields")
        }
        var fields = [String: String]()
        for line in String(decoding: bytes[..<(end - 4)], as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { throw broken("has a part with a header field that is none") }
            fields[line[..<colon].lowercased()] = String(line[line.index(after: colon)...])
        }
        guard let disposition = fields["content-disposition"].map(HeaderValue.init), disposition.value == "form-data",
            let name = disposition.parameters["name"]
        else { throw broken("has a part that is no form-data with a name") }
        return Part(
            name: name, fileName: disposition.parameters["filename"], type: fields["content-type"].map { HeaderValue($0).value },
            content: bytes[end...])
    }

    private static func broken(_ what: String) -> ServiceError { ServiceError(.badRequest, "the multipart body \(what)") }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// The index behind the first place, from `start` on, where `pattern` stands.
    fileprivate func end(of pattern: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first else { return start }
        var position = start
        while let found = self[position...].firstIndex(of: first) {
            if self[found...].starts(with: pattern) { return found + pattern.count }
            position = found + 1
        }
        return nil
    }
}
