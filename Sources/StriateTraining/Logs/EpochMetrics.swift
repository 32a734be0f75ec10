import Foundation
public import StriateGraph

/// What an epoch came to: a line of `metrics.jsonl`.
public struct EpochMetrics: Hashable, Sendable, Codable {
    /// From 1.
    public var epoch: Int
    /// Mean over the epoch's images, each as it was seen.
    public var trainLoss: Double
    /// 0…1.
    public var trainAccuracy: Double
    /// After the epoch; nil without validation images.
    public var validationLoss: Double?
    public var validationAccuracy: Double?
    /// In training, validation not counted.
    public var imagesPerSecond: Double
    /// Of training and validation.
    public var seconds: Double
    /// The learning rate of the last step; nil in lines that do not say.
    public var rate: Float?
    /// Of the run; nil in lines that do not say.
    public var precision: Precision?

    private enum CodingKeys: String, CodingKey {
        case epoch, seconds, rate, precision
        case trainLoss = "train_loss"
        case trainAccuracy = "train_accuracy"
        case validationLoss = "val_loss"
        case validationAccuracy = "val_accuracy"
        case imagesPerSecond = "images_per_second"
    }

    /// The line, without its end: keys in reading order, numbers in full.
    public var json: String {
        let pairs: [(CodingKeys, String)] = [
            (.epoch, String(epoch)),
            (.trainLoss, "\(trainLoss)"),
            (.trainAccuracy, "\(trainAccuracy)"),
            (.validationLoss, validationLoss.map { "\($0)" } ?? "null"),
            (.validationAccuracy, validationAccuracy.map { "\($0)" } ?? "null"),
            (.imagesPerSecond, String(format: "%.1f", imagesPerSecond)),
            (.seconds, String(format: "%.4f", seconds)),
        ] + (rate.map { [(.rate, "\($0)")] } ?? []) + (precision.map { [(.precision, "\"\($0.rawValue)\"")] } ?? [])
        return "{" + pairs.map { "\"\($0.rawValue)\":\($1)" }.joined(separator: ",") + "}"
    }

    /// Reads a line; nil where it is not whole.
    public init?(json line: some StringProtocol) {
        guard let metrics = try? JSONDecoder().decode(EpochMetrics.self, from: Data(line.utf8)) else { return nil }
        self = metrics
    }

    public init(
        epoch: Int, trainLoss: Double, trainAccuracy: Double, validationLoss: Double?, validationAccuracy: Double?,
        imagesPerSecond: Double, seconds: Double, rate: Float? = nil, precision: Precision? = nil
    ) {
        self.epoch = epoch
        self.trainLoss = trainLoss
        self.trainAccuracy = trainAccuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.imagesPerSecond = imagesPerSecond
        self.seconds = seconds
        self.rate = rate
        self.precision = precision
    }
}
