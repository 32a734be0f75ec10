/// What tells which epoch of a run is the best: of the validation images, or of the training images where there are none.
public enum Monitor: String, Hashable, Sendable, Codable, CaseIterable {
    /// The larger the better.
    case accuracy
    /// The smaller the better.
    case loss

    /// Whether one epoch is better than another. Equal ones are not: the first stays the best.
    public func prefers(_ epoch: Checkpoint.Best, to other: Checkpoint.Best) -> Bool {
        switch self {
        case .accuracy: epoch.accuracy > other.accuracy
        case .loss: (epoch.loss ?? .infinity) < (other.loss ?? .infinity)
        }
    }

    /// The best of some epochs; nil where there are none.
    public func best(of epochs: [EpochMetrics]) -> Checkpoint.Best? {
        epochs.map { Checkpoint.Best($0) }.reduce(nil) { best, epoch in
            best.map { prefers(epoch, to: $0) ? epoch : $0 } ?? epoch
        }
    }

    /// What an epoch is measured by.
    func value(of epoch: Checkpoint.Best) -> Double {
        switch self {
        case .accuracy: epoch.accuracy
        case .loss: epoch.loss ?? .infinity
        }
    }
}
