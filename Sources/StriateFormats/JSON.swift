/// A JSON document whose members keep their order.
package enum JSON:
    ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case null
    case array([JSON])
    case object([(String, JSON)])

    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }

    /// On one line.
    package var text: String {
        var text = ""
        append(to: &text)
        return text
    }

    private func append(to text: inout String) {
        switch self {
        case .string(let value): JSON.append(quoted: value, to: &text)
        case .integer(let value): text += String(value)
        // JSON has no numbers for infinity and what is not a number.
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .null: text += "null"
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.append(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, (key, value)) in members.enumerated() {
                if index > 0 { text += "," }
                JSON.append(quoted: key, to: &text)
                text += ":"
                value.append(to: &text)
            }
            text += "}"
        }
    }

    private static func append(quoted value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case ..<" ": text += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSON {
    package init(_ value: Double?) { self = value.map(JSON.number) ?? .null }
    package init(_ value: String?) { self = value.map(JSON.string) ?? .null }
    package init(_ values: [Int]) { self = .array(values.map(JSON.integer)) }
    package init(_ values: [String]) { self = .array(values.map(JSON.string)) }
}

/// The double that reads as the float does: 0.1, not 0.10000000149.
package func shortest(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }
