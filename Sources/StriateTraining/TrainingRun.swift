public import StriateData
public import StriateEngine
public import StriateFormats
public import StriateGraph
public import StriateNetworks

/// The usual loop around a ``Trainer``: epochs with validation after each, saved in a run folder, to be interrupted and
/// resumed at any step. A resumed run ends with the same bits as one that was never interrupted.
public final class TrainingRun {
    public let options: TrainingOptions
    public let folder: RunFolder
    public let trainer: Trainer
    /// Where the run stands.
    public internal(set) var position = Checkpoint.Position()
    /// The epochs that are over, those before a resumption too.
    public internal(set) var metrics: [EpochMetrics] = []
    /// What the validation after the last epoch found; nil before the first, without validation images, and after ``resume()``.
    public private(set) var evaluation: Evaluation?
    /// What that validation leaves to look at; nil with ``evaluation``.
    public private(set) var details: EvaluationDetails?
    /// A checkpoint is saved after each epoch, and within one whenever so much time has passed; nil for never.
    public var saveInterval: Duration? = .seconds(300)
    /// Takes a line for each step.
    public var stepLog: StepLog?

    /// The share of its time that the epoch under way has waited for pictures, 0…1.
    public private(set) var dataWait = 0.0

    let model: ModelMetadata
    let images: PictureLoader
    private let validation: PictureLoader?
    var table: TableLog?
    var events: EventLog?

    /// How a run ended.
    public enum Outcome: Hashable, Sendable {
        case finished
        /// The last epochs brought nothing better; see ``TrainingOptions/patience``.
        case stoppedEarly
        /// Stopped by ``Interrupt`` or ``TrainingControl/stop()``; the checkpoint is saved.
        case interrupted
    }

    /// - Parameters:
    ///   - model: What model files say; the training summary is filled in here.
    ///   - trainer: Freshly made from `options`.
    ///   - images: To learn from, fitted to the network.
    ///   - validation: To choose the best epoch by, fitted to the network; nil to choose by the training accuracy.
    /// - Throws: ``TrainingError`` where the options or the images have no meaning.
    public init(
        _ options: TrainingOptions, model: ModelMetadata, trainer: Trainer, images: PictureLoader, validation: PictureLoader?,
        folder: RunFolder
    ) throws(TrainingError) {
        try options.validate()
        guard images.count > 0 else { throw .data("\(options.data): there are no training images") }
        guard trainer.batch >= min(options.batch, images.count) else {
            throw .options("batch: \(options.batch) images are more than the trainer's \(trainer.batch)")
        }
        guard trainer.precision == options.precision else {
            throw .options("precision: the trainer's is \(trainer.precision.rawValue), not \(options.precision.rawValue)")
        }
        self.options = options
        self.model = model
        self.trainer = trainer
        self.images = images
        self.validation = validation.flatMap { $0.count > 0 ? $0 : nil }
        self.folder = folder
    }

    /// A run of a model: a network of the catalogue, or an imported one with its weights.
    ///
    /// - Parameters:
    ///   - description: The network; `options` repeats its name and its options for `config.json`.
    ///   - weights: What to start from, all parameters and running statistics; nil for the initial weights of the seed. A layer that is
    ///     whitened starts otherwise.
    /// - Throws: ``TrainingError``, also where the network cannot be made or the engine lacks something.
    public convenience init(
        _ options: TrainingOptions, description: some ModelArchitecture, weights: Weights? = nil, images: PictureLoader,
        validation: PictureLoader?, folder: RunFolder, engine: any Engine
    ) throws(TrainingError) {
        try options.validate()
        let network: TracedNetwork, inference: TracedNetwork
        do {
            network = try description.traced(mode: .training, regularization: options.regularization)
            inference = try description.traced(mode: .inference)
        } catch { throw .options(error.description) }
        let start = try options.whitened.map { (layer) throws(TrainingError) in
            let whitening = try PatchWhitening(layer: layer, of: network)
            var start = weights ?? network.initialWeights(seed: options.seed)
            start[whitening.parameter] = try whitening.weight(for: images, preprocessing: description.preprocessing)
            return start
        }
        let trainer = try Trainer(
            network, inference: inference, weights: start ?? weights, seed: options.seed, optimizer: options.rule,
            objective: try options.objective(labels: images.labels, classes: description.classes.count), updates: options.updates,
            batch: min(options.batch, max(1, images.count)), precision: options.precision, engine: engine)
        try self.init(
            options, model: ModelMetadata(description), trainer: trainer, images: images, validation: validation, folder: folder)
    }

    /// Steps of an epoch.
    public var stepsPerEpoch: Int { (images.count + options.batch - 1) / options.batch }

    /// Updates of an epoch: fewer than steps where gradients accumulate.
    public var updatesPerEpoch: Int { (images.count + options.imagesOfUpdate - 1) / options.imagesOfUpdate }

    /// Trains until the last epoch is over, nothing gets better any more, or `interrupt` is raised.
    ///
    /// - Parameters:
    ///   - last: The epoch after which to pause, where it is not the options' last. The schedule is that of all epochs, so that going on
    ///     later ends with the same bits.
    ///   - control: What is asked of the run while it works; its rate's factor becomes that of a resumed run.
    ///   - onStep: Called after each step.
    ///   - onEpoch: Called after each epoch, once everything is saved.
    /// - Throws: ``TrainingError``. The run folder then holds the last state that was saved.
    public func run(
        until last: Int? = nil, interrupt: Interrupt? = nil, control: TrainingControl? = nil,
        onStep: (TrainingProgress) -> Void = { _ in }, onEpoch: (EpochMetrics) -> Void = { _ in }
    ) throws(TrainingError) -> Outcome {
        try openLogs()
        control?.rateFactor = position.rateFactor ?? 1
        let wishes = Wishes(interrupt: interrupt, control: control)
        while position.epoch < min(last ?? options.epochs, options.epochs) {
            if hasLostPatience { break }
            if wishes.isToEnd { return try stop() }
            let epoch = try trainEpoch(wishes, onStep: onStep)
            guard let epoch else { return try stop() }
            try finish(epoch)
            onEpoch(epoch)
        }
        try stepLog?.flush()
        return position.epoch < options.epochs && hasLostPatience ? .stoppedEarly : .finished
    }

    /// Whether too many epochs have passed since the best one: it follows from the position, and so is the same after a resumption.
    private var hasLostPatience: Bool {
        guard let patience = options.patience, let best = position.best else { return false }
        return position.epoch - best.epoch >= patience
    }

    // MARK: - One epoch

    /// What may be asked of a run while it works.
    private struct Wishes {
        let interrupt: Interrupt?
        let control: TrainingControl?

        var isToEnd: Bool { interrupt?.isRaised == true || control?.isStopped == true }
    }

    /// Waits where that is asked for, with everything saved.
    ///
    /// - Returns: How long.
    private func rest(_ wishes: Wishes) throws(TrainingError) -> Duration {
        guard let control = wishes.control, control.isPaused, !wishes.isToEnd else { return .zero }
        let clock = ContinuousClock(), start = clock.now
        try save(try soundState())
        control.wait { wishes.isToEnd }
        return clock.now - start
    }

    /// The steps that the epoch still lacks, then its validation; nil where the run was asked to end before the last step.
    private func trainEpoch(_ wishes: Wishes, onStep: (TrainingProgress) -> Void) throws(TrainingError) -> EpochMetrics? {
        let order = order(ofEpoch: position.epoch)
        let clock = ContinuousClock()
        var start = clock.now, saved = start
        let before = position.seconds
        if position.place == 0 {
            try trainer.estimateCurvature(on: images, order: Array(order.prefix(CurvatureEstimator.images)), epoch: position.epoch)
        }
        let stream = images.batches(of: options.batch, order: order, from: position.place, epoch: position.epoch)
        while let batch = try loaded(try stream.next()) {
            let place = position.place
            if let control = wishes.control { position.rateFactor = control.rateFactor == 1 ? nil : control.rateFactor }
            let update = place / options.imagesOfUpdate, rate = rate(atUpdate: update)
            let momentum = options.schedule.momentum(step: update, of: updatesPerEpoch, epoch: position.epoch, of: options.epochs)
            let part = StepPart(at: place, count: stream.place - place, imagesOfUpdate: options.imagesOfUpdate, of: order.count)
            let result = try trainer.step(on: batch, rate: rate, momentum: momentum, part: part)
            guard result.loss.isFinite else {
                throw .diverged(epoch: position.epoch + 1, step: position.totals.steps + 1, loss: result.loss, rate: options.rate)
            }
            let now = clock.now
            dataWait = stream.waited / max(now - start, .nanoseconds(1))
            position.totals.add(result)
            position.skipped = stream.place > position.totals.images ? stream.place - position.totals.images : nil
            position.steps += 1
            position.seconds = before + (now - start).inSeconds
            stepLog?.append(step: position.steps, loss: result.loss, rate: rate)
            onStep(progress(result, rate: rate))

            let isLast = stream.place >= order.count
            // Time that nothing is done in counts for nothing.
            start += try rest(wishes)
            if wishes.isToEnd, !isLast { return nil }
            if let saveInterval, now - saved >= saveInterval, !isLast {
                try save(try soundState())
                saved = now
            }
        }
        guard position.totals.images > 0 else { throw .data("\(options.data): none of its \(order.count) pictures can be read") }
        let seconds = position.seconds, validated = clock.now
        if let validation { try validate(on: validation) }
        return EpochMetrics(
            epoch: position.epoch + 1, trainLoss: position.totals.loss, trainAccuracy: position.totals.accuracy,
            validationLoss: evaluation?.loss, validationAccuracy: evaluation?.accuracy,
            imagesPerSecond: seconds > 0 ? Double(position.totals.images) / seconds : 0,
            seconds: seconds + (clock.now - validated).inSeconds, rate: lastRate, precision: options.precision)
    }

    /// The images in the order in which an epoch, from 0, visits them.
    func order(ofEpoch epoch: Int) -> [Int] {
        switch options.sampling {
        case .balanced: Shuffle.balanced(images.labels, seed: options.seed, epoch: epoch)
        case .natural where options.shuffle: Shuffle.permutation(of: images.count, seed: options.seed, epoch: epoch)
        case .natural: Array(0..<images.count)
        }
    }

    /// Classifies images with the weights as they are now: ``evaluation`` and ``details`` are theirs then.
    ///
    /// - Returns: What ``evaluation`` is.
    @discardableResult
    public func validate(on images: PictureLoader) throws(TrainingError) -> Evaluation {
        var details = EvaluationDetails(classes: model.classes.count)
        do {
            let evaluation = try trainer.evaluate(on: images) { details.add($0) }
            (self.evaluation, self.details) = (evaluation, details)
            return evaluation
        } catch {
            // Weights that the last step ruined show here first.
            _ = try soundState()
            throw error
        }
    }

    /// Of the epoch's last step.
    private var lastRate: Float { rate(atUpdate: max(0, position.place - 1) / options.imagesOfUpdate) }

    private func rate(atUpdate update: Int) -> Float {
        let factor = options.schedule.factor(
            step: update, of: updatesPerEpoch, epoch: position.epoch, of: options.epochs,
            reductions: position.plateau?.reductions ?? 0)
        return Float(Double(options.rate) * factor * (position.rateFactor ?? 1))
    }

    private func progress(_ step: StepResult, rate: Float) -> TrainingProgress {
        TrainingProgress(
            epoch: position.epoch + 1, epochs: options.epochs, images: position.totals.images, imageCount: images.count,
            loss: position.totals.loss, accuracy: position.totals.accuracy, stepLoss: step.loss, rate: rate,
            imagesPerSecond: position.seconds > 0 ? Double(position.totals.images) / position.seconds : 0)
    }
}
