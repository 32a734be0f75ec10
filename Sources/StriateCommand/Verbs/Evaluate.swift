import ArgumentParser
import Foundation
import Striate

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tests a model: loss, top-1, top-5, each class, calibration, and what is taken for what.")

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("The data set whose test images are classified.", valueName: "data"))
    var data: String

    @Option(name: .long, help: ArgumentHelp("Write a CSV line for each image: what it is and what it is taken for.", valueName: "file"))
    var predictions: String?

    @Option(name: .long, help: ArgumentHelp("Write a page with all that there is to see: an HTML file that needs no other.", valueName: "file"))
    var report: String?

    @Flag(name: .long, help: "Fit a temperature to the validation images, so that probabilities mean what they say, and write it into the model's file.")
    var calibrate = false

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var location: DataOptions
    @OptionGroup var loading: LoadingOptions
    @OptionGroup var looks: TestTimeOptions
    @OptionGroup var batch: BatchOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var precision: PrecisionOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let source = try DataSource(data, directory: location.dataDir, seed: modelOptions.seed)
        let tested = try ModelOnData(model, on: source, splits: [.test], options: modelOptions, isStrict: loading.strict, output)
        let loaded = tested.loaded, augmentation = try looks.augmentation()
        let description = (calibrate ? loaded.description.uncalibrated : loaded.description).averaged(over: augmentation)
        let engine = try compute.engine()
        let evaluator = try Evaluator(
            description.traced().graph, weights: loaded.weights, loss: Loss(description.recipe.loss), batch: batch.batch,
            precision: precision.allowed(), engine: engine)
        // Every picture is seen once.
        var settings = try loading.settings(threads: engine.threads, output)
        settings.cache = settings.cache ?? LoadingSettings.Cache.none
        var details = EvaluationDetails(classes: description.classes.count)
        let calibration = try calibrate ? fitTemperature(
            evaluator, tested.pictures(.validation, settings: settings), classes: description.classes.count,
            hasValidation: tested.reader.hasValidation) : nil
        let fitted = try tested.testPictures(settings: settings)

        var origins = [String?]()
        let (result, answers) = try followed(evaluator, on: fitted, classes: description.classes.count) { image in
            details.add(image)
            origins.append(fitted.origin(of: image.number))
        }
        if let predictions { try AtomicFile.write(table(of: answers, origins, description.classes), to: predictions) }
        if let report {
            let title = "\(model) on \(data)" + (augmentation == .none ? "" : ", averaged over \(augmentation.rawValue)")
            var page = Report(title: title, classes: description.classes)
            (page.evaluation, page.details) = (result, details)
            try AtomicFile.write(page.html(with: page.figures), to: report)
        }
        let table = EvaluationReport(
            model: model, data: data, classes: description.classes, evaluation: result, answers: answers, augmentation: augmentation,
            calibration: calibration)
        Output.line(output.json ? table.json.text : table.text)
        try calibration?.write()
    }

    /// Tests with a live line on the terminal.
    private func followed(
        _ evaluator: Evaluator, on images: PictureLoader, classes: Int, observe: (ClassifiedImage) -> Void = { _ in }
    ) throws -> (evaluation: Evaluation, answers: Answers) {
        var live = output.quiet ? nil : LiveLine(Terminal())
        let total = images.count
        defer { live?.clear() }
        var answers = Answers(classes: classes)
        let evaluation = try evaluator.evaluate(on: images) { image in
            answers.append(image.logits, label: Int32(image.label))
            observe(image)
        } progress: { done in
            guard live?.isDue == true else { return }
            live?.draw(Double(done) / Double(total), "\(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
        }
        return (evaluation, answers)
    }

    private func fitTemperature(
        _ evaluator: Evaluator, _ images: PictureLoader, classes: Int, hasValidation: Bool
    ) throws -> Calibration {
        guard !LoadedModel.isByName(model), !StoredModel.isONNX(model) else {
            throw UsageError("--calibrate writes into a model's file; name one written by Striate, or a run's folder, not \(model)")
        }
        if !hasValidation, !output.quiet {
            Output.log("\(data) has no validation images: the temperature is fitted to the images that it is tested with")
        }
        if let views = looks.views, try looks.augmentation() != .none, !output.quiet {
            Output.log("the temperature is fitted to averaged logits: predict with --tta \(views) too")
        }
        let answers = try followed(evaluator, on: images, classes: classes).answers
        return Calibration(file: try LoadedModel.file(for: model), images: answers.count, temperature: Float(answers.fittedTemperature()))
    }

    /// - Parameter origins: Where the images come from: a column of its own where that is known.
    private func table(of answers: Answers, _ origins: [String?], _ classes: [String]) -> String {
        let areKnown = origins.contains { $0 != nil }
        var lines = ["image,class,answer,probability" + (areKnown ? ",path" : "")]
        for (image, origin) in origins.enumerated() {
            let answer = answers.answer(to: image)
            let fields = [
                String(image), classes[Int(answers.labels[image])], classes[answer], "\(Float(answers.probabilities(of: image)[answer]))",
            ]
            lines.append(CSV.line(fields + (areKnown ? [origin ?? ""] : [])))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
