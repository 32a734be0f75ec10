import Foundation
public import Striate

/// Posts what a run comes to on the page of a ``TrainingStudio``. Its methods are called by the thread that trains; drawing for the page
/// takes no more than a small share of its time.
public final class TrainingFeed {
    private let run: TrainingRun
    private let classes: [String]
    private let studio: TrainingStudio
    private let filters: FirstFilters?
    private var trace = LossTrace()
    private var progress: TrainingProgress?
    private var posted: ContinuousClock.Instant?
    private var filterPacing = PicturePacing(share: TrainingFeed.share)
    private var mistakePacing = PicturePacing(share: TrainingFeed.share)

    /// Between two posts of numbers: faster than eyes read is of no use.
    private static let interval = Duration.milliseconds(200)
    /// The share of the time that pictures of each kind may take.
    private static let share = 0.01
    /// The most mistakes that are shown.
    private static let mostMistakes = 24

    /// - Parameters:
    ///   - network: What the run trains; its first filters are shown where it has some.
    ///   - judge: What the pictures are called that the run is judged by after each epoch.
    public init(_ run: TrainingRun, of network: TracedNetwork, classes: [String], judge: String = "validation", to studio: TrainingStudio) {
        self.run = run
        self.classes = classes
        self.studio = studio
        filters = FirstFilters(of: network)
        studio.board.post("run", [
            "network": .string(run.options.network), "data": .string(run.options.data), "folder": .string(run.folder.path),
            "judge": .string(judge), "epochs": .integer(run.options.epochs), "schedule": .string(run.options.schedule.description),
        ])
        studio.control.rateFactor = run.position.rateFactor ?? 1
        postState(.training)
        postEpochs()
        postFilters()
    }

    /// After each step.
    public func add(_ progress: TrainingProgress) {
        trace.add(Double(progress.stepLoss))
        self.progress = progress
        guard posted.map({ .now - $0 >= TrainingFeed.interval }) ?? true else { return }
        post(progress)
        if filterPacing.isDue { postFilters() }
    }

    /// After each epoch.
    public func add(_ epoch: EpochMetrics) {
        if let progress { post(progress) }
        postEpochs()
        if mistakePacing.isDue { postMistakes() }
    }

    /// Once the run has ended, nil for an error: the page shows the last state, and why there is no more.
    public func end(_ outcome: TrainingRun.Outcome?) {
        postFilters()
        postMistakes()
        let state: TrainingState =
            switch outcome {
            case .finished: .finished
            case .stoppedEarly: .stoppedEarly
            case .interrupted: .stopped
            case nil: .failed
            }
        postState(state)
    }

    // MARK: - Sections

    private func postState(_ state: TrainingState) { studio.board.post(TrainingState.section, state.json(studio.control)) }

    private func post(_ progress: TrainingProgress) {
        posted = .now
        let left: [(String, JSON)] = progress.secondsLeft.map { [("seconds_left", .number($0))] } ?? []
        studio.board.post("progress", .object([
            ("epoch", .integer(progress.epoch)), ("epochs", .integer(progress.epochs)), ("images", .integer(progress.images)),
            ("image_count", .integer(progress.imageCount)), ("loss", .number(progress.loss)), ("accuracy", .number(progress.accuracy)),
            ("rate", .number(shortest(progress.rate))), ("images_per_second", .number(progress.imagesPerSecond)), ("data_wait", .number(run.dataWait)),
            ("steps_of_point", .integer(trace.stepsOfPoint)), ("losses", .array(trace.points.map { .number(shortest(Float($0))) })),
        ] + left))
    }

    private func postEpochs() {
        studio.board.post("epochs", .array(run.metrics.map { epoch in
            var members: [(String, JSON)] = [
                ("epoch", .integer(epoch.epoch)), ("train_loss", .number(epoch.trainLoss)), ("train_accuracy", .number(epoch.trainAccuracy)),
                ("seconds", .number(epoch.seconds)),
            ]
            if let loss = epoch.validationLoss { members.append(("val_loss", .number(loss))) }
            if let accuracy = epoch.validationAccuracy { members.append(("val_accuracy", .number(accuracy))) }
            return .object(members)
        }))
    }

    private func postFilters() {
        guard let filters, let weight = run.trainer.learntTensor(at: filters.path) else { return }
        let start = ContinuousClock.now
        if let picture = try? filters.picture(of: weight), let png = try? PNG.encode(picture) {
            studio.board.post("filters", [
                "name": .string(filters.path), "shape": JSON(weight.shape.extents), "png": .string(Data(png).base64EncodedString()),
                "width": .integer(picture.shape[2]), "height": .integer(picture.shape[1]),
            ])
        }
        filterPacing.add(.now - start)
    }

    private func postMistakes() {
        guard let details = run.details else { return }
        let start = ContinuousClock.now
        let mistakes = details.mistakes.prefix(TrainingFeed.mostMistakes).compactMap { example -> JSON? in
            guard let png = example.picture.thumbnail else { return nil }
            return [
                "class": .string(classes[example.label]), "answer": .string(classes[example.answer]), "probability": .number(example.probability),
                "png": .string(Data(png).base64EncodedString()),
            ]
        }
        studio.board.post("mistakes", ["epoch": .integer(run.position.epoch), "mistakes": .array(mistakes)])
        mistakePacing.add(.now - start)
    }
}
