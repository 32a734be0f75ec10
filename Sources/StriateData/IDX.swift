import StriateGraph

/// The IDX format of the MNIST files: a magic number, extents in big-endian order, bytes. Plain or gzip, told apart by content.
public enum IDX {
    /// What an IDX file of unsigned bytes holds.
    public struct Contents: Hashable, Sendable {
        /// Outermost first: images, rows, columns.
        public let extents: [Int]
        public let bytes: [UInt8]
    }

    /// Reads a file of unsigned bytes.
    ///
    /// Memory is taken only for as much as the file can hold, whatever its header claims.
    public static func read(contentsOf path: String) throws(DataError) -> Contents {
        try decode(readFile(path), file: path)
    }

    /// - Parameter file: What to call the bytes in errors.
    public static func decode(_ bytes: [UInt8], file: String) throws(DataError) -> Contents {
        var reader = try ByteReader(bytes, file: file)
        let magic = try reader.read(4)
        guard magic.count == 4, magic[0] == 0, magic[1] == 0 else { throw DataError(file, "is not an IDX file: it does not start with 00 00") }
        guard magic[2] == 0x08 else {
            throw DataError(file, "holds IDX elements of type 0x\(String(magic[2], radix: 16)); only bytes (0x8) are read")
        }
        let rank = Int(magic[3])
        guard (1...4).contains(rank) else { throw DataError(file, "claims \(rank) dimensions; IDX files of 1 to 4 are read") }
        let header = try reader.read(4 * rank)
        guard header.count == 4 * rank else { throw DataError(file, "ends inside its IDX header") }
        let extents = (0..<rank).map { axis in header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }

        let claim = extents.map(String.init).joined(separator: "×")
        var count = 1
        for extent in extents {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw DataError(file, "claims \(claim) bytes, more than any file holds") }
            count = product
        }
        guard reader.canHold(count) else { throw DataError(file, "claims \(claim) bytes, but is far too short for them; it is cut off or damaged") }
        let content = try reader.read(count)
        guard content.count == count else { throw DataError(file, "claims \(claim) bytes, but ends after \(content.count); it is cut off or damaged") }
        guard try reader.read(1).isEmpty else { throw DataError(file, "has more bytes than the \(claim) that its header claims") }
        return Contents(extents: extents, bytes: content)
    }

    /// Images and their labels from a pair of IDX files.
    ///
    /// - Parameter classes: The names of the classes, or nil to take 0 up to the greatest label.
    public static func imageSet(images: String, labels: String, classes: [String]?) throws(DataError) -> ImageSet {
        let pictures = try read(contentsOf: images)
        guard pictures.extents.count == 3 else {
            throw DataError(images, "has \(pictures.extents.count) dimensions; images have 3 (how many, rows, columns)")
        }
        let count = pictures.extents[0]
        guard count > 0 else { throw DataError(images, "holds no images") }
        guard pictures.extents[1] > 0, pictures.extents[2] > 0 else {
            throw DataError(images, "holds empty images of \(pictures.extents[1])×\(pictures.extents[2])")
        }
        let values = try read(contentsOf: labels)
        guard values.extents.count == 1 else { throw DataError(labels, "has \(values.extents.count) dimensions; labels have 1") }
        guard values.bytes.count == count else {
            throw DataError(labels, "holds \(values.bytes.count) labels for the \(count) images in \(fileName(images))")
        }
        let classes = classes ?? (0...Int(values.bytes.max() ?? 0)).map(String.init)
        if let index = values.bytes.firstIndex(where: { Int($0) >= classes.count }) {
            throw DataError(labels, "label \(index) is \(values.bytes[index]), but there are only \(classes.count) classes")
        }
        return ImageSet(
            shape: [1, pictures.extents[1], pictures.extents[2]], pixels: pictures.bytes, labels: values.bytes.map(Int32.init), classes: classes)
    }
}
