/// A 64-bit FNV-1a hash, the same in every process: tells data from other data. It guards against mistakes, not against intent.
struct Fingerprint: CustomStringConvertible {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    /// Of labels.
    init(_ labels: [Int32]) { for label in labels { add(label) } }

    mutating func add(_ label: Int32) { value = (value ^ UInt64(UInt32(bitPattern: label))) &* 0x100_0000_01B3 }

    mutating func add(_ text: String) {
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // No text is the beginning of another with its end.
        value = (value ^ 0xFF) &* 0x100_0000_01B3
    }

    var description: String { String(value, radix: 16) }
}
