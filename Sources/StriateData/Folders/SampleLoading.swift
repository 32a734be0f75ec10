import Dispatch
import StriateGraph
import Synchronization

/// Images, and the files that had to be left out.
public struct LoadedImages: Sendable {
    public let images: ImageSet
    /// One error for each file.
    public let skipped: [DataError]
}

/// Pictures that were decoded and fitted, each in its place: those that cannot be read are black there.
struct FittedPictures: PictureSource {
    let images: ImageSet
    let failures: [Int: DataError]
    private let source: any PictureSource

    var classes: [String] { images.classes }
    var labels: [Int32] { images.labels }

    func origin(of index: Int) -> String? { source.origin(of: index) }

    func picture(at index: Int) throws(DataError) -> Picture {
        if let failure = failures[index] { throw failure }
        return images[index]
    }

    /// Decodes all pictures of a source on all processors.
    init(_ source: some PictureSource, shape: Shape, _ fit: @Sendable (Picture, Int) throws(DataError) -> Picture) {
        self.source = source
        let found = Mutex<[Int: DataError]>([:])
        let pixels = parallelFill(count: source.count, stride: shape.count) { index, out in
            do throws(DataError) {
                let picture = try fit(try source.picture(at: index), index)
                picture.pixels.withUnsafeBufferPointer { out.update(from: $0.baseAddress!, count: $0.count) }
            } catch {
                out.update(repeating: 0, count: shape.count)
                found.withLock { $0[index] = error }
            }
        }
        failures = found.withLock { $0 }
        images = ImageSet(shape: shape, pixels: pixels, labels: source.labels, classes: source.classes)
    }

    /// The errors, in the order of the pictures.
    var errors: [DataError] { failures.sorted { $0.key < $1.key }.map(\.value) }

    /// Without those that cannot be read.
    var readable: ImageSet {
        guard !failures.isEmpty else { return images }
        let kept = images.labels.indices.filter { failures[$0] == nil }
        var pixels = images.pixels
        pixels.keep(kept, stride: images.shape.count)
        return ImageSet(shape: images.shape, pixels: pixels, labels: kept.map { images.labels[$0] }, classes: images.classes)
    }
}

extension LabelledFiles {
    /// Decodes the pictures of a part on all processors, in their order, fitted to a network.
    ///
    /// - Parameters:
    ///   - preprocessing: What the network expects; without it, all pictures must have one size.
    ///   - limit: How many of the first pictures are wanted.
    /// - Throws: ``DataError`` where they do not fit into memory, or none can be read.
    func images(_ split: DataSet.Split, for preprocessing: Preprocessing?, limit: Int?) throws(DataError) -> LoadedImages {
        let samples = Array(samples(of: split).prefix(limit ?? .max))
        guard let shape = preprocessing?.shape ?? commonShape() else { throw noneReadable([]) }
        let fitted = try fitted(samples, for: preprocessing, shape: shape)
        if preprocessing == nil, let error = fitted.errors.first(where: { $0.message.hasPrefix(Sample.otherShape) }) { throw error }
        return LoadedImages(images: fitted.readable, skipped: fitted.errors)
    }

    /// Pictures in memory.
    private func fitted(_ samples: [Sample], for preprocessing: Preprocessing?, shape: Shape) throws(DataError) -> FittedPictures {
        try checkMemory(count: samples.count, shape: shape)
        let source = FileSource(samples, classes: classes, decoding: preprocessing.map { Decoding(for: $0) } ?? .whole)
        let fitted = FittedPictures(source, shape: shape) { (picture, index) throws(DataError) in
            try samples[index].fitted(picture, for: preprocessing, shape: shape)
        }
        guard samples.isEmpty || fitted.failures.count < samples.count else { throw noneReadable(fitted.errors) }
        return fitted
    }

    /// The pictures of a part as a training or an evaluation takes them.
    ///
    /// - Throws: ``DataError`` where they do not fit into a cache that was asked for, or one that is wanted cannot be read.
    func loader(
        _ split: DataSet.Split, for preprocessing: Preprocessing, limit: Int?, augmentation: Augmentation?, seed: UInt64,
        settings: LoadingSettings
    ) throws(DataError) -> PictureLoader {
        let samples = Array(samples(of: split).prefix(limit ?? .max))
        let takesWhole = augmentation?.takesWholePictures ?? false
        let shape = preprocessing.shape
        let bytes = samples.count.multipliedReportingOverflow(by: shape.count)
        let isSmall = !bytes.overflow && bytes.partialValue <= Memory.budget / 2
        let fingerprint = fingerprint(of: samples)
        func loader(_ source: some PictureSource) -> PictureLoader {
            PictureLoader(source, for: preprocessing, augmentation: augmentation, seed: seed, fingerprint: fingerprint, settings: settings)
        }
        let source = FileSource(samples, classes: classes, decoding: Decoding(for: preprocessing, areCropped: takesWhole))
        switch settings.cache ?? (takesWhole || isSmall ? .ram : .none) {
        case .none: return loader(source)
        case .disk:
            let folder = try cacheFolder(settings)
            let key = "\(fingerprint) of \(fileTimes(samples)), decoded as \(source.decoding), \(preprocessing.shape), \(preprocessing.fit.rawValue)"
            var name = Fingerprint()
            for text in [root, split.rawValue, "\(source.decoding)", "\(shape)", "\(takesWhole)", preprocessing.fit.rawValue] { name.add(text) }
            guard !takesWhole else { return loader(try DiskCache(source, name: "\(name).pictures", key: key, folder: folder)) }
            let fitted = FittingSource(source: source, preprocessing: preprocessing)
            return loader(try DiskCache(fitted, name: "\(name)-fitted.pictures", key: key, folder: folder))
        case .ram where takesWhole: return loader(RememberingSource(source, budget: Memory.budget / 2))
        case .ram:
            let fitted = try fitted(samples, for: preprocessing, shape: shape)
            guard augmentation != nil else { return try PictureLoader(fitted, fingerprint: fingerprint, settings: settings) }
            return loader(fitted)
        }
    }

    private func cacheFolder(_ settings: LoadingSettings) throws(DataError) -> String {
        if let folder = settings.cacheFolder { return folder }
        guard let folder = DataDirectory.cache() else {
            throw DataError("--cache disk", "no cache folder is known; set XDG_CACHE_HOME, or choose --cache ram or none")
        }
        return folder + "/decoded"
    }

    /// When the files were written: pictures that were changed keep their names and sometimes their sizes.
    private func fileTimes(_ samples: [Sample]) -> Fingerprint {
        var hash = Fingerprint()
        for sample in samples { hash.add("\(sample.file.modified)") }
        return hash
    }

    /// The pictures of a part, decoded when they are asked for.
    func source(_ split: DataSet.Split, decoding: Decoding) -> some PictureSource {
        FileSource(samples(of: split), classes: classes, decoding: decoding)
    }

    /// Decodes every picture of a part, and keeps none.
    func check(_ split: DataSet.Split) -> [DataError] {
        let samples = samples(of: split), found = Mutex<[Int: DataError]>([:])
        let source = FileSource(samples, classes: classes, decoding: .whole)
        DispatchQueue.concurrentPerform(iterations: samples.count) { index in
            do throws(DataError) { _ = try source.picture(at: index) } catch { found.withLock { $0[index] = error } }
        }
        return found.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// `1200 pictures, names, labels and sizes 1f0c…`.
    private func fingerprint(of samples: [Sample]) -> String {
        var hash = Fingerprint()
        for sample in samples {
            hash.add(sample.file.path.joined(separator: "/"))
            hash.add(sample.label)
            hash.add(Int32(truncatingIfNeeded: sample.file.size))
        }
        return "\(samples.count) pictures, names, labels and sizes \(hash)"
    }

    /// The shape of the first picture that can be read.
    private func commonShape() -> Shape? {
        for split in DataSet.Split.allCases {
            for sample in samples[split] ?? [] {
                if let picture = try? Picture.decode(sample.file.bytes(limit: Picture.mostBytes), file: sample.file.name) { return picture.shape }
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

    /// A picture of this sample as the others are, or as a network takes it.
    fileprivate func fitted(_ picture: Picture, for preprocessing: Preprocessing?, shape: Shape) throws(DataError) -> Picture {
        guard let preprocessing else {
            guard picture.shape == shape else {
                throw DataError(file.name, "\(Sample.otherShape)\(picture.shape), but others are \(shape); pictures of several sizes need a network to be fitted to")
            }
            return picture
        }
        do { return try picture.prepared(for: preprocessing) } catch { throw DataError(file.name, error.message) }
    }
}
