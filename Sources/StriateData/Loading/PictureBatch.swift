public import StriateGraph

/// The images of one step, of the size that a network sees and still in bytes.
///
/// Images in memory are not copied into their batches: ``rows`` picks them by number.
public struct PictureBatch: Sendable {
    /// `[channels, rows, columns]` of every image.
    public let shape: Shape
    /// Image after image, each channel by channel and row by row, 0…255.
    public var pixels: [UInt8]
    /// The class of each image of ``pixels``.
    public var labels: [Int32]
    /// The images of the batch, by their numbers in ``pixels`` and ``labels``.
    public let rows: ArraySlice<Int>
    /// The same images by their numbers in the source that they come from.
    public let numbers: ArraySlice<Int>
    /// How many classes the data tell apart; every label is below it.
    public let classCount: Int
    /// Second labels, where images were blended.
    public var mixing: Mixing?
    /// What each image's loss counts for, in the order of ``rows``; nil for the same.
    public var weights: [Float]?

    /// Second labels of images that were blended with others (MixUp, CutMix): the loss of one is
    /// `share·loss(label) + (1 − share)·loss(partner)`, the cross-entropy with a soft label.
    public struct Mixing: Hashable, Sendable {
        /// The class of the image that was blended in, in the order of the batch's rows.
        public var partners: [Int32]
        /// The share of the image's own label, 0…1.
        public var shares: [Float]

        public init(partners: [Int32], shares: [Float]) {
            self.partners = partners
            self.shares = shares
        }
    }

    /// Images that were made for this batch alone.
    ///
    /// - Parameter numbers: Those of their source; nil where they have none but their place.
    /// - Precondition: there are `shape.count` pixels and a number for each label.
    public init(shape: Shape, pixels: [UInt8], labels: [Int32], classCount: Int, numbers: ArraySlice<Int>? = nil) {
        precondition(pixels.count == labels.count * shape.count, "\(pixels.count) pixels, \(labels.count) images of \(shape)")
        self.shape = shape
        self.pixels = pixels
        self.labels = labels
        self.classCount = classCount
        rows = Array(labels.indices)[...]
        self.numbers = numbers ?? rows
        precondition(self.numbers.count == labels.count, "\(self.numbers.count) numbers, \(labels.count) images")
    }

    /// Images of a set, by number; none is copied.
    public init(_ images: ImageSet, rows: ArraySlice<Int>) {
        shape = images.shape
        pixels = images.pixels
        labels = images.labels
        classCount = images.classes.count
        self.rows = rows
        numbers = rows
    }

    /// The number of images.
    public var count: Int { rows.count }

    /// An image by its number in ``pixels``. It is copied.
    public func picture(row: Int) -> Picture {
        Picture(shape: shape, pixels: Array(pixels[row * shape.count..<(row + 1) * shape.count]))
    }
}
