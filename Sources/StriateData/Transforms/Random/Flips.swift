public import StriateGraph

/// Left and right change places: torchvision's `RandomHorizontalFlip`.
public struct HorizontalFlip: Transform {
    public var probability: Double

    public init(probability: Double = 0.5) { self.probability = probability }

    public static let signature = StepSignature("flip", "left and right change places", .probability(0.5))
    public init(_ arguments: StepArguments) { self.init(probability: arguments.number(0)) }
    public var arguments: [StepArgument] { [.number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        generator.happens(probability) ? picture.flippedHorizontally() : picture
    }
}

/// Top and bottom change places: torchvision's `RandomVerticalFlip`.
public struct VerticalFlip: Transform {
    public var probability: Double

    public init(probability: Double = 0.5) { self.probability = probability }

    public static let signature = StepSignature("vertical-flip", "top and bottom change places", .probability(0.5))
    public init(_ arguments: StepArguments) { self.init(probability: arguments.number(0)) }
    public var arguments: [StepArgument] { [.number(probability)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        generator.happens(probability) ? picture.flippedVertically() : picture
    }
}
