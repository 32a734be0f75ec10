public import StriateGraph

/// The weights of a PyTorch checkpoint (`.pth`, `.pt`, `.bin`), as `torch.save(model.state_dict(), file)` writes it.
///
/// Read are the zip files of PyTorch 1.6 and later and the plain files before. The state dictionary may be the whole
/// checkpoint or stand in it under a usual name (`state_dict`, `model`, …); whatever else there is, is left aside. The pickle inside
/// is read by ``PickleMachine``: data only, and nothing is ever executed.
public struct PyTorchFile: Sendable, Hashable {
    /// The tensors in the order of the state dictionary. Elements of every type become `Float`.
    public let weights: Weights

    /// Reads a file's bytes.
    ///
    /// - Parameter name: What errors call it.
    /// - Throws: ``FormatError`` for anything that is not a checkpoint of tensors; nothing that a file claims is believed unchecked.
    public init(bytes: [UInt8], name: String) throws(FormatError) {
        try self.init(MemoryBytes(name: name, bytes: bytes))
    }

    /// Reads a file, without holding it in memory beside its tensors.
    ///
    /// - Throws: ``FormatError`` where it cannot be read or is not a checkpoint of tensors.
    public init(contentsOf path: String) throws(FormatError) {
        try self.init(FileBytes(path))
    }

    init(_ source: any ByteSource) throws(FormatError) {
        let start = try source.bytes(0..<min(32, source.size))
        weights = start.contains(LegacyTorchFile.magic) ? try LegacyTorchFile.weights(source) : try Self.weights(zip: source)
    }

    private static func weights(zip source: any ByteSource) throws(FormatError) -> Weights {
        let archive = try ZipArchive(source)
        let root = try root(of: archive, file: source.name)
        try archive.refuseCompressed(file: source.name)
        guard let range = archive[root + "data.pkl"] else {
            throw FormatError(file: source.name, "a zip file without data.pkl; not a PyTorch checkpoint")
        }
        let order = try order(archive[root + "byteorder"], in: source)
        var cursor = ByteCursor(source, range, called: "the pickle")
        let pickle = try PickleMachine.run(&cursor)
        let tensors = try TorchCheckpoint(pickle: pickle, file: source.name).tensors()

        var ranges = [String: Range<Int>]()
        let folder = root + "data/"
        for entry in archive.entries where entry.name.hasPrefix(folder) { ranges[String(entry.name.dropFirst(folder.count))] = entry.range }
        return try TorchStorages(source: source, ranges: ranges, order: order).weights(tensors)
    }

    /// The folder that all entries of a checkpoint lie in, with its `/`.
    private static func root(of archive: ZipArchive, file: String) throws(FormatError) -> String {
        guard let first = archive.entries.first?.name, let slash = first.firstIndex(of: "/") else {
            throw FormatError(file: file, "a zip file without data.pkl; not a PyTorch checkpoint")
        }
        let root = String(first[...slash])
        guard archive[root + "constants.pkl"] == nil, !archive.entries.contains(where: { $0.name.hasPrefix(root + "code/") }) else {
            throw FormatError(
                file: file, "a TorchScript program, not a checkpoint; save torch.jit.load(file).state_dict() with torch.save, or export ONNX")
        }
        return root
    }

    private static func order(_ range: Range<Int>?, in source: any ByteSource) throws(FormatError) -> ByteOrder {
        // Files of PyTorch before 2.0 do not say; they come from little-endian machines.
        guard let range else { return .little }
        guard range.count <= 16 else { throw FormatError(file: source.name, "an unknown byte order") }
        switch String(decoding: try source.bytes(range), as: UTF8.self) {
        case "little": return .little
        case "big": return .big
        case let other: throw FormatError(file: source.name, "an unknown byte order \"\(other.abbreviated)\"; known are little and big")
        }
    }
}
