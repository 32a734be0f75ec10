/// Tables as text: fields between separators, in quotation marks where they hold one (RFC 4180).
enum CSV {
    struct Row {
        /// From 1.
        let line: Int
        let fields: [String]
    }

    /// The rows that are not empty.
    ///
    /// - Throws: ``DataError`` for text that is not UTF-8, and for a quotation mark without its end.
    static func rows(_ bytes: [UInt8], separator: UInt8, file: String) throws(DataError) -> [Row] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let bytes = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
        guard String(validating: bytes, as: UTF8.self) != nil else { throw DataError(file, "is not text in UTF-8") }
        let quote = UInt8(ascii: "\"")
        var rows = [Row](), fields = [String](), field = [UInt8]()
        var line = 1, first = 1, isQuoted = false, wasQuoted = false
        func text() -> String {
            let text = String(decoding: field, as: UTF8.self)
            return wasQuoted ? text : text.withoutSpaces
        }
        func endRow() {
            fields.append(text())
            if fields != [""] { rows.append(Row(line: first, fields: fields)) }
            (fields, field, wasQuoted) = ([], [], false)
        }
        var place = bytes.startIndex
        while place < bytes.endIndex {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            if isQuoted {
                if byte != quote {
                    field.append(byte)
                } else if place < bytes.endIndex, bytes[place] == quote {
                    field.append(quote)
                    place += 1
                } else {
                    isQuoted = false
                }
            } else if byte == quote, field.allSatisfy({ $0 == UInt8(ascii: " ") }) {
                (isQuoted, wasQuoted, field) = (true, true, [])
            } else if byte == separator {
                fields.append(text())
                (field, wasQuoted) = ([], false)
            } else if byte == UInt8(ascii: "\n") {
                endRow()
                first = line
            } else if byte != UInt8(ascii: "\r") {
                field.append(byte)
            }
        }
        guard !isQuoted else { throw DataError(file, "line \(first) opens a quotation mark that is never closed") }
        endRow()
        return rows
    }

    /// A row with its end, fields in quotation marks where they need them.
    static func line(_ fields: [String]) -> String {
        fields.map { field in
            let needsQuotes = field.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) } || field != field.withoutSpaces
            return needsQuotes ? "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : field
        }.joined(separator: ",") + "\n"
    }
}

extension String {
    /// Without spaces and tabs at its ends.
    var withoutSpaces: String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
        var rest = utf8[...]
        while let byte = rest.first, isSpace(byte) { rest.removeFirst() }
        while let byte = rest.last, isSpace(byte) { rest.removeLast() }
        return String(Substring(rest))
    }
}
