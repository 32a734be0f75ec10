public import StriateGraph

/// What happens to pictures by chance on their way to a network in training. ``Augmentation`` is the usual one.
public protocol Augmenting: Sendable {
    /// Whether it begins with the picture as it was decoded, not with the one that is fitted to the network.
    var takesWholePictures: Bool { get }

    /// A picture of the network's size.
    func apply(
        to picture: Picture, fittedTo preprocessing: Preprocessing, using generator: inout SeededGenerator
    ) throws(DataError) -> Picture

    /// Blends the pictures of a batch with each other.
    func mix(_ batch: inout PictureBatch, using generator: inout SeededGenerator)
}

extension Augmenting {
    public func mix(_ batch: inout PictureBatch, using generator: inout SeededGenerator) {}
}

extension Augmentation: Augmenting {}
