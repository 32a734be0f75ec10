import StriateGraph
import Synchronization

/// Images, and the files that had to be left out.
public struct LoadedImages: Sendable {
    public let images: ImageSet
    /// One error for each file.
    public let skipped: [DataError]
}

extension ClassFolders {
    /// Decodes the pictures of a part on all processors, in their order, fitted to a network.
    ///
    /// - Parameters:
    ///   - preprocessing: What the network expects; without it, all pictures must have one size.
    ///   - limit: How many of the first pictures are wanted.
    /// - Throws: ``DataError`` where they do not fit into memory, or none can be read.
    func images(_ split: DataSet.Split, for preprocessing: Preprocessing?, limit: Int?) throws(DataError) -> LoadedImages {
        let samples = Array(samples(of: split).prefix(limit ?? .max))
        guard let shape = preprocessing?.shape ?? commonShape() else { throw noneReadable([]) }
        try checkMemory(count: samples.count, shape: shape)

        let failures = Mutex<[Int: DataError]>([:])
        var pixels = parallelFill(count: samples.count, stride: shape.count) { index, out in
            do throws(DataError) {
                let picture = try samples[index].picture(for: preprocessing, shape: shape)
                picture.pixels.withUnsafeBufferPointer { out.update(from: $0.baseAddress!, count: $0.count) }
            } catch {
                out.update(repeating: 0, count: shape.count)
                failures.withLock { $0[index] = error }
            }
        }
        let failed = failures.withLock { $0 }
        let errors = failed.sorted { $0.key < $1.key }.map(\.value)
        if preprocessing == nil, let error = errors.first(where: { $0.message.hasPrefix(Sample.otherShape) }) { throw error }
        guard samples.isEmpty || failed.count < samples.count else { throw noneReadable(errors) }
        if !failed.isEmpty { pixels.keep(samples.indices.filter { failed[$0] == nil }, stride: shape.count) }
        let labels = samples.indices.filter { failed[$0] == nil }.map { samples[$0].label }
        return LoadedImages(images: ImageSet(shape: shape, pixels: pixels, labels: labels, classes: classes), skipped: errors)
    }

    /// The shape of the first picture that can be read.
    private func commonShape() -> Shape? {
        for split in DataSet.Split.allCases {
            for sample in samples[split] ?? [] {
                if let picture = try? sample.picture() { return picture.shape }
            }
        }
        return nil
    }

    private func checkMemory(count: Int, shape: Shape) throws(DataError) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: shape.count)
        guard overflow || bytes > Memory.budget else { return }
        throw DataError(
            root,
            "its \(count) pictures as \(shape) need \(Memory.text(overflow ? .max : bytes)) of memory, more than the \(Memory.text(Memory.budget)) "
                + "that may be used here; take fewer (--limit) or smaller ones (--input)")
    }

    private func noneReadable(_ errors: [DataError]) -> DataError {
        DataError(root, "none of its pictures can be read" + (errors.first.map { "; the first: \($0)" } ?? ""))
    }
}

extension Sample {
    fileprivate static let otherShape = "is a picture of "

    func picture() throws(DataError) -> Picture { try Picture.decode(file.bytes(), file: file.name) }

    fileprivate func picture(for preprocessing: Preprocessing?, shape: Shape) throws(DataError) -> Picture {
        let picture = try picture()
        guard let preprocessing else {
            guard picture.shape == shape else {
                throw DataError(file.name, "\(Sample.otherShape)\(picture.shape), but others are \(shape); pictures of several sizes need a network to be fitted to")
            }
            return picture
        }
        do { return try picture.prepared(for: preprocessing) } catch { throw DataError(file.name, error.message) }
    }
}

extension [UInt8] {
    /// Keeps some of its pieces, in rising order, without taking memory for a copy.
    fileprivate mutating func keep(_ pieces: [Int], stride: Int) {
        withUnsafeMutableBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            for (place, piece) in pieces.enumerated() where place != piece {
                (base + place * stride).update(from: base + piece * stride, count: stride)
            }
        }
        removeLast(count - pieces.count * stride)
    }
}
