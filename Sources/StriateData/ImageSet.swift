public import StriateGraph

/// Labelled pictures of one size in memory, in bytes.
public struct ImageSet: Hashable, Sendable {
    /// `[channels, rows, columns]` of every picture.
    public let shape: Shape
    /// Image after image, each channel by channel and row by row, 0…255.
    public let pixels: [UInt8]
    /// The class of each image, an index into ``classes``.
    public let labels: [Int32]
    /// The names of the classes, by label.
    public let classes: [String]

    /// - Precondition: there are `shape.count` pixels for each label, and every label has a class.
    public init(shape: Shape, pixels: [UInt8], labels: [Int32], classes: [String]) {
        precondition(shape.rank == 3 && pixels.count == labels.count * shape.count, "\(pixels.count) pixels, \(labels.count) images of \(shape)")
        precondition(labels.allSatisfy { classes.indices.contains(Int($0)) }, "a label is outside 0 ..< \(classes.count)")
        self.shape = shape
        self.pixels = pixels
        self.labels = labels
        self.classes = classes
    }

    /// The number of images.
    public var count: Int { labels.count }

    /// The first `count` images, or all where there are fewer.
    public func prefix(_ count: Int) -> ImageSet {
        guard count < self.count else { return self }
        let count = max(0, count)
        return ImageSet(
            shape: shape, pixels: Array(pixels.prefix(count * shape.count)), labels: Array(labels.prefix(count)), classes: classes)
    }

    /// The same images with the labels that their classes have in another list, or nil where one of them is not in it.
    public func relabelled(for classes: [String]) -> ImageSet? {
        if classes == self.classes { return self }
        var places = [Int32]()
        for name in self.classes {
            guard let place = classes.firstIndex(of: name) else { return nil }
            places.append(Int32(place))
        }
        return ImageSet(shape: shape, pixels: pixels, labels: labels.map { places[Int($0)] }, classes: classes)
    }

    /// The image at `index`, without its label.
    public subscript(index: Int) -> Picture {
        Picture(shape: shape, pixels: Array(pixels[index * shape.count..<(index + 1) * shape.count]))
    }
}

/// One picture in bytes.
public struct Picture: Hashable, Sendable {
    /// `[channels, rows, columns]`; one channel is grey, three are red, green and blue.
    public let shape: Shape
    /// Channel by channel and row by row, 0…255.
    public let pixels: [UInt8]

    /// - Precondition: there are `shape.count` pixels.
    public init(shape: Shape, pixels: [UInt8]) {
        precondition(shape.rank == 3 && pixels.count == shape.count, "\(pixels.count) pixels for a picture of \(shape)")
        self.shape = shape
        self.pixels = pixels
    }
}
