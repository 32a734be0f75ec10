public import StriateGraph

/// The picture seen at an angle, each corner moved inwards: torchvision's `RandomPerspective`.
public struct RandomPerspective: Transform {
    /// How far corners move at most, as a share of half of the picture.
    public var distortion: Double
    public var probability: Double
    public var fill: UInt8

    public init(distortion: Double = 0.5, probability: Double = 0.5, fill: UInt8 = 0) {
        (self.distortion, self.probability, self.fill) = (distortion, probability, fill)
    }

    public static let signature = StepSignature(
        "perspective", "seen at an angle", .number("distortion", 0...1, or: 0.5), .probability(0.5), .fill)
    public init(_ arguments: StepArguments) {
        self.init(distortion: arguments.number(0), probability: arguments.number(1), fill: arguments.byte(2))
    }
    public var arguments: [StepArgument] { [.number(distortion), .number(probability), .number(Double(fill))] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        guard generator.happens(probability) else { return picture }
        let right = Double(picture.columns - 1), bottom = Double(picture.rows - 1)
        let corners: [SIMD2<Double>] = [[0, 0], [right, 0], [right, bottom], [0, bottom]]
        let reach = SIMD2(Int(distortion * Double(picture.columns / 2)), Int(distortion * Double(picture.rows / 2)))
        let moved = corners.map { corner in
            let step = SIMD2(Double(generator.below(reach.x + 1)), Double(generator.below(reach.y + 1)))
            return SIMD2(corner.x > 0 ? corner.x - step.x : step.x, corner.y > 0 ? corner.y - step.y : step.y)
        }
        // Corners that fell onto a line leave no picture to see.
        guard let map = PerspectiveMap(bringing: corners, to: moved) else { return picture }
        return picture.warped(by: map, fill: fill)
    }
}
