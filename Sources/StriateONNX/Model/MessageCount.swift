/// Counts the messages in an encoded model without decoding it. An empty message takes two bytes of a file and a hundred times as many
/// once it is decoded, so a small file could fill the memory.
struct MessageCount {
    /// How many messages there are; counting ends soon after `limit`. Of damaged bytes it is the number up to the damage, which
    /// decoding then finds.
    private(set) var messages = 0
    private let limit: Int

    init(_ bytes: [UInt8], limit: Int) {
        self.limit = limit
        bytes.withUnsafeBufferPointer { count(Slice(base: $0, bounds: $0.indices), as: .model) }
    }

    /// What a message is, as far as it holds others.
    private enum Kind { case model, graph, node, attribute, tensor, namedType, type, tensorType, shape, leaf }

    /// What the field of this number holds, if messages; the numbers are those of `onnx.proto`.
    private func child(of kind: Kind, field: UInt64) -> Kind? {
        switch (kind, field) {
        case (.model, 7): .graph
        case (.graph, 1): .node
        case (.node, 5): .attribute
        case (.graph, 5), (.attribute, 5): .tensor
        case (.graph, 11), (.graph, 12): .namedType
        case (.namedType, 2): .type
        case (.type, 1): .tensorType
        case (.tensorType, 2): .shape
        case (.model, 8), (.model, 14), (.graph, 15), (.tensor, 13), (.shape, 1): .leaf
        default: nil
        }
    }

    private mutating func count(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, as kind: Kind) {
        messages += 1
        var rest = bytes
        while messages <= limit, let tag = MessageCount.number(&rest) {
            switch tag & 7 {
            case 0: if MessageCount.number(&rest) == nil { return }
            case 1: rest = rest.dropFirst(8)
            case 5: rest = rest.dropFirst(4)
            case 2:
                guard let length = MessageCount.number(&rest), length <= UInt64(rest.count) else { return }
                if let child = child(of: kind, field: tag >> 3) { count(rest.prefix(Int(length)), as: child) }
                rest = rest.dropFirst(Int(length))
            default: return
            }
        }
    }

    /// A number in groups of seven bits, the last of which comes first.
    private static func number(_ bytes: inout Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }
}
