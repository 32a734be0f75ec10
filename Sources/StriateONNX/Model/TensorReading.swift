import Foundation
import StriateFormats
import StriateGraph

/// The element types of ONNX that Striate reads, by their numbers in the standard.
enum ONNXType: Int32 {
    case float = 1, uint8, int8, uint16, int16, int32, int64
    case bool = 9, float16, double, uint32, uint64
    case bfloat16 = 16

    var element: ElementType {
        switch self {
        case .float: .f32
        case .uint8: .u8
        case .int8: .i8
        case .uint16: .u16
        case .int16: .i16
        case .int32: .i32
        case .int64: .i64
        case .bool: .bool
        case .float16: .f16
        case .double: .f64
        case .uint32: .u32
        case .uint64: .u64
        case .bfloat16: .bf16
        }
    }

    var isWhole: Bool {
        switch self {
        case .float, .float16, .bfloat16, .double: false
        default: true
        }
    }

    static let string: Int32 = 8
}

/// Reads the tensors of one model file, those whose elements lie in files beside it too.
struct TensorReader {
    /// The model's file, as errors call it.
    let file: String
    /// Whether a tensor may leave its elements out, as parameters do whose elements are kept elsewhere; they read as 0.
    var allowsMissing = false
    private var externalData: ExternalData

    init(file: String, folder: String?) {
        self.file = file
        externalData = ExternalData(file: file, folder: folder)
    }

    /// - Throws: ``FormatError`` where the claims about the tensor do not agree with its elements.
    mutating func read(_ tensor: ProtoTensor) throws(FormatError) -> KnownTensor {
        func refused(_ reason: String) -> FormatError { FormatError(file: file, tensor: tensor.name, reason) }
        guard let type = ONNXType(rawValue: tensor.elementType) else {
            throw refused("elements of type number \(tensor.elementType) cannot be read")
        }
        let (extents, count) = try checked(tensor.extents, for: tensor.name)
        if tensor.location == 1 {
            let bytes = try externalData.bytes(of: tensor, count: count * type.element.size)
            return KnownTensor(extents, Self.elements(bytes, type, count: count))
        }
        guard tensor.location == 0 else { throw refused("lies in an unknown place (\(tensor.location))") }
        if allowsMissing, tensor.rawElements.isEmpty, tensor.listedCount == 0 { return KnownTensor(extents, .uniform(0)) }
        if !tensor.rawElements.isEmpty || (count > 0 && tensor.listedCount == 0) {
            guard tensor.rawElements.count == count * type.element.size else {
                throw refused("\(Shape(extents)) takes \(count * type.element.size) bytes, but it has \(tensor.rawElements.count)")
            }
            let elements = tensor.rawElements.withUnsafeBytes { Self.elements($0, type, count: count) }
            return KnownTensor(extents, elements)
        }
        guard let elements = tensor.listed(type) else { throw refused("its elements are not of the type that it claims") }
        let held = switch elements {
        case .floats(let values): values.count
        case .sizes(let sizes): sizes.count
        case .uniform: count
        }
        guard held == count else { throw refused("\(Shape(extents)) takes \(count) elements, but it has \(held)") }
        return KnownTensor(extents, elements)
    }

    private func checked(_ claims: [Int64], for name: String) throws(FormatError) -> (extents: [Int], count: Int) {
        let extents = claims.map { Int($0) }
        guard extents.count <= Limits.axes else { throw FormatError(file: file, tensor: name, "has \(extents.count) axes") }
        guard let count = Shape.checkedCount(extents) else {
            throw FormatError(file: file, tensor: name, "a shape of \(extents) is negative or too large")
        }
        return (extents, count)
    }

    private static func elements(_ bytes: some RandomAccessCollection<UInt8>, _ type: ONNXType, count: Int) -> KnownTensor.Elements {
        bytes.withContiguousStorageIfAvailable { elements(UnsafeRawBufferPointer($0), type, count: count) }
            ?? Array(bytes).withUnsafeBytes { elements($0, type, count: count) }
    }

    private static func elements(_ bytes: UnsafeRawBufferPointer, _ type: ONNXType, count: Int) -> KnownTensor.Elements {
        guard type.isWhole else {
            return .floats([Float](unsafeUninitializedCapacity: count) { floats, filled in
                type.element.convert(bytes, into: UnsafeMutableBufferPointer(rebasing: floats[..<count]))
                filled = count
            })
        }
        func sizes<Number: FixedWidthInteger>(_: Number.Type) -> KnownTensor.Elements {
            .sizes((0..<count).map { index in
                let number = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.size, as: Number.self)
                return Size(Int(clamping: Number(littleEndian: number)))
            })
        }
        return switch type {
        case .uint8: sizes(UInt8.self)
        case .bool: .sizes(bytes.prefix(count).map { Size($0 == 0 ? 0 : 1) })
        case .int8: sizes(Int8.self)
        case .uint16: sizes(UInt16.self)
        case .int16: sizes(Int16.self)
        case .uint32: sizes(UInt32.self)
        case .uint64: sizes(UInt64.self)
        case .int32: sizes(Int32.self)
        default: sizes(Int64.self)
        }
    }
}

extension ProtoTensor {
    /// How many elements stand in the lists for single types.
    fileprivate var listedCount: Int {
        floatElements.count + int32Elements.count + int64Elements.count + doubleElements.count + uint64Elements.count
    }

    /// The elements of the list that the standard assigns to the type, or nil where they stand in another.
    fileprivate func listed(_ type: ONNXType) -> KnownTensor.Elements? {
        func only(_ count: Int) -> Bool { count == listedCount }
        switch type {
        case .float: return only(floatElements.count) ? .floats(floatElements) : nil
        case .double: return only(doubleElements.count) ? .floats(doubleElements.map(Float.init)) : nil
        case .float16, .bfloat16:
            guard only(int32Elements.count) else { return nil }
            let bits = int32Elements.map { UInt16(truncatingIfNeeded: $0) }
            return .floats(type == .float16 ? bits.map(Float.init(halfBits:)) : bits.map { Float(bitPattern: UInt32($0) << 16) })
        case .int64: return only(int64Elements.count) ? .sizes(int64Elements.map { Size(Int($0)) }) : nil
        case .uint32, .uint64: return only(uint64Elements.count) ? .sizes(uint64Elements.map { Size(Int(clamping: $0)) }) : nil
        case .bool: return only(int32Elements.count) ? .sizes(int32Elements.map { Size($0 == 0 ? 0 : 1) }) : nil
        case .uint8, .int8, .uint16, .int16, .int32: return only(int32Elements.count) ? .sizes(int32Elements.map { Size(Int($0)) }) : nil
        }
    }
}
