public import StriateGraph

/// Brightness, contrast, saturation and hue, changed at random and in random order: torchvision's `ColorJitter`.
public struct ColorJitter: Transform {
    /// Factors are drawn from 1 − x … 1 + x, not below 0.
    public var brightness: Double
    public var contrast: Double
    public var saturation: Double
    /// The turn of the colour wheel is drawn from −x … x, at most ½.
    public var hue: Double

    public init(brightness: Double = 0.4, contrast: Double = 0.4, saturation: Double = 0.4, hue: Double = 0) {
        (self.brightness, self.contrast, self.saturation, self.hue) = (brightness, contrast, saturation, hue)
    }

    public static let signature = StepSignature(
        "color-jitter", "other light and colours", .number("brightness", 0...10, or: 0.4), .number("contrast", 0...10, or: 0.4),
        .number("saturation", 0...10, or: 0.4), .number("hue", 0...0.5, or: 0))
    public init(_ arguments: StepArguments) {
        self.init(
            brightness: arguments.number(0), contrast: arguments.number(1), saturation: arguments.number(2), hue: arguments.number(3))
    }
    public var arguments: [StepArgument] { [brightness, contrast, saturation, hue].map { .number($0) } }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        var order = [0, 1, 2, 3]
        order.shuffle(using: &generator)
        let factors = [brightness, contrast, saturation].map { generator.between(max(0, 1 - $0), 1 + $0) }
        let turn = generator.between(-hue, hue)
        return order.reduce(picture) { picture, change in
            switch change {
            case 0: brightness > 0 ? picture.brightened(by: factors[0]) : picture
            case 1: contrast > 0 ? picture.contrasted(by: factors[1]) : picture
            case 2: saturation > 0 ? picture.saturated(by: factors[2]) : picture
            default: hue > 0 ? picture.hueTurned(by: turn) : picture
            }
        }
    }
}

/// Colours become grey: torchvision's `RandomGrayscale`.
public struct Greyscale: Transform {
    public var probability: Double

    public init(probability: Double = 0.1) { self.probability = probability }

    public static let signature = StepSignature("grey", "without colours", .probability(0.1))
    public init(_ arguments: StepArguments) { self.init(probability: arguments.number(0)) }
    public var arguments: [StepArgument] { [.number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        generator.happens(probability) ? picture.greyscaled() : picture
    }
}

/// Blurred by a bell curve of random width: torchvision's `GaussianBlur`.
public struct GaussianBlur: Transform {
    /// How many pixels wide the curve is; an even number counts as the odd one above it.
    public var size: Int
    /// The standard deviation in pixels.
    public var sigma: (low: Double, high: Double)
    public var probability: Double

    public init(size: Int = 5, sigma: (low: Double, high: Double) = (0.1, 2), probability: Double = 1) {
        (self.size, self.sigma, self.probability) = (size, sigma, probability)
    }

    public static let signature = StepSignature(
        "blur", "blurred by a bell curve", .whole("size", 1...255, or: 5), .number("narrowest", 0.01...100, or: 0.1),
        .number("widest", 0.01...100, or: 2), .probability(1))
    public init(_ arguments: StepArguments) {
        self.init(size: arguments.whole(0), sigma: (arguments.number(1), arguments.number(2)), probability: arguments.number(3))
    }
    public var arguments: [StepArgument] { [.number(Double(size)), .number(sigma.low), .number(sigma.high), .number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        guard generator.happens(probability) else { return picture }
        return picture.blurred(size: size | 1, sigma: generator.between(sigma.low, sigma.high))
    }
}
