import StriateGraph

/// What the header of a safetensors file says, checked against the file: every tensor lies where it claims, none overlaps
/// another, and nothing is left between or after them.
struct SafetensorsHeader {
    struct Entry {
        let name: String
        let type: ElementType
        let shape: Shape
        /// Bytes in the file.
        let range: Range<Int>
    }

    /// In the order of their bytes.
    let entries: [Entry]
    let metadata: [String: String]

    /// The longest header that the format allows.
    static let limit = 100_000_000
    /// More axes than any tensor of a network has.
    static let mostAxes = 32

    init(_ source: some ByteSource) throws(FormatError) {
        let file = source.name
        guard source.size >= 8 else {
            throw FormatError(file: file, "\(source.size) bytes are too few for a safetensors file")
        }
        let length = try source.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Self.limit) else {
            throw FormatError(file: file, "claims a header of \(length) bytes; not a safetensors file")
        }
        guard length <= UInt64(source.size - 8) else {
            throw FormatError(file: file, "ends within its header of \(length) bytes; the file is truncated")
        }
        let start = 8 + Int(length)
        let bytes = try source.bytes(8..<start)
        guard bytes.first == UInt8(ascii: "{") else {
            throw FormatError(file: file, "the header is not a JSON object; not a safetensors file")
        }

        var parser = Parser(file: file, dataSize: source.size - start)
        do throws(JSONScanner.Failure) {
            try parser.parse(bytes)
        } catch {
            throw FormatError(file: file, "in the header: \(error.reason)")
        }
        if let error = parser.error { throw error }
        entries = try parser.entries(startingAt: start)
        metadata = parser.metadata ?? [:]
    }
}

/// Reads the header's JSON. The first fault of a tensor is kept in `error`, faults of the JSON itself are thrown.
private struct Parser {
    struct Claim {
        let name: String
        let type: ElementType
        let shape: Shape
        let begin: Int
        let end: Int
    }

    let file: String
    let dataSize: Int
    var claims: [Claim] = []
    var names = Set<String>()
    var metadata: [String: String]?
    var error: FormatError?

    init(file: String, dataSize: Int) {
        self.file = file
        self.dataSize = dataSize
    }

    mutating func parse(_ bytes: [UInt8]) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(bytes)
        try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
            if name == "__metadata__" {
                guard metadata == nil else { throw JSONScanner.Failure(reason: "__metadata__ stands twice") }
                metadata = try parseMetadata(&scanner)
            } else {
                guard names.insert(name).inserted else {
                    throw JSONScanner.Failure(reason: "tensor \(name.abbreviated) stands twice")
                }
                try parseTensor(name, &scanner)
            }
        }
        guard scanner.isAtEnd else { throw JSONScanner.Failure(reason: "something follows the object") }
    }

    private func parseMetadata(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [String: String] {
        var metadata = [String: String]()
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
            let value = try scanner.string()
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw JSONScanner.Failure(reason: "metadata \(key.abbreviated) stands twice")
            }
        }
        return metadata
    }

    private mutating func parseTensor(_ name: String, _ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        var dtype: String?, extents: [Int]?, offsets: [Int]?
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
            switch key {
            case "dtype" where dtype == nil: dtype = try scanner.string()
            case "shape" where extents == nil: extents = try scanner.wholeNumbers(limit: SafetensorsHeader.mostAxes)
            case "data_offsets" where offsets == nil: offsets = try scanner.wholeNumbers(limit: 2)
            case "dtype", "shape", "data_offsets":
                throw JSONScanner.Failure(reason: "tensor \(name.abbreviated) has \(key) twice")
            default: throw JSONScanner.Failure(reason: "tensor \(name.abbreviated) has an unknown entry \(key.abbreviated)")
            }
        }
        guard error == nil else { return }
        do throws(FormatError) {
            claims.append(try claim(name, dtype, extents, offsets))
        } catch {
            self.error = error
        }
    }

    private func claim(_ name: String, _ dtype: String?, _ extents: [Int]?, _ offsets: [Int]?) throws(FormatError) -> Claim {
        func refused(_ reason: String) -> FormatError { FormatError(file: file, tensor: name, reason) }
        guard let dtype, let extents, let offsets else { throw refused("needs dtype, shape and data_offsets") }
        guard let type = ElementType(rawValue: dtype) else {
            let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
            throw refused("elements of type \(dtype.abbreviated) cannot be read; known are \(known)")
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw refused("data_offsets must be a beginning and an end")
        }
        guard offsets[1] <= dataSize else {
            throw refused("ends at byte \(offsets[1]) of \(dataSize); the file is truncated or damaged")
        }
        guard let count = Shape.checkedCount(extents) else { throw refused("a shape of \(extents) is too large") }
        let shape = Shape(extents)
        guard count * type.size == offsets[1] - offsets[0] else {
            throw refused("\(shape) of \(dtype) takes \(count * type.size) bytes, but it has \(offsets[1] - offsets[0])")
        }
        return Claim(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }

    /// The tensors in the order of their bytes, which must follow one another without gap or overlap to the file's end.
    func entries(startingAt start: Int) throws(FormatError) -> [SafetensorsHeader.Entry] {
        var position = 0
        var entries = [SafetensorsHeader.Entry]()
        // The name decides between tensors without elements, so that the order is the same for every reader.
        for claim in claims.sorted(by: { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }) {
            guard claim.begin == position else {
                let fault = claim.begin < position ? "overlaps the tensor before it" : "leaves a hole before it"
                throw FormatError(file: file, tensor: claim.name, "\(fault) (byte \(claim.begin), expected \(position))")
            }
            position = claim.end
            entries.append(.init(
                name: claim.name, type: claim.type, shape: claim.shape, range: start + claim.begin..<start + claim.end))
        }
        guard position == dataSize else {
            throw FormatError(file: file, "\(dataSize - position) bytes at the end belong to no tensor")
        }
        return entries
    }
}
