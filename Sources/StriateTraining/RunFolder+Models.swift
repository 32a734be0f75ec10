import Foundation
public import StriateFormats

// The checkpoints of a run, and the models of its best epochs.

extension RunFolder {
    /// A checkpoint to go on from.
    public struct FoundCheckpoint: Sendable {
        public let checkpoint: Checkpoint
        /// The file that holds it.
        public let path: String
        /// Why the last checkpoint cannot be read, where this is the one before it.
        public let failure: FormatError?
    }

    /// Whether the run has come as far as its first checkpoint.
    public var hasCheckpoint: Bool { [last, previous].contains(where: FileManager.default.fileExists) }

    /// The last checkpoint; where it is damaged or gone, the one before it; nil where there is none yet.
    ///
    /// - Throws: ``FormatError`` of the last checkpoint, where neither can be read.
    public func latestCheckpoint() throws(FormatError) -> FoundCheckpoint? {
        guard hasCheckpoint else { return nil }
        do { return FoundCheckpoint(checkpoint: try Checkpoint(contentsOf: last), path: last, failure: nil) } catch {
            guard let earlier = try? Checkpoint(contentsOf: previous) else { throw error }
            return FoundCheckpoint(checkpoint: earlier, path: previous, failure: error)
        }
    }

    /// Replaces the last checkpoint, which becomes the previous one.
    public func write(_ checkpoint: Checkpoint) throws(FormatError) {
        AtomicFile.link(last, as: previous)
        try checkpoint.write(to: last)
    }

    /// Puts the previous checkpoint into the place of the last, which nobody can read; that one is kept under another name.
    func setAsideLastCheckpoint() throws(FormatError) {
        if rename(last, "\(path)/unreadable.safetensors") != 0, errno != ENOENT {
            throw FormatError(file: last, FormatError.reason(forErrno: errno))
        }
        guard rename(previous, last) == 0 else { throw FormatError(file: previous, FormatError.reason(forErrno: errno)) }
    }

    /// The file of a kept epoch's model, such as `epoch-0007-0.9123.safetensors`.
    public func model(of epoch: Checkpoint.Best, by monitor: Monitor) -> String {
        "\(path)/\(Self.modelPrefix)" + String(format: "%04ld-%.4f", epoch.epoch, monitor.value(of: epoch)) + Self.modelSuffix
    }

    /// Removes the models of epochs that are no longer among the kept ones.
    func removeModels(except kept: [Checkpoint.Best], by monitor: Monitor) {
        let keptPaths = Set(kept.map { model(of: $0, by: monitor) })
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where name.hasPrefix(Self.modelPrefix) && name.hasSuffix(Self.modelSuffix) {
            let place = "\(path)/\(name)"
            if !keptPaths.contains(place) { unlink(place) }
        }
    }

    /// A model that lies in a run's folder.
    public struct SavedModel: Hashable, Sendable {
        public let path: String
        /// How many epochs it has learned for.
        public let epoch: Int
        /// On the validation images, 0…1; nil where there are none.
        public let accuracy: Double?
        /// Whether `best.safetensors` is of the same epoch.
        public fileprivate(set) var isBest = false
    }

    /// The models of the run's epochs that are there to be seen again, one for each epoch, the earliest first: those that were kept, the best and the
    /// last. Files that cannot be read are left out.
    public var savedModels: [SavedModel] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let kept = names.filter { $0.hasPrefix(Self.modelPrefix) && $0.hasSuffix(Self.modelSuffix) }.sorted().map { "\(path)/\($0)" }
        let known = (kept + [best, last]).compactMap(Self.savedModel)
        let bestEpoch = known.first { $0.path == best }?.epoch
        var models = [Int: SavedModel]()
        for var model in known where models[model.epoch] == nil {
            model.isBest = model.epoch == bestEpoch
            models[model.epoch] = model
        }
        return models.values.sorted { $0.epoch < $1.epoch }
    }

    private static func savedModel(_ path: String) -> SavedModel? {
        guard let texts = try? Safetensors.metadata(of: path), let training = try? ModelMetadata(texts: texts, file: path).training else { return nil }
        return SavedModel(path: path, epoch: training.epochs, accuracy: training.accuracy)
    }

    private static let modelPrefix = "epoch-"
    private static let modelSuffix = ".safetensors"
}
