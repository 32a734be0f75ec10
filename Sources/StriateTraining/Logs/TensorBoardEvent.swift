/// An entry of a TensorBoard file: TensorFlow's `Event` message in a TFRecord.
///
/// Written by hand: of three messages (`Event`, `Summary`, `Summary.Value`) six fields are needed, too few to bring a protobuf library
/// into this room.
struct TensorBoardEvent {
    private var message = ProtobufMessage()

    /// What a file begins with.
    static func fileVersion(time: Double) -> TensorBoardEvent {
        var event = TensorBoardEvent()
        event.message.add(1, double: time)
        event.message.add(3, bytes: "brain.Event:2".utf8)
        return event
    }

    /// - Parameter time: In seconds since 1970.
    static func scalars(_ scalars: [(tag: String, value: Float)], step: Int, time: Double) -> TensorBoardEvent {
        var summary = ProtobufMessage()
        for (tag, value) in scalars {
            var entry = ProtobufMessage()
            entry.add(1, bytes: tag.utf8)
            entry.add(2, float: value)
            summary.add(1, bytes: entry.bytes)
        }
        var event = TensorBoardEvent()
        event.message.add(1, double: time)
        event.message.add(2, integer: UInt64(max(0, step)))
        event.message.add(5, bytes: summary.bytes)
        return event
    }

    /// The message in its frame: length, the length's checksum, the message, its checksum, all little endian.
    var record: [UInt8] {
        let length = littleEndian(UInt64(message.bytes.count))
        return length + littleEndian(Self.masked(length)) + message.bytes + littleEndian(Self.masked(message.bytes))
    }

    /// TFRecord's checksum: CRC-32C turned by 15 bits, plus a constant, so that a checksum of data with checksums is not special.
    private static func masked(_ bytes: [UInt8]) -> UInt32 {
        let sum = CRC32C.checksum(of: bytes)
        return ((sum >> 15) | (sum << 17)) &+ 0xA282_EAD8
    }
}

/// A protobuf message in the making: fields in the order in which they are added.
private struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: UInt64, integer value: UInt64) {
        addKey(field, wireType: 0)
        addVarint(value)
    }

    mutating func add(_ field: UInt64, double value: Double) {
        addKey(field, wireType: 1)
        bytes += littleEndian(value.bitPattern)
    }

    mutating func add(_ field: UInt64, bytes value: some Collection<UInt8>) {
        addKey(field, wireType: 2)
        addVarint(UInt64(value.count))
        bytes += value
    }

    mutating func add(_ field: UInt64, float value: Float) {
        addKey(field, wireType: 5)
        bytes += littleEndian(value.bitPattern)
    }

    private mutating func addKey(_ field: UInt64, wireType: UInt64) { addVarint(field << 3 | wireType) }

    private mutating func addVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// The Castagnoli polynomial's cyclic redundancy check (RFC 3720, appendix B.4).
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
    }

    static func checksum(of bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
    }
}
