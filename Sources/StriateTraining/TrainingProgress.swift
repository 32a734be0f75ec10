/// How far a run has come.
public struct TrainingProgress: Hashable, Sendable {
    /// From 1.
    public let epoch: Int
    public let epochs: Int
    /// Images that this epoch has seen.
    public let images: Int
    /// Images of an epoch.
    public let imageCount: Int
    /// Mean over this epoch's images so far.
    public let loss: Double
    /// 0…1, over this epoch's images so far.
    public let accuracy: Double
    /// Of the step just done: mean over its images.
    public let stepLoss: Float
    /// Of the step just done.
    public let rate: Float
    /// In this epoch.
    public let imagesPerSecond: Double

    /// Seconds that the rest of all epochs takes at this speed, validation not counted; nil before there is a speed.
    public var secondsLeft: Double? {
        guard imagesPerSecond > 0 else { return nil }
        return Double((epochs - epoch + 1) * imageCount - images) / imagesPerSecond
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
