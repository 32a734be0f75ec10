/// Reads JSON piece by piece, as a caller that knows what must come asks for it.
///
/// Nothing recurses and nothing is built that was not asked for, so that hostile input costs no more than its own length.
struct JSONScanner {
    struct Failure: Error {
        let reason: String
    }

    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return position == bytes.count
        }
    }

    /// Walks an object: `member` is called after each key and must read the value.
    mutating func object(
        _ member: (_ key: String, _ scanner: inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try expect("{")
        if skip("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(key, &self)
        } while skip(",")
        try expect("}")
    }

    /// An array of numbers that are whole and not negative, of at most `limit`.
    mutating func wholeNumbers(limit: Int) throws(Failure) -> [Int] {
        try expect("[")
        if skip("]") { return [] }
        var numbers = [Int]()
        repeat {
            guard numbers.count < limit else { throw failure("more than \(limit) numbers in a list") }
            numbers.append(try wholeNumber())
        } while skip(",")
        try expect("]")
        return numbers
    }

    mutating func wholeNumber() throws(Failure) -> Int {
        skipSpace()
        let start = position
        var number = 0
        while position < bytes.count, case let digit = Int(bytes[position]) - 48, (0...9).contains(digit) {
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw failure("a number past 2⁶³") }
            number = sum
            position += 1
        }
        let length = position - start
        guard length > 0 else { throw failure("a whole number is missing") }
        guard length == 1 || bytes[start] != 48 else { throw failure("a number begins with 0") }
        return number
    }

    mutating func string() throws(Failure) -> String {
        try expect("\"")
        var text = [UInt8]()
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw failure("text that is not UTF-8") }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw failure("a control character in a text")
            default: text.append(byte)
            }
        }
        throw failure("a text without an end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        guard position < bytes.count else { throw failure("a text without an end") }
        let byte = bytes[position]
        position += 1
        switch UnicodeScalar(byte) {
        case "\"", "\\", "/": text.append(byte)
        case "b": text.append(0x08)
        case "f": text.append(0x0C)
        case "n": text.append(0x0A)
        case "r": text.append(0x0D)
        case "t": text.append(0x09)
        case "u":
            var code = UInt32(try hexadecimal())
            if (0xD800..<0xDC00).contains(code) {
                guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u") else {
                    throw failure("half of a surrogate pair")
                }
                position += 2
                let low = UInt32(try hexadecimal())
                guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = UnicodeScalar(code) else { throw failure("half of a surrogate pair") }
            text += Array(String(Character(scalar)).utf8)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(Failure) -> UInt16 {
        var code: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue else {
                throw failure("an unknown escape")
            }
            code = code << 4 | UInt16(digit)
            position += 1
        }
        return code
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func skip(_ scalar: UnicodeScalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ scalar: UnicodeScalar) throws(Failure) {
        guard skip(scalar) else { throw failure("\(scalar) is missing") }
    }

    private func failure(_ reason: String) -> Failure { Failure(reason: "\(reason) (byte \(position))") }
}

extension String {
    /// As a JSON text, quotes included; everything beyond ASCII stands as it is.
    var asJSON: String {
        var json = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\n": json += "\\n"
            case "\r": json += "\\r"
            case "\t": json += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}
