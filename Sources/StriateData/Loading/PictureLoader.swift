public import StriateGraph
import Synchronization

/// Feeds a network with the pictures of a source: decoded, transformed and fitted on threads beside the caller's work, batch by batch.
///
/// What a batch holds follows from the source, the seed, the epoch and the place in the epoch alone: not from the number of threads, nor
/// from where a run was resumed. Images in memory that need nothing done to them are not even copied.
public final class PictureLoader: Sendable {
    /// `[channels, rows, columns]` of every picture as the network sees it.
    public let shape: Shape
    /// The names of the classes, by label.
    public let classes: [String]
    /// The class of each picture.
    public let labels: [Int32]
    /// Tells these pictures from others without decoding them: how many there are, what they are called, their labels and sizes.
    public let fingerprint: String

    private let content: Content
    private let origins: @Sendable (Int) -> String?
    private let settings: LoadingSettings
    /// The numbers of pictures that cannot be read and were told.
    private let told = Mutex<Set<Int>>([])

    private enum Content: Sendable {
        /// They fit as they are.
        case ready(ImageSet, failures: [Int: DataError])
        case made(PictureMaker)
    }

    private init(
        shape: Shape, classes: [String], labels: [Int32], fingerprint: String, content: Content,
        origins: @escaping @Sendable (Int) -> String?, settings: LoadingSettings
    ) {
        (self.shape, self.classes, self.labels, self.fingerprint) = (shape, classes, labels, fingerprint)
        (self.content, self.origins, self.settings) = (content, origins, settings)
    }

    /// Images in memory, as they are.
    ///
    /// - Parameter origins: Where each comes from; see ``origin(of:)``.
    public convenience init(_ images: ImageSet, origins: @escaping @Sendable (Int) -> String? = { _ in nil }) {
        self.init(
            shape: images.shape, classes: images.classes, labels: images.labels,
            fingerprint: "\(images.count) images of \(images.shape), labels \(Fingerprint(images.labels))", content: .ready(images, failures: [:]),
            origins: origins, settings: LoadingSettings())
    }

    /// Pictures in memory that were decoded before, of which some could not be read.
    ///
    /// - Throws: ``DataError`` for the first of these where none must be left out.
    convenience init(_ pictures: FittedPictures, fingerprint: String, settings: LoadingSettings) throws(DataError) {
        let images = pictures.images
        self.init(
            shape: images.shape, classes: images.classes, labels: images.labels, fingerprint: fingerprint,
            content: .ready(images, failures: pictures.failures), origins: { pictures.origin(of: $0) }, settings: settings)
        for (index, error) in pictures.failures.sorted(by: { $0.key < $1.key }) { try report(index, error) }
    }

    /// - Parameters:
    ///   - preprocessing: What every picture is fitted to.
    ///   - augmentation: What happens to each picture on the way, by chance.
    ///   - seed: What that chance follows from.
    ///   - fingerprint: See ``fingerprint``; nil for one of the labels alone.
    public convenience init(
        _ source: any PictureSource, for preprocessing: Preprocessing, augmentation: Augmentation? = nil, seed: UInt64 = 1,
        fingerprint: String? = nil, settings: LoadingSettings = LoadingSettings()
    ) {
        let labels = source.labels
        self.init(
            shape: preprocessing.shape, classes: source.classes, labels: labels,
            fingerprint: fingerprint ?? "\(labels.count) images of \(preprocessing.shape), labels \(Fingerprint(labels))",
            content: .made(PictureMaker(source: source, preprocessing: preprocessing, augmentation: augmentation, seed: seed)),
            origins: { source.origin(of: $0) }, settings: settings)
    }

    /// The number of pictures.
    public var count: Int { labels.count }

    /// Where a picture comes from: its path, `archive.tar/member`, or `t10k-images-idx3-ubyte:123` in a file of many; nil where that is not
    /// known.
    public func origin(of number: Int) -> String? { origins(number) }

    /// The same pictures with the labels that their classes have in another list, or nil where one of them is not in it.
    public func relabelled(for classes: [String]) -> PictureLoader? {
        if classes == self.classes { return self }
        var places = [Int32]()
        for name in self.classes {
            guard let place = classes.firstIndex(of: name) else { return nil }
            places.append(Int32(place))
        }
        return renamed(classes, labels: labels.map { places[Int($0)] })
    }

    /// The same pictures, their classes called otherwise.
    ///
    /// - Precondition: every label has a class.
    public func renamed(_ classes: [String], labels: [Int32]? = nil) -> PictureLoader {
        let labels = labels ?? self.labels
        var content = content
        if case .ready(let images, let failures) = content {
            content = .ready(ImageSet(shape: images.shape, pixels: images.pixels, labels: labels, classes: classes), failures: failures)
        }
        return PictureLoader(
            shape: shape, classes: classes, labels: labels, fingerprint: fingerprint, content: content, origins: origins, settings: settings)
    }

    // MARK: - Batches

    /// The batches of an epoch.
    ///
    /// - Parameters:
    ///   - size: Pictures in a batch; the last one takes what is left, and files that cannot be read leave gaps.
    ///   - order: The numbers of the pictures as the epoch visits them; nil for their own order.
    ///   - start: How many of them have been seen already: a multiple of `size`, so that batches are the same as without a break.
    ///   - epoch: From 0: what chance follows from beside the seed.
    public func batches(of size: Int, order: [Int]? = nil, from start: Int = 0, epoch: Int = 0) -> PictureStream {
        let order = order ?? Array(0..<count)
        switch content {
        case .ready(let images, let failures): return PictureStream(images, failures: failures, order: order, start: start, size: size)
        case .made(let maker):
            let task = PictureTask(maker: maker, labels: labels, classCount: classes.count, order: order, start: start, size: size, epoch: epoch)
            return PictureStream(task, workers: settings.workers) { [weak self] index, error throws(DataError) in
                try self?.report(index, error)
            }
        }
    }

    /// Tells of a picture that cannot be read, unless that has been done.
    private func report(_ index: Int, _ error: DataError) throws(DataError) {
        if settings.isStrict { throw error }
        if told.withLock({ $0.insert(index).inserted }) { settings.onSkip(error) }
    }

    /// How many files could not be read so far.
    public var skippedCount: Int { told.withLock { $0.count } }

    /// Some pictures, by their numbers and as the network sees them; those that cannot be read are left out.
    ///
    /// - Throws: ``DataError`` where a file cannot be read and must not be left out.
    public func pictures(_ numbers: [Int]) throws(DataError) -> [Int: Picture] {
        let stream = batches(of: 16, order: numbers)
        var pictures = [Int: Picture]()
        while let batch = try stream.next() {
            for (number, row) in zip(batch.numbers, batch.rows) { pictures[number] = batch.picture(row: row) }
        }
        return pictures
    }
}

/// What one picture needs to be ready for the network.
struct PictureMaker: Sendable {
    let source: any PictureSource
    let preprocessing: Preprocessing
    let augmentation: Augmentation?
    let seed: UInt64

    /// A picture of the network's size. Chance follows from the seed, the epoch and the place.
    func picture(_ index: Int, epoch: Int, place: Int) throws(DataError) -> Picture {
        let picture = try source.picture(at: index)
        do throws(DataError) {
            guard let augmentation else { return try picture.prepared(for: preprocessing) }
            var generator = generator("augmentation", epoch: epoch, place: place)
            return try augmentation.apply(to: picture, fittedTo: preprocessing, using: &generator)
        } catch { throw DataError(source.name(at: index), error.message) }
    }

    /// Blends the pictures of a batch with each other, where the augmentation does.
    func mix(_ batch: inout PictureBatch, epoch: Int, place: Int) {
        guard let augmentation else { return }
        var generator = generator("mixing", epoch: epoch, place: place)
        augmentation.mix(&batch, using: &generator)
    }

    private func generator(_ use: String, epoch: Int, place: Int) -> SeededGenerator {
        let stream = SeededGenerator.stream(use) &+ UInt64(truncatingIfNeeded: epoch)
        return SeededGenerator(seed: SeededGenerator.draw(seed: seed, stream: stream), stream: UInt64(truncatingIfNeeded: place))
    }
}
