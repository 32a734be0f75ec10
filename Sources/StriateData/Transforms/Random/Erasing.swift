public import StriateGraph

/// What erased pixels become.
public enum Paint: Hashable, Sendable, RawRepresentable {
    /// One grey level.
    case level(UInt8)
    /// The picture's mean, channel by channel: what normalised networks see as nearly nothing.
    case mean
    /// A random byte for each pixel.
    case noise

    public var rawValue: String {
        switch self {
        case .level(let level): "\(level)"
        case .mean: "mean"
        case .noise: "noise"
        }
    }

    public init?(rawValue: String) {
        switch rawValue {
        case "mean": self = .mean
        case "noise": self = .noise
        default:
            guard let level = UInt8(rawValue) else { return nil }
            self = .level(level)
        }
    }
}

extension Picture {
    /// The picture with a rectangle painted over: torchvision's `erase`.
    package func erased(_ box: Box, _ paint: Paint, using generator: inout SeededGenerator) -> Picture {
        switch paint {
        case .level(let level): return erased(box) { _ in level }
        case .noise: return erased(box) { _ in UInt8(truncatingIfNeeded: generator.next() >> 56) }
        case .mean:
            let means = (0..<channels).map { channel in
                let sum = pixels[channel * area..<(channel + 1) * area].reduce(0) { $0 + Int($1) }
                return UInt8(clamping: (sum + area / 2) / max(1, area))
            }
            return erased(box) { means[$0] }
        }
    }
}

/// Paints over a rectangle: torchvision's `RandomErasing` (Zhong et al. 2017), on bytes.
public struct RandomErasing: Transform {
    public var probability: Double
    public var paint: Paint
    /// The rectangle's area, as a share of the picture's.
    public var scale: (low: Double, high: Double)
    /// Rows by columns.
    public var ratio: (low: Double, high: Double)

    public init(
        probability: Double = 0.5, paint: Paint = .level(0), scale: (low: Double, high: Double) = (0.02, 0.33),
        ratio: (low: Double, high: Double) = (0.3, 3.3)
    ) {
        (self.probability, self.paint, self.scale, self.ratio) = (probability, paint, scale, ratio)
    }

    public static let signature = StepSignature(
        "erase", "a rectangle is painted over", .probability(0.5), .paint(or: .level(0)), .number("smallest", 0.0001...1, or: 0.02),
        .number("largest", 0.0001...1, or: 0.33), .number("widest", 0.01...100, or: 0.3), .number("tallest", 0.01...100, or: 3.3))
    public init(_ arguments: StepArguments) {
        self.init(
            probability: arguments.number(0), paint: arguments.word(1), scale: (arguments.number(2), arguments.number(3)),
            ratio: (arguments.number(4), arguments.number(5)))
    }
    public var arguments: [StepArgument] {
        [.number(probability), .word(paint.rawValue)] + [scale.low, scale.high, ratio.low, ratio.high].map { .number($0) }
    }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        guard generator.happens(probability), let box = box(in: picture.shape, using: &generator) else { return picture }
        return picture.erased(box, paint, using: &generator)
    }

    /// The rectangle of one picture, or nil where ten draws gave none that is smaller than the picture.
    package func box(in shape: Shape, using generator: inout SeededGenerator) -> Box? {
        let (rows, columns) = (shape[1], shape[2])
        for _ in 0..<10 {
            let area = Double(rows * columns) * generator.between(scale.low, scale.high)
            let aspect = generator.logarithmicallyBetween(ratio.low, ratio.high)
            let height = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
            let width = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
            guard height < rows, width < columns else { continue }
            return Box(
                top: generator.below(rows - height + 1), left: generator.below(columns - width + 1), rows: height, columns: width)
        }
        return nil
    }
}

/// Paints over a square whose middle lies anywhere in the picture: DeVries and Taylor 2017.
public struct Cutout: Transform {
    /// The square's side in pixels; the part of it that lies outside the picture does nothing.
    public var side: Int
    public var paint: Paint

    public init(side: Int = 16, paint: Paint = .mean) { (self.side, self.paint) = (side, paint) }

    public static let signature = StepSignature(
        "cutout", "a square anywhere is painted over", .whole("side", 0...65_536, or: 16), .paint(or: .mean))
    public init(_ arguments: StepArguments) { self.init(side: arguments.whole(0), paint: arguments.word(1)) }
    public var arguments: [StepArgument] { [.number(Double(side)), .word(paint.rawValue)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        guard picture.area > 0 else { return picture }
        let top = generator.below(picture.rows) - side / 2
        let left = generator.below(picture.columns) - side / 2
        return picture.erased(Box(top: top, left: left, rows: side, columns: side), paint, using: &generator)
    }
}
