public import StriateGraph

/// Turns the picture around its middle: torchvision's `RandomRotation`.
public struct Rotation: Transform {
    /// The largest angle to either side.
    public var degrees: Double
    public var sampling: Sampling
    public var fill: UInt8

    public init(degrees: Double = 15, sampling: Sampling = .bilinear, fill: UInt8 = 0) {
        (self.degrees, self.sampling, self.fill) = (degrees, sampling, fill)
    }

    public static let signature = StepSignature(
        "rotate", "turned by up to so many degrees", .number("degrees", 0...180, or: 15), .word("sampling", or: Sampling.bilinear), .fill)
    public init(_ arguments: StepArguments) {
        self.init(degrees: arguments.number(0), sampling: arguments.word(1), fill: arguments.byte(2))
    }
    public var arguments: [StepArgument] { [.number(degrees), .word(sampling.rawValue), .number(Double(fill))] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        picture.rotated(generator.between(-degrees, degrees), sampling: sampling, fill: fill)
    }
}

/// Turned, shifted by whole pixels, scaled and sheared at once: torchvision's `RandomAffine`.
public struct RandomAffine: Transform {
    /// The largest angle to either side.
    public var degrees: Double
    /// The largest shift, as a share of the picture's columns and rows.
    public var translation: Double
    public var scale: (low: Double, high: Double)
    /// The largest shear to either side in degrees, along the rows.
    public var shear: Double
    /// The same along the columns, nothing in torchvision unless told.
    public var verticalShear: Double
    public var sampling: Sampling
    public var fill: UInt8

    public init(
        degrees: Double = 10, translation: Double = 0.1, scale: (low: Double, high: Double) = (0.9, 1.1), shear: Double = 0,
        verticalShear: Double = 0, sampling: Sampling = .bilinear, fill: UInt8 = 0
    ) {
        (self.degrees, self.translation, self.scale) = (degrees, translation, scale)
        (self.shear, self.verticalShear, self.sampling, self.fill) = (shear, verticalShear, sampling, fill)
    }

    public static let signature = StepSignature(
        "affine", "turned, shifted, scaled and sheared", .number("degrees", 0...180, or: 10), .number("translate", 0...1, or: 0.1),
        .number("smallest", 0.01...100, or: 0.9), .number("largest", 0.01...100, or: 1.1), .number("shear", 0...80, or: 0),
        .number("vertical-shear", 0...80, or: 0), .word("sampling", or: Sampling.bilinear), .fill)
    public init(_ arguments: StepArguments) {
        self.init(
            degrees: arguments.number(0), translation: arguments.number(1), scale: (arguments.number(2), arguments.number(3)),
            shear: arguments.number(4), verticalShear: arguments.number(5), sampling: arguments.word(6), fill: arguments.byte(7))
    }
    public var arguments: [StepArgument] {
        [degrees, translation, scale.low, scale.high, shear, verticalShear].map { .number($0) }
            + [.word(sampling.rawValue), .number(Double(fill))]
    }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        picture.warped(by: map(for: picture.shape, using: &generator), sampling: sampling, fill: fill)
    }

    /// The map of one picture.
    package func map(for shape: Shape, using generator: inout SeededGenerator) -> AffineMap {
        let angle = generator.between(-degrees, degrees)
        let right = (generator.between(-1, 1) * translation * Double(shape[2])).rounded(.toNearestOrEven)
        let down = (generator.between(-1, 1) * translation * Double(shape[1])).rounded(.toNearestOrEven)
        let size = generator.between(scale.low, scale.high)
        let along = generator.between(-shear, shear)
        let across = generator.between(-verticalShear, verticalShear)
        return AffineMap(angle: angle, translation: (right, down), scale: size, shear: (along, across))
    }
}

/// The distortions of LeCun, Bottou, Bengio and Haffner 1998 (section III-A): "combinations of the following planar affine
/// transformations: horizontal and vertical translations, scaling, squeezing (simultaneous horizontal compression and vertical
/// elongation, or the reverse), and horizontal shearing", drawn at random. The paper does not say how large they were.
public struct Distortions1998: Transform {
    /// The largest shift in pixels, to either side and up and down.
    public var translation: Double
    /// The largest growth and shrinking: 0.1 for 0.9 … 1.1.
    public var scaling: Double
    /// The largest squeeze: the rows are so much longer and the columns so much shorter, or the reverse.
    public var squeezing: Double
    /// The largest shift of a pixel for each row that it lies above or below the middle.
    public var shearing: Double

    public init(translation: Double = 1.5, scaling: Double = 0.1, squeezing: Double = 0.1, shearing: Double = 0.2) {
        (self.translation, self.scaling, self.squeezing, self.shearing) = (translation, scaling, squeezing, shearing)
    }

    public static let signature = StepSignature(
        "lenet1998", "the distortions of LeCun et al. 1998: shifts, scaling, squeezing, shearing", .number("translate", 0...64, or: 1.5),
        .number("scale", 0...0.9, or: 0.1), .number("squeeze", 0...0.9, or: 0.1), .number("shear", 0...4, or: 0.2))
    public init(_ arguments: StepArguments) {
        self.init(
            translation: arguments.number(0), scaling: arguments.number(1), squeezing: arguments.number(2), shearing: arguments.number(3))
    }
    public var arguments: [StepArgument] { [translation, scaling, squeezing, shearing].map { .number($0) } }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        let (right, down) = (generator.between(-translation, translation), generator.between(-translation, translation))
        let scale = 1 + generator.between(-scaling, scaling)
        let squeeze = 1 + generator.between(-squeezing, squeezing)
        let shear = generator.between(-shearing, shearing)
        return picture.warped(by: Distortions1998.map(right: right, down: down, scale: scale, squeeze: squeeze, shear: shear))
    }

    /// The inverse of: shear, squeeze, scale, shift.
    package static func map(right: Double, down: Double, scale: Double, squeeze: Double, shear: Double) -> AffineMap {
        let (width, height) = (scale * squeeze, scale / squeeze)
        var map = AffineMap(a: 1 / width, b: -shear / height, d: 0, e: 1 / height)
        map.c = -(map.a * right + map.b * down)
        map.f = -(map.e * down)
        return map
    }
}
