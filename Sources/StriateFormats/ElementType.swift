/// How a file stores the elements of a tensor; the names are safetensors' own. All become `Float` when read.
package enum ElementType: String, CaseIterable {
    case f32 = "F32", f16 = "F16", bf16 = "BF16", f64 = "F64"
    case i64 = "I64", i32 = "I32", i16 = "I16", i8 = "I8"
    case u64 = "U64", u32 = "U32", u16 = "U16", u8 = "U8", bool = "BOOL"

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .f64, .i64, .u64: 8
        case .f32, .i32, .u32: 4
        case .f16, .bf16, .i16, .u16: 2
        case .i8, .u8, .bool: 1
        }
    }

    /// Converts as many elements as `floats` has places, rounding to the nearest where a `Float` cannot hold one.
    ///
    /// - Precondition: `bytes` holds that many elements.
    package func convert(
        _ bytes: UnsafeRawBufferPointer, _ order: ByteOrder = .little, into floats: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(bytes.count >= floats.count * size)
        func each<Bits: FixedWidthInteger>(_ type: Bits.Type, _ value: (Bits) -> Float) {
            for index in floats.indices {
                let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                floats[index] = value(order == .little ? Bits(littleEndian: bits) : Bits(bigEndian: bits))
            }
        }
        switch self {
        case .f32: each(UInt32.self) { Float(bitPattern: $0) }
        case .f64: each(UInt64.self) { Float(Double(bitPattern: $0)) }
        case .f16: each(UInt16.self, Float.init(halfBits:))
        case .bf16: each(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .i64: each(Int64.self) { Float($0) }
        case .i32: each(Int32.self) { Float($0) }
        case .i16: each(Int16.self) { Float($0) }
        case .i8: each(Int8.self) { Float($0) }
        case .u64: each(UInt64.self) { Float($0) }
        case .u32: each(UInt32.self) { Float($0) }
        case .u16: each(UInt16.self) { Float($0) }
        case .u8: each(UInt8.self) { Float($0) }
        case .bool: each(UInt8.self) { $0 == 0 ? 0 : 1 }
        }
    }
}

/// Which byte of a number comes first: the least (little) or the most significant.
package enum ByteOrder {
    case little, big

    static var ofThisMachine: ByteOrder { 1.littleEndian == 1 ? .little : .big }
}

extension ByteSource {
    /// Reads elements that follow one another.
    ///
    /// - Precondition: they lie within the source.
    func floats(_ type: ElementType, count: Int, at start: Int, _ order: ByteOrder = .little) throws(FormatError) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        try values.withUnsafeMutableBufferPointer { (floats) throws(FormatError) in
            if type == .f32, order == .ofThisMachine { return try read(from: start, into: UnsafeMutableRawBufferPointer(floats)) }
            // Piecewise, so that no second copy of a large tensor is held.
            let step = 1 << 16
            for first in stride(from: 0, to: count, by: step) {
                let part = UnsafeMutableBufferPointer(rebasing: floats[first..<min(first + step, count)])
                let offset = start + first * type.size
                try bytes(offset..<offset + part.count * type.size).withUnsafeBytes { type.convert($0, order, into: part) }
            }
        }
        return values
    }
}

extension Float {
    /// The value of a half-precision number. (`Float16` does not exist on every platform.)
    package init(halfBits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10 & 0x1F), fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0: self = Float(signOf: Float(bitPattern: sign), magnitudeOf: Float(fraction) * 0x1p-24)
        case 31: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
