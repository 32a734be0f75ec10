/// Sums over the images that an epoch has seen so far.
public struct Totals: Hashable, Sendable, Codable {
    public var images = 0
    public var steps = 0
    public var correct = 0
    /// Of each image's loss.
    public var lossSum = 0.0

    public init() {}

    public mutating func add(_ result: StepResult) {
        images += result.images
        steps += 1
        correct += result.correct
        lossSum += Double(result.loss) * Double(result.images)
    }

    /// Mean over the images; 0 before the first.
    public var loss: Double { images == 0 ? 0 : lossSum / Double(images) }

    /// The share of images classified rightly, 0…1.
    public var accuracy: Double { images == 0 ? 0 : Double(correct) / Double(images) }
}

/// What one step of training found, before its update.
public struct StepResult: Hashable, Sendable {
    public let images: Int
    /// Mean over the batch.
    public let loss: Float
    public let correct: Int
}
