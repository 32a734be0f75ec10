/// A colour of 8 bits a channel. Written as text: six hexadecimal digits (`ff8000`), `white` or `black`.
public struct Colour: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

    public static let white = Colour(red: 255, green: 255, blue: 255)
    public static let black = Colour(red: 0, green: 0, blue: 0)

    /// Whether all channels are equal.
    public var isGrey: Bool { red == green && green == blue }

    /// 0 red, 1 green, 2 blue.
    public subscript(channel: Int) -> UInt8 { channel == 0 ? red : channel == 1 ? green : blue }
}

extension Colour: CustomStringConvertible, Codable {
    /// Nil for text that is no colour.
    public init?(parsing text: String) {
        switch text {
        case "white": self = .white
        case "black": self = .black
        default:
            let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
            // A number may have a sign; a colour has none.
            guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let number = UInt32(digits, radix: 16) else { return nil }
            self.init(
                red: UInt8(truncatingIfNeeded: number >> 16), green: UInt8(truncatingIfNeeded: number >> 8), blue: UInt8(truncatingIfNeeded: number))
        }
    }

    public var description: String {
        if self == .white { return "white" }
        if self == .black { return "black" }
        return [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer(), text = try value.decode(String.self)
        guard let colour = Colour(parsing: text) else {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "\"\(text)\" is no colour such as white or ff8000")
        }
        self = colour
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}
