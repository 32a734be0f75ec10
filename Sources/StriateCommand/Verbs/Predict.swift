import ArgumentParser
import Striate

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what pictures show, with probabilities.",
        discussion: """
            Takes JPEG, PNG, PNM and BMP files, folders of them, or - for one picture on standard input. With --json a line for each picture.
            """)

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Argument(help: "Pictures, folders, or -.")
    var images: [String]

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How many classes to name for each picture.", valueName: "n"))
    var top = 3

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var looks: TestTimeOptions
    @OptionGroup var batch: BatchOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var precision: PrecisionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try Limits.top.check(top) }

    func run() throws {
        let loaded = try modelOptions.load(model)
        let augmentation = try looks.augmentation()
        let classifier = try Classifier(
            loaded.description.averaged(over: augmentation), weights: loaded.weights, batch: batch.batch ?? 64, precision: precision.allowed(),
            engine: compute.engine())
        var failures = 0
        func fail(_ error: any Error) {
            failures += 1
            Output.log("striate: \(error)")
        }

        var waiting = [(name: String, picture: Picture)]()
        func predictWaiting() throws {
            guard !waiting.isEmpty else { return }
            let answers = try classifier.probabilities(of: waiting.map(\.picture))
            for ((name, _), probabilities) in zip(waiting, answers) {
                show(name, classifier.ranked(probabilities).prefix(top), averagedOver: augmentation)
            }
            waiting.removeAll(keepingCapacity: true)
        }
        for argument in images {
            for path in PictureFiles(argument) {
                do {
                    let picture = try path.get().read(for: loaded.description.preprocessing)
                    waiting.append((try path.get().name, picture))
                } catch { fail(error) }
                if waiting.count == classifier.batch { try predictWaiting() }
            }
        }
        try predictWaiting()
        if failures > 0 { throw EarlyEnd(status: .workFailed) }
    }

    private func show(
        _ name: String, _ predictions: ArraySlice<Classifier.Prediction>, averagedOver augmentation: TestTimeAugmentation
    ) {
        guard !output.json else {
            let answers = predictions.map { ["class": .string($0.name), "probability": .number(shortest($0.probability))] as JSON }
            Output.line(JSON.object([("image", .string(name))] + augmentation.json + [("predictions", .array(answers))]).text)
            return
        }
        let answers = predictions.map { "\($0.name) \(Numbers.percent(Double($0.probability)))" }
        Output.line("\(name)  \(answers.joined(separator: "  "))")
    }
}
