/// What happens to a picture before the first layer: a description that a model file carries, so that training and
/// serving cannot drift apart. `StriateData` fits pictures to the size; ``Graph/normalized(_:by:)`` is part of every graph.
public struct Preprocessing: Hashable, Sendable, Codable {
    /// How a picture of another size becomes one of this size.
    public enum Fit: Hashable, Sendable {
        /// Bilinear, with antialiasing when it shrinks: Pillow's and torchvision's `Resize`, rounded to bytes as they do.
        case resize
        /// Centred on black, without scaling: how the 1998 paper brings 28×28 to 32×32. Larger pictures are resized.
        case pad
        /// Resized until the shorter side has so many pixels, then cut out of the middle: torchvision's `Resize(side)` and
        /// `CenterCrop`, which networks for ImageNet are evaluated with. A side shorter than the cut becomes as long as it.
        case crop(of: Int)
    }

    public var channels: Int
    public var rows: Int
    public var columns: Int
    public var fit: Fit
    /// Subtracted from each channel of pixels in 0…1.
    public var mean: [Float]
    /// Divides each channel after that.
    public var standardDeviation: [Float]
    /// What shows through where a picture is transparent.
    public var background = Colour.white

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

extension Preprocessing {
    private enum CodingKeys: String, CodingKey { case channels, rows, columns, fit, mean, standardDeviation, background }

    /// A file without a background is white: so are those of a time when there was no other.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        channels = try values.decode(Int.self, forKey: .channels)
        rows = try values.decode(Int.self, forKey: .rows)
        columns = try values.decode(Int.self, forKey: .columns)
        fit = try values.decode(Fit.self, forKey: .fit)
        mean = try values.decode([Float].self, forKey: .mean)
        standardDeviation = try values.decode([Float].self, forKey: .standardDeviation)
        background = try values.decodeIfPresent(Colour.self, forKey: .background) ?? .white
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(channels, forKey: .channels)
        try values.encode(rows, forKey: .rows)
        try values.encode(columns, forKey: .columns)
        try values.encode(fit, forKey: .fit)
        try values.encode(mean, forKey: .mean)
        try values.encode(standardDeviation, forKey: .standardDeviation)
        if background != .white { try values.encode(background, forKey: .background) }
    }
}

/// As model files have it: `resize`, `pad`, `crop:256`.
extension Preprocessing.Fit: RawRepresentable, Codable {
    public var rawValue: String {
        switch self {
        case .resize: "resize"
        case .pad: "pad"
        case .crop(let side): "crop:\(side)"
        }
    }

    public init?(rawValue: String) {
        switch rawValue {
        case "resize": self = .resize
        case "pad": self = .pad
        default:
            guard rawValue.hasPrefix("crop:"), let side = Int(rawValue.dropFirst(5)), (1...65536).contains(side) else { return nil }
            self = .crop(of: side)
        }
    }
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
