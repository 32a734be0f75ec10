import Striate

/// What `train` shows while it works, and the pictures that it leaves in the run folder.
final class TrainReport {
    private let run: TrainingRun
    private let classes: [String]
    private let output: OutputOptions
    /// What the pictures are called that the run is judged by after each epoch: `test` or `validation`.
    let judge: String
    private let start: ContinuousClock.Instant
    private var live: LiveLine?
    private var pacing = PicturePacing()
    private var isBottleneckTold = false
    private let begun = ContinuousClock.now
    /// The share of time from which on waiting is worth a word.
    private static let muchWaiting = 0.1

    /// - Parameters:
    ///   - classes: The classes' names.
    ///   - isValidated: Whether the run is judged by pictures for validation, and there are others to test it with.
    ///   - start: When the work began: the last line tells how long it took.
    init(run: TrainingRun, classes: [String], isValidated: Bool, output: OutputOptions, start: ContinuousClock.Instant) {
        self.run = run
        self.classes = classes
        judge = isValidated ? "validation" : "test"
        self.output = output
        self.start = start
        live = output.quiet ? nil : LiveLine(Terminal())
    }

    /// One line on what is about to happen.
    func begin(_ description: any ModelArchitecture, images: Int, validationCount: Int, threads: Int) {
        guard !output.quiet else { return }
        let options = run.options
        var parts = [
            "\(description.network) on \(options.data)",
            "\(Numbers.grouped(images)) training and \(Numbers.grouped(validationCount)) \(judge) images",
            rules(options),
        ]
        parts.append("\(threads) \(threads == 1 ? "thread" : "threads")")
        parts.append(run.folder.path)
        Output.log(parts.joined(separator: "; "))
        if run.position.steps > 0 {
            Output.log("going on after \(run.position.epoch) of \(options.epochs) epochs, step \(Numbers.grouped(run.position.steps))")
        }
    }

    /// What decides the result and is not as usual.
    private func rules(_ options: TrainingOptions) -> String {
        var text = "batch \(options.batch)\(options.accumulation > 1 ? "×\(options.accumulation)" : "")"
        if options.optimizer != .sgd { text += ", \(options.optimizer.rawValue)" }
        text += ", rate \(options.rate)"
        if options.momentum > 0 { text += ", momentum \(options.momentum)\(options.nesterov ? " (Nesterov)" : "")" }
        if options.weightDecay > 0 { text += ", weight decay \(options.weightDecay)" }
        if options.schedule != .constant { text += ", schedule \(options.schedule)" }
        let others = ["decay", "clip", "ema", "whiten", "freeze", "rate_factors", "head_rate", "label_smoothing", "class_weights", "dropout", "stochastic_depth", "precision"]
        let usual = TrainingOptions(network: "", data: "")
        for field in others.compactMap(TrainingField.named) {
            guard let value = field.text(of: options), value != field.text(of: usual) else { continue }
            text += ", \(field.name.replacing("_", with: " ")) \(value)"
        }
        return text
    }

    /// - Parameter page: Where people watch the run and ask things of it.
    func follow(_ interrupt: Interrupt, on page: TrainingPage?) throws -> TrainingRun.Outcome {
        defer { live?.clear() }
        return try run.run(interrupt: interrupt, control: page?.control) { progress in
            if live?.isDue == true { draw(progress) }
            tellBottleneck()
            page?.show(progress)
        } onEpoch: { epoch in
            live?.clear()
            tell(epoch)
            if pacing.isDue { drawPictures() }
            page?.show(epoch)
        }
    }

    /// Draws the last pictures and says how it went.
    func end(on validation: PictureLoader) throws {
        // A run that was resumed after its last epoch has not validated anything.
        let evaluation = try run.evaluation ?? run.validate(on: validation)
        drawPictures()
        let seconds = (.now - start) / Duration.seconds(1)
        let epochs = run.position.epoch
        if epochs < run.options.epochs, let patience = run.options.patience {
            Output.log("stopped early: nothing better in \(patience) \(patience == 1 ? "epoch" : "epochs")")
        }
        var line = "\(judge) accuracy \(Numbers.percent(evaluation.accuracy)) after \(epochs == 1 ? "1 epoch" : "\(epochs) epochs") "
            + "in \(Numbers.duration(seconds))"
        if let best = run.position.best, best.epoch < epochs {
            line += "; best \(Numbers.percent(best.accuracy)) after epoch \(best.epoch)"
        }
        line += "; model: \(run.folder.best)"
        if output.json { if !output.quiet { Output.log(line) } } else { Output.line(line) }
    }

    private func draw(_ progress: TrainingProgress) {
        let share = Double(progress.images) / Double(max(1, progress.imageCount))
        live?.draw(
            share,
            "epoch \(progress.epoch)/\(progress.epochs)  loss \(Numbers.fixed(progress.loss, 4))  "
                + "accuracy \(Numbers.percent(progress.accuracy, 1))  \(Numbers.rate(progress.imagesPerSecond)) images/s  "
                + "\(Numbers.duration(progress.secondsLeft ?? .infinity)) left")
    }

    /// Says once that pictures come too slowly, after long enough to know.
    private func tellBottleneck() {
        guard !isBottleneckTold, !output.quiet, run.dataWait > TrainReport.muchWaiting, .now - begun > .seconds(10) else { return }
        isBottleneckTold = true
        live?.clear()
        Output.log(
            "data: training waits \(Numbers.percent(run.dataWait, 0)) of the time for pictures; try --cache ram or disk, fewer or cheaper augmentations, "
                + "or smaller files")
    }

    private func tell(_ epoch: EpochMetrics) {
        guard !output.json else { return Output.line(epoch.json) }
        guard !output.quiet else { return }
        let total = String(run.options.epochs), number = String(epoch.epoch)
        let padding = String(repeating: " ", count: max(0, total.count - number.count))
        var line = "epoch \(padding)\(number)/\(total)  loss \(Numbers.fixed(epoch.trainLoss, 4))  "
            + "accuracy \(Numbers.percent(epoch.trainAccuracy))"
        if let loss = epoch.validationLoss, let accuracy = epoch.validationAccuracy {
            line += "  \(judge) loss \(Numbers.fixed(loss, 4))  \(judge) accuracy \(Numbers.percent(accuracy))"
        }
        Output.line(line + "  \(Numbers.rate(epoch.imagesPerSecond)) images/s  \(Numbers.duration(epoch.seconds))")
    }

    /// Draws what is known into the run folder.
    func drawPictures() {
        let begun = ContinuousClock.now
        var report = Report(title: "\(run.options.network) on \(run.options.data)", classes: classes)
        report.judge = judge
        report.epochs = run.metrics
        report.evaluation = run.evaluation
        report.details = run.details
        report.settings = settings
        let figures = report.figures
        for figure in figures { write(figure.svg, figure.file) }
        // A page lacks nothing, so one without a test replaces none that has it.
        if report.evaluation != nil { write(report.html(with: figures), "report.html") }
        pacing.add(.now - begun)
    }

    /// What decided the result.
    private var settings: [(name: String, value: String)] {
        let options = run.options
        let fields = TrainingField.all.compactMap { field in
            field.text(of: options).map { (name: field.name.replacing("_", with: " "), value: $0) }
        }
        return [(name: "network", value: options.network)] + options.networkOptions.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) } + fields
    }

    /// A picture that cannot be written is no reason to lose a training.
    private func write(_ picture: String, _ name: String) {
        do { try AtomicFile.write(picture, to: "\(run.folder.path)/\(name)") } catch { Output.log("striate: \(error)") }
    }
}
