public import StriateGraph

/// The operations that RandAugment and TrivialAugment choose from.
package enum PolicyOperation: CaseIterable, Sendable {
    case identity, shearX, shearY, translateX, translateY, rotate, brightness, color, contrast, sharpness, posterize, solarize
    case autoContrast, equalize

    /// Whether the magnitude's sign is drawn too.
    package var isSigned: Bool {
        switch self {
        case .identity, .posterize, .solarize, .autoContrast, .equalize: false
        default: true
        }
    }

    package func apply(to picture: Picture, magnitude: Double, sampling: Sampling) -> Picture {
        switch self {
        case .identity: picture
        // torchvision shears around the upper left corner, which lies half of the picture away from its middle.
        case .shearX:
            picture.warped(by: AffineMap(b: magnitude, c: magnitude * Double(picture.rows) / 2), sampling: sampling)
        case .shearY:
            picture.warped(by: AffineMap(d: magnitude, f: magnitude * Double(picture.columns) / 2), sampling: sampling)
        case .translateX: picture.warped(by: AffineMap(c: -magnitude.rounded(.towardZero)), sampling: sampling)
        case .translateY: picture.warped(by: AffineMap(f: -magnitude.rounded(.towardZero)), sampling: sampling)
        case .rotate: picture.rotated(magnitude, sampling: sampling)
        case .brightness: picture.brightened(by: 1 + magnitude)
        case .color: picture.saturated(by: 1 + magnitude)
        case .contrast: picture.contrasted(by: 1 + magnitude)
        case .sharpness: picture.sharpened(by: 1 + magnitude)
        case .posterize: picture.posterized(bits: Int(magnitude))
        case .solarize: picture.solarized(from: 255 * magnitude)
        case .autoContrast: picture.contrastStretched()
        case .equalize: picture.equalized()
        }
    }
}

/// How strong each operation can be: torchvision's tables, in 31 steps.
package struct PolicySpace: Sendable {
    let shear: Double
    /// In pixels, of a picture's rows or columns.
    let translation: @Sendable (Int) -> Double
    let rotation: Double
    /// Of brightness, colour, contrast and sharpness.
    let enhancement: Double
    /// The fewest bits that are kept are 8 less these.
    let posterizedBits: Double

    static let steps = 31

    package static let randAugment = PolicySpace(
        shear: 0.3, translation: { 150.0 / 331 * Double($0) }, rotation: 30, enhancement: 0.9, posterizedBits: 4)
    package static let trivialAugmentWide = PolicySpace(
        shear: 0.99, translation: { _ in 32 }, rotation: 135, enhancement: 0.99, posterizedBits: 6)

    /// The magnitude at one of the steps, without its sign.
    package func magnitude(of operation: PolicyOperation, step: Int, for shape: Shape) -> Double {
        let share = Double(min(max(0, step), PolicySpace.steps - 1)) / Double(PolicySpace.steps - 1)
        switch operation {
        case .identity, .autoContrast, .equalize: return 0
        case .shearX, .shearY: return shear * share
        case .translateX: return translation(shape[2]) * share
        case .translateY: return translation(shape[1]) * share
        case .rotate: return rotation * share
        case .brightness, .color, .contrast, .sharpness: return enhancement * share
        case .posterize: return (8 - posterizedBits * share).rounded(.toNearestOrEven)
        case .solarize: return 1 - share
        }
    }

    /// An operation drawn evenly, with its magnitude's sign.
    func apply(step: Int, to picture: Picture, sampling: Sampling, using generator: inout SeededGenerator) -> Picture {
        let operation = PolicyOperation.allCases[generator.below(PolicyOperation.allCases.count)]
        var magnitude = magnitude(of: operation, step: step, for: picture.shape)
        if operation.isSigned, generator.happens(0.5) { magnitude = -magnitude }
        return operation.apply(to: picture, magnitude: magnitude, sampling: sampling)
    }
}

/// A few operations one after another, all of the same strength: Cubuk et al. 2019, torchvision's `RandAugment`.
public struct RandAugment: Transform {
    public var operations: Int
    /// 0 … 30.
    public var magnitude: Int
    public var sampling: Sampling

    public init(operations: Int = 2, magnitude: Int = 9, sampling: Sampling = .nearest) {
        (self.operations, self.magnitude, self.sampling) = (operations, magnitude, sampling)
    }

    public static let signature = StepSignature(
        "randaugment", "random operations of one strength", .whole("operations", 0...14, or: 2), .whole("magnitude", 0...30, or: 9),
        .word("sampling", or: Sampling.nearest))
    public init(_ arguments: StepArguments) {
        self.init(operations: arguments.whole(0), magnitude: arguments.whole(1), sampling: arguments.word(2))
    }
    public var arguments: [StepArgument] { [.number(Double(operations)), .number(Double(magnitude)), .word(sampling.rawValue)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        var picture = picture
        for _ in 0..<max(0, operations) {
            picture = PolicySpace.randAugment.apply(step: magnitude, to: picture, sampling: sampling, using: &generator)
        }
        return picture
    }
}

/// One operation of any strength: Müller and Hutter 2021, torchvision's `TrivialAugmentWide`.
public struct TrivialAugment: Transform {
    public var sampling: Sampling

    public init(sampling: Sampling = .nearest) { self.sampling = sampling }

    public static let signature = StepSignature(
        "trivialaugment", "one random operation of any strength", .word("sampling", or: Sampling.nearest))
    public init(_ arguments: StepArguments) { self.init(sampling: arguments.word(0)) }
    public var arguments: [StepArgument] { [.word(sampling.rawValue)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        let step = generator.below(PolicySpace.steps)
        return PolicySpace.trivialAugmentWide.apply(step: step, to: picture, sampling: sampling, using: &generator)
    }
}
