import Foundation
import StriateFormats

/// A run's epochs as TensorBoard reads them: `events.out.tfevents.BEGIN.striate`, begin in seconds since 1970.
///
/// An event's time is the run's begin and the seconds of training until then, so that a run that goes on can write the file anew from its
/// epochs: none is lost, and none is there twice.
final class EventLog {
    private let file: GrowingFile
    private var time: Double

    /// Writes the events of the epochs that are over.
    init(in folder: RunFolder, _ epochs: [EpochMetrics]) throws(FormatError) {
        let name = Self.name(in: folder) ?? "\(Self.prefix)\(Int(Date.now.timeIntervalSince1970)).striate"
        time = Self.begin(of: name)
        file = try GrowingFile(appendingTo: "\(folder.path)/\(name)", keeping: 0)
        file.append(TensorBoardEvent.fileVersion(time: time).record)
        for epoch in epochs { add(epoch) }
        try file.flush()
    }

    func append(_ epoch: EpochMetrics) throws(FormatError) {
        add(epoch)
        try file.flush()
    }

    private func add(_ epoch: EpochMetrics) {
        time += epoch.seconds
        let values: [(tag: String, value: Double?)] = [
            ("train/loss", epoch.trainLoss), ("train/accuracy", epoch.trainAccuracy), ("val/loss", epoch.validationLoss),
            ("val/accuracy", epoch.validationAccuracy), ("rate", epoch.rate.map(Double.init)),
            ("images_per_second", epoch.imagesPerSecond),
        ]
        let scalars = values.compactMap { tag, value in value.map { (tag, Float($0)) } }
        file.append(TensorBoardEvent.scalars(scalars, step: epoch.epoch, time: time).record)
    }

    private static let prefix = "events.out.tfevents."

    private static func name(in folder: RunFolder) -> String? {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasPrefix(prefix) }.min()
    }

    private static func begin(of name: String) -> Double { Double(name.dropFirst(prefix.count).prefix { $0 != "." }) ?? 0 }
}
