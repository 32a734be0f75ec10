public import StriateGraph

/// What is done to pictures before a network learns from them, in the order in which it is done.
///
/// Written as text, `crop:4:reflect,flip,mixup`: names, each with its arguments after colons. ``presets`` are names for whole lists.
/// Everything random follows from the generator that is given. Results are bytes: normalising is in the network's graph.
public struct Augmentation: Sendable {
    /// What is done to each picture.
    public let transforms: [any Transform]
    /// What is done to each batch; of several, one is chosen for each batch, evenly.
    public let mixes: [any BatchMix]

    public init(_ transforms: [any Transform] = [], mixes: [any BatchMix] = []) {
        self.transforms = transforms
        self.mixes = mixes
    }

    /// Nothing is done.
    public static let none = Augmentation()

    /// Whether nothing is done to single pictures.
    public var keepsPictures: Bool { transforms.isEmpty }
    /// Whether nothing is done at all.
    public var isNone: Bool { transforms.isEmpty && mixes.isEmpty }

    /// Whether pictures are needed as they were decoded, before they are fitted to the network.
    public var takesWholePictures: Bool { transforms.first?.takesWholePictures ?? false }

    /// A picture as the network shall learn from it.
    ///
    /// It is first fitted to the network as for a prediction and then transformed, unless ``takesWholePictures``; where its size is
    /// another in the end, it is fitted again.
    public func apply(
        to picture: Picture, fittedTo preprocessing: Preprocessing, using generator: inout SeededGenerator
    ) throws(DataError) -> Picture {
        var picture = takesWholePictures ? picture : try picture.prepared(for: preprocessing)
        let extent = Extent(preprocessing.rows, preprocessing.columns)
        for transform in transforms { picture = try transform.apply(to: picture, seenAs: extent, using: &generator) }
        guard picture.shape != preprocessing.shape else { return picture }
        // What was cut out for training is not cut once more.
        var fitting = preprocessing
        if case .crop = fitting.fit { fitting.fit = .resize }
        return try picture.prepared(for: fitting)
    }

    /// Blends the images of a batch with each other, where ``mixes`` say so.
    public func mix(_ batch: inout PictureBatch, using generator: inout SeededGenerator) {
        guard let mix = mixes.count > 1 ? mixes[generator.below(mixes.count)] : mixes.first, batch.count > 1 else { return }
        mix.mix(&batch, using: &generator)
    }
}

/// What is wrong with an augmentation's text, in one line.
public struct AugmentationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
