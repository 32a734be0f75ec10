import StriateFormats

/// A run's epochs as a table that spreadsheets open: `metrics.csv`.
final class TableLog {
    private let file: GrowingFile

    /// Writes the table of the epochs that are over.
    init(path: String, _ epochs: [EpochMetrics]) throws(FormatError) {
        file = try GrowingFile(appendingTo: path, keeping: 0)
        file.append(line: Self.columns.map(\.name).joined(separator: ","))
        for epoch in epochs { add(epoch) }
        try file.flush()
    }

    func append(_ epoch: EpochMetrics) throws(FormatError) {
        add(epoch)
        try file.flush()
    }

    private func add(_ epoch: EpochMetrics) {
        file.append(line: Self.columns.map { $0.text(epoch) ?? "" }.joined(separator: ","))
    }

    private static let columns: [(name: String, text: @Sendable (EpochMetrics) -> String?)] = [
        ("epoch", { "\($0.epoch)" }),
        ("train_loss", { "\($0.trainLoss)" }),
        ("train_accuracy", { "\($0.trainAccuracy)" }),
        ("val_loss", { $0.validationLoss.map { "\($0)" } }),
        ("val_accuracy", { $0.validationAccuracy.map { "\($0)" } }),
        ("rate", { $0.rate.map { "\($0)" } }),
        ("images_per_second", { "\($0.imagesPerSecond)" }),
        ("seconds", { "\($0.seconds)" }),
    ]
}
