import StriateGraph

/// The binary files of CIFAR-10: records of a label and a 32×32 picture, red, green, blue.
public enum CIFAR {
    static let recordSize = 1 + 3 * 32 * 32
    public static let classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

    static let trainFiles = (1...5).map { "data_batch_\($0).bin" }
    static let testFile = "test_batch.bin"
    static let metaFile = "batches.meta.txt"

    /// The records of several files as one set.
    ///
    /// - Throws: ``DataError`` for a file that is empty or no whole number of records, and for labels without a class.
    public static func decode(_ files: [(name: String, bytes: [UInt8])], classes: [String] = CIFAR.classes) throws(DataError) -> ImageSet {
        let size = recordSize
        var labels = [Int32]()
        for file in files {
            guard !file.bytes.isEmpty else { throw DataError(file.name, "holds no images") }
            guard file.bytes.count % size == 0 else {
                throw DataError(file.name, "has \(file.bytes.count) bytes, no whole number of \(size)-byte CIFAR records; it is cut off or damaged")
            }
            for record in 0..<file.bytes.count / size {
                let label = file.bytes[record * size]
                guard Int(label) < classes.count else {
                    throw DataError(file.name, "image \(record) has label \(label), but there are only \(classes.count) classes")
                }
                labels.append(Int32(label))
            }
        }
        guard !labels.isEmpty else { throw DataError("CIFAR", "no files to read") }
        let area = size - 1
        let pixels = [UInt8](unsafeUninitializedCapacity: labels.count * area) { pixels, count in
            for file in files {
                file.bytes.withUnsafeBufferPointer { bytes in
                    for record in 0..<bytes.count / size {
                        (pixels.baseAddress! + count).update(from: bytes.baseAddress! + record * size + 1, count: area)
                        count += area
                    }
                }
            }
        }
        return ImageSet(shape: [3, 32, 32], pixels: pixels, labels: labels, classes: classes)
    }

    static func files(of split: DataSet.Split) -> [String] { split == .train ? trainFiles : [testFile] }

    /// Whether there is one of its files among these.
    static func isAmong(_ names: [String]) -> Bool { !Set(names).isDisjoint(with: trainFiles + [testFile]) }

    /// A part from the files of an archive.
    ///
    /// - Parameter classes: Their names where the archive does not tell.
    static func decode(
        _ files: [(path: String, bytes: [UInt8])], of split: DataSet.Split, archive: String, classes: [String]?
    ) throws(DataError) -> ImageSet {
        var parts = [(name: String, bytes: [UInt8])]()
        for name in CIFAR.files(of: split) {
            guard let file = files.first(where: { fileName($0.path) == name }) else { throw DataError(archive, "holds no \(name)") }
            parts.append((archive + "/" + name, file.bytes))
        }
        let meta = files.first { fileName($0.path) == metaFile }
        let names = try meta.map { (meta) throws(DataError) in try self.classes(in: meta.bytes, file: archive + "/" + metaFile) }
        return try decode(parts, classes: names ?? classes ?? CIFAR.classes)
    }

    /// The class names in `batches.meta.txt`, one a line.
    static func classes(in bytes: [UInt8], file: String) throws(DataError) -> [String] {
        guard bytes.count < 1 << 16, let text = String(validating: bytes, as: UTF8.self) else {
            throw DataError(file, "is not a list of class names, one a line")
        }
        let names = text.split(whereSeparator: \.isNewline).map { $0.trimmed }.filter { !$0.isEmpty }
        guard (1...256).contains(names.count) else { throw DataError(file, "names \(names.count) classes; 1 to 256 are possible") }
        return names
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
