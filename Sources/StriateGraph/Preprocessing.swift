/// What happens to a picture before the first layer: a description that a model file carries, so that training and
/// serving cannot drift apart. `StriateData` fits pictures to the size; ``Graph/normalized(_:by:)`` is part of every graph.
public struct Preprocessing: Hashable, Sendable, Codable {
    /// How a picture of another size becomes one of this size.
    public enum Fit: String, Hashable, Sendable, Codable {
        /// Bilinear, with antialiasing when it shrinks: Pillow's and torchvision's `Resize`, rounded to bytes as they do.
        case resize
        /// Centred on black, without scaling: how the 1998 paper brings 28×28 to 32×32. Larger pictures are resized.
        case pad
    }

    public var channels: Int
    public var rows: Int
    public var columns: Int
    public var fit: Fit
    /// Subtracted from each channel of pixels in 0…1.
    public var mean: [Float]
    /// Divides each channel after that.
    public var standardDeviation: [Float]

    /// - Precondition: one mean and one standard deviation for each channel.
    public init(_ shape: Shape, fit: Fit = .resize, mean: [Float], standardDeviation: [Float]) {
        precondition(shape.rank == 3 && mean.count == shape[0] && standardDeviation.count == shape[0])
        (channels, rows, columns) = (shape[0], shape[1], shape[2])
        self.fit = fit
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// `[channels, rows, columns]` of what the network sees.
    public var shape: Shape { [channels, rows, columns] }
}

extension Graph {
    /// `(x / 255 − mean) / standardDeviation`, channel by channel, of pictures in bytes (0…255).
    public mutating func normalized(_ pixels: Value, by preprocessing: Preprocessing) throws(ShapeError) -> Value {
        let (mean, deviation) = (preprocessing.mean, preprocessing.standardDeviation)
        return try affine(
            pixels,
            scale: deviation.map { 1 / (255 * $0) },
            offset: zip(mean, deviation).map { -$0 / $1 })
    }
}
