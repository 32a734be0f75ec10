/// A header field's value with parameters, such as `multipart/form-data; boundary="x"`.
struct HeaderValue {
    /// In lower case.
    let value: String
    /// By their names in lower case.
    private(set) var parameters: [String: String] = [:]

    init(_ text: String) {
        var rest = Substring(text)
        value = HeaderValue.trimmed(HeaderValue.take(until: ";", from: &rest)).lowercased()
        while !rest.isEmpty {
            let name = HeaderValue.trimmed(HeaderValue.take(until: "=", from: &rest)).lowercased()
            rest = rest.drop { $0 == " " || $0 == "\t" }
            let value: String
            if rest.first == "\"" {
                value = HeaderValue.takeQuoted(from: &rest)
                _ = HeaderValue.take(until: ";", from: &rest)
            } else {
                value = HeaderValue.trimmed(HeaderValue.take(until: ";", from: &rest))
            }
            if !name.isEmpty { parameters[name] = value }
        }
    }

    /// What stands before `end`; takes that away with it.
    private static func take(until end: Character, from rest: inout Substring) -> Substring {
        let taken = rest.prefix { $0 != end }
        rest = rest[taken.endIndex...].dropFirst()
        return taken
    }

    private static func takeQuoted(from rest: inout Substring) -> String {
        var text = "", isEscaped = false
        rest.removeFirst()
        while let character = rest.popFirst() {
            if isEscaped || (character != "\"" && character != "\\") {
                text.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                break
            }
        }
        return text
    }

    private static func trimmed(_ text: Substring) -> String {
        func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }
}
