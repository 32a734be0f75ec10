public import StriateGraph

/// Sharper or smoother by a factor: torchvision's `RandomAdjustSharpness`.
public struct Sharpness: Transform {
    public var factor: Double
    public var probability: Double

    public init(factor: Double = 2, probability: Double = 0.5) { (self.factor, self.probability) = (factor, probability) }

    public static let signature = StepSignature("sharpness", "sharper (factor above 1) or smoother", .number("factor", 0...100, or: 2), .probability(0.5))
    public init(_ arguments: StepArguments) { self.init(factor: arguments.number(0), probability: arguments.number(1)) }
    public var arguments: [StepArgument] { [.number(factor), .number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        generator.happens(probability) ? picture.sharpened(by: factor) : picture
    }
}

/// Fewer levels: torchvision's `RandomPosterize`.
public struct Posterize: Transform {
    public var bits: Int
    public var probability: Double

    public init(bits: Int = 4, probability: Double = 0.5) { (self.bits, self.probability) = (bits, probability) }

    public static let signature = StepSignature("posterize", "only so many bits of each byte", .whole("bits", 0...8, or: 4), .probability(0.5))
    public init(_ arguments: StepArguments) { self.init(bits: arguments.whole(0), probability: arguments.number(1)) }
    public var arguments: [StepArgument] { [.number(Double(bits)), .number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        generator.happens(probability) ? picture.posterized(bits: bits) : picture
    }
}

/// Bright pixels become their negative: torchvision's `RandomSolarize`.
public struct Solarize: Transform {
    public var threshold: Int
    public var probability: Double

    public init(threshold: Int = 128, probability: Double = 0.5) { (self.threshold, self.probability) = (threshold, probability) }

    public static let signature = StepSignature("solarize", "pixels from a threshold on become their negative", .whole("threshold", 0...255, or: 128), .probability(0.5))
    public init(_ arguments: StepArguments) { self.init(threshold: arguments.whole(0), probability: arguments.number(1)) }
    public var arguments: [StepArgument] { [.number(Double(threshold)), .number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        generator.happens(probability) ? picture.solarized(from: Double(threshold)) : picture
    }
}

/// Each channel stretched to all levels: torchvision's `RandomAutocontrast`.
public struct AutoContrast: Transform {
    public var probability: Double

    public init(probability: Double = 0.5) { self.probability = probability }

    public static let signature = StepSignature("autocontrast", "each channel stretched to all levels", .probability(0.5))
    public init(_ arguments: StepArguments) { self.init(probability: arguments.number(0)) }
    public var arguments: [StepArgument] { [.number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        generator.happens(probability) ? picture.contrastStretched() : picture
    }
}

/// All levels about equally frequent: torchvision's `RandomEqualize`.
public struct Equalize: Transform {
    public var probability: Double

    public init(probability: Double = 0.5) { self.probability = probability }

    public static let signature = StepSignature("equalize", "all levels about equally frequent", .probability(0.5))
    public init(_ arguments: StepArguments) { self.init(probability: arguments.number(0)) }
    public var arguments: [StepArgument] { [.number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        generator.happens(probability) ? picture.equalized() : picture
    }
}
