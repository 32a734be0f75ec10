public import StriateGraph

/// A safetensors file: named tensors and a few texts. The format of Hugging Face, described at
/// <https://huggingface.co/docs/safetensors>: the length of a JSON header in 8 bytes, the header, the elements.
public struct Safetensors: Sendable, Hashable {
    /// The tensors, in the order of their bytes in the file.
    public var weights: Weights
    /// The texts of `__metadata__`.
    public var metadata: [String: String]

    public init(_ weights: Weights = Weights(), metadata: [String: String] = [:]) {
        self.weights = weights
        self.metadata = metadata
    }

    /// Reads a file's bytes. Elements of every type become `Float`, rounded to the nearest where need be.
    ///
    /// - Parameter name: What errors call it.
    /// - Throws: ``FormatError`` for anything that does not follow the format; nothing that a file claims is believed unchecked.
    public init(bytes: [UInt8], name: String) throws(FormatError) {
        try self.init(MemoryBytes(name: name, bytes: bytes))
    }

    /// Reads a file, without holding it in memory beside its tensors.
    ///
    /// - Throws: ``FormatError`` where it cannot be read or does not follow the format.
    public init(contentsOf path: String) throws(FormatError) {
        try self.init(FileBytes(path))
    }

    /// Reads only the texts, however large the file.
    public static func metadata(of path: String) throws(FormatError) -> [String: String] {
        try SafetensorsHeader(FileBytes(path)).metadata
    }

    init(_ source: some ByteSource) throws(FormatError) {
        let header = try SafetensorsHeader(source)
        weights = Weights()
        metadata = header.metadata
        for entry in header.entries {
            let values = try source.floats(entry.type, count: entry.shape.count, at: entry.range.lowerBound)
            weights[entry.name] = Tensor(entry.shape, values)
        }
    }

    /// The file's bytes: 32-bit floats, in the order of ``weights``. Equal contents give equal bytes.
    ///
    /// - Precondition: no tensor is called `__metadata__`, the one name that the format keeps for itself.
    public var encoded: [UInt8] {
        let header = encodedHeader
        var bytes = [UInt8]()
        bytes.reserveCapacity(8 + header.count + 4 * weights.elementCount)
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: header.count >> (8 * shift))) }
        bytes += header
        for (_, tensor) in weights {
            #if _endian(little)
            tensor.values.withUnsafeBytes { bytes.append(contentsOf: $0) }
            #else
            for value in tensor.values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
            #endif
        }
        return bytes
    }

    /// Writes the file whole or not at all.
    ///
    /// - Throws: ``FormatError`` with the reason; a file that was there before is untouched then.
    public func write(to path: String) throws(FormatError) {
        guard weights["__metadata__"] == nil else {
            throw FormatError(file: path, tensor: "__metadata__", "the format keeps this name for itself")
        }
        try AtomicFile.write(encoded, to: path)
    }

    private var encodedHeader: [UInt8] {
        var members = [String]()
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\($0.key.asJSON):\($0.value.asJSON)" }
            members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var offset = 0
        for (name, tensor) in weights {
            let end = offset + 4 * tensor.values.count
            let shape = tensor.shape.extents.map(String.init).joined(separator: ",")
            members.append("\(name.asJSON):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        // Elements begin at a multiple of 8, so that readers can map them.
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        return header
    }
}
