public import StriateGraph

/// A step of an ``Augmentation``, with a name and arguments in text.
public protocol AugmentationStep: Sendable {
    /// How it is written: `name:argument:argument`.
    static var signature: StepSignature { get }
    /// - Parameter arguments: One for each parameter, within its range.
    init(_ arguments: StepArguments)
    /// One for each parameter of the signature.
    var arguments: [StepArgument] { get }
}

/// A change of one picture, drawn by chance.
///
/// What is drawn is separate from what is done with it: the functions of ``Picture`` that do the work take their parameters and are
/// compared with torchvision's.
public protocol Transform: AugmentationStep {
    /// Whether it takes pictures as they were decoded and not as they were fitted to the network, if it is the first of all.
    var takesWholePictures: Bool { get }

    /// - Parameter extent: The rows and columns that the network sees.
    func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) throws(DataError) -> Picture
}

extension Transform {
    public var takesWholePictures: Bool { false }
}

/// A change of a whole batch that blends images and their labels.
public protocol BatchMix: AugmentationStep {
    /// - Precondition: the batch holds nothing but its own images, and is not mixed yet.
    func mix(_ batch: inout PictureBatch, using generator: inout SeededGenerator)
}

extension AugmentationStep {
    /// `name:argument:argument`, without the last arguments that are what they would be anyway.
    public var text: String {
        var given = arguments[...]
        while let last = given.last, last == Self.signature.parameters[given.count - 1].standard { given.removeLast() }
        return ([Self.signature.name] + given.map(\.description)).joined(separator: ":")
    }
}
