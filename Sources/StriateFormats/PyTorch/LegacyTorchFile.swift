import StriateGraph

/// What PyTorch wrote before its files were zip files (1.6), and writes still if asked to: the pickles of a magic number, a version,
/// the machine's properties, the checkpoint and the storages' keys, and then the storages themselves, each behind its length.
/// Many of torchvision's older checkpoints are of this kind.
enum LegacyTorchFile {
    /// How the magic number stands in its pickle.
    static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    static func weights(_ source: any ByteSource) throws(FormatError) -> Weights {
        var cursor = ByteCursor(source, 0..<source.size, called: "the pickle")
        _ = try PickleMachine.run(&cursor)
        guard case .integer(1001) = try PickleMachine.run(&cursor).value else {
            throw FormatError(file: source.name, "an unknown version of PyTorch's old format; load it in PyTorch and save it again")
        }
        _ = try PickleMachine.run(&cursor)
        let checkpoint = try PickleMachine.run(&cursor)
        let keys = try keys(PickleMachine.run(&cursor), &cursor)
        let tensors = try TorchCheckpoint(pickle: checkpoint, file: source.name).tensors()
        let ranges = try ranges(of: keys, among: checkpoint.objects.storages, &cursor)
        // Numbers are little-endian even where a big-endian machine wrote them.
        return try TorchStorages(source: source, ranges: ranges, order: .little).weights(tensors)
    }

    /// The storages' keys, in the order of their bytes.
    private static func keys(_ pickle: PickleMachine.Result, _ cursor: inout ByteCursor) throws(FormatError) -> [String] {
        guard case .list(let index) = pickle.value else { throw cursor.failure("the list of storages is missing") }
        var keys = [String]()
        for value in pickle.objects.lists[index] {
            guard case .text(let key) = value else { throw cursor.failure("\(value.kind) among the storages' names") }
            keys.append(key)
        }
        return keys
    }

    /// Where the storages lie, which follow one another from the cursor on.
    private static func ranges(
        of keys: [String], among storages: [TorchStorage], _ cursor: inout ByteCursor
    ) throws(FormatError) -> [String: Range<Int>] {
        let types = Dictionary(storages.map { ($0.key, $0.type) }) { first, _ in first }
        var ranges = [String: Range<Int>]()
        for key in keys {
            guard let type = types[key] else { throw cursor.failure("the storage \(key.abbreviated) belongs to no tensor") }
            let count = try cursor.number(Int64.self)
            let (size, overflow) = count.multipliedReportingOverflow(by: Int64(type.size))
            guard !overflow, let size = Int(exactly: size), size >= 0 else {
                throw cursor.failure("the storage \(key.abbreviated) claims \(count) elements")
            }
            let start = cursor.position
            try cursor.skip(size)
            ranges[key] = start..<cursor.position
        }
        return ranges
    }
}
