import StriateData
public import StriateFormats
import StriateGraph

// What a run leaves on disk. The checkpoint decides: everything else is written before it and is made again, byte for byte, by a run that
// goes on from an earlier one; what it no longer names is removed after it.

extension TrainingRun {
    /// Goes on where the run folder's checkpoint stands; without one, from the beginning.
    ///
    /// - Returns: Why the last checkpoint cannot be read, where the one before it takes its place; nil as a rule.
    /// - Throws: ``TrainingError`` where no checkpoint can be read, or it belongs to another network, other images or another precision.
    @discardableResult
    public func resume() throws(TrainingError) -> FormatError? {
        let found = try filed(try folder.latestCheckpoint())
        if let checkpoint = found?.checkpoint {
            guard checkpoint.data == images.fingerprint else {
                throw .data("\(folder.path): the run began with \(checkpoint.data), these are \(images.fingerprint); give it the same images")
            }
            guard checkpoint.precision == options.precision else {
                throw .options(
                    "\(folder.path): the run began with precision \(checkpoint.precision.rawValue), not \(options.precision.rawValue); "
                        + "go on with the same")
            }
            try trainer.restore(checkpoint.state, from: found?.path ?? folder.last)
            position = checkpoint.position
            trainer.steps = position.steps
            trainer.updates = position.epoch * updatesPerEpoch + position.place / options.imagesOfUpdate
            if found?.failure != nil { try filed(try folder.setAsideLastCheckpoint()) }
        }
        try filed(try folder.keepMetrics(ofFirst: position.epoch))
        metrics = folder.allMetrics()
        return found?.failure
    }

    /// Opens what people watch a run by: `metrics.csv` and TensorBoard's file, rewritten from the epochs that are over.
    func openLogs() throws(TrainingError) {
        table = try filed(try TableLog(path: folder.table, metrics))
        events = try filed(try EventLog(in: folder, metrics))
    }

    /// Saves what the epoch came to. The checkpoint is last: a process killed in between does the epoch again and writes the same.
    func finish(_ epoch: EpochMetrics) throws(TrainingError) {
        let state = try soundState()
        let result = Checkpoint.Best(epoch)
        if position.best.map({ options.monitor.prefers(result, to: $0) }) ?? true {
            position.best = result
            try filed(try ModelFile(described(by: epoch), weights: trainer.weights).write(to: folder.best))
        }
        try keep(result, epoch)
        try filed(try folder.append(epoch))
        metrics.append(epoch)
        position.epoch = epoch.epoch
        if let plateau = options.schedule.plateau {
            var state = position.plateau ?? PlateauState()
            state.follow(epoch.validationLoss ?? epoch.trainLoss, patience: plateau.patience)
            position.plateau = state
        }
        position.totals = Totals()
        position.skipped = nil
        position.seconds = 0
        try save(state)
        if let kept = position.kept { folder.removeModels(except: kept, by: options.monitor) }
        try filed(try table?.append(epoch))
        try filed(try events?.append(epoch))
    }

    /// Writes the epoch's model where it is among the best that are kept.
    private func keep(_ result: Checkpoint.Best, _ epoch: EpochMetrics) throws(TrainingError) {
        guard let count = options.keep else {
            position.kept = nil
            return
        }
        var kept = position.kept ?? []
        let place = kept.firstIndex { options.monitor.prefers(result, to: $0) } ?? kept.endIndex
        kept.insert(result, at: place)
        position.kept = Array(kept.prefix(count))
        guard place < count else { return }
        let path = folder.model(of: result, by: options.monitor)
        try filed(try ModelFile(described(by: epoch), weights: trainer.weights).write(to: path))
    }

    func stop() throws(TrainingError) -> Outcome {
        try save(try soundState())
        return .interrupted
    }

    /// Saves the checkpoint.
    func save(_ state: Weights) throws(TrainingError) {
        try stepLog?.flush()
        let checkpoint = Checkpoint(
            model: described(by: metrics.last), state: state, position: position, data: images.fingerprint, precision: options.precision)
        try filed(try folder.write(checkpoint))
    }

    /// What would be saved, unless it holds numbers that must not replace good ones: an update can ruin the weights after
    /// a loss that was still finite.
    func soundState() throws(TrainingError) -> Weights {
        let state = trainer.state
        guard state.allSatisfy({ $0.tensor.values.allSatisfy(\.isFinite) }) else {
            throw .diverged(epoch: position.epoch + 1, step: position.totals.steps, loss: .nan, rate: options.rate)
        }
        return state
    }

    private func described(by epoch: EpochMetrics?) -> ModelMetadata {
        var model = model
        // What was fitted to other weights.
        model.temperature = nil
        model.training = TrainingSummary(
            dataset: options.data, epochs: epoch?.epoch ?? position.epoch, seed: options.seed, accuracy: epoch?.validationAccuracy,
            loss: epoch?.validationLoss)
        return model
    }
}
