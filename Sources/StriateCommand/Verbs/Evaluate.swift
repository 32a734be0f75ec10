import ArgumentParser
import Striate

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tests a model: loss, top-1, top-5, each class, and what is taken for what.")

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("The data set whose test images are classified.", valueName: "data"))
    var data: String

    @OptionGroup var network: NetworkOptions
    @OptionGroup var picture: InputOptions
    @OptionGroup var location: DataOptions
    @OptionGroup var batch: BatchOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var precision: PrecisionOptions
    @OptionGroup var seed: SeedOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let source = try DataSource(data, directory: location.dataDir, seed: seed.seed)
        // A file that cannot be read is told before a download begins.
        let isByName = LoadedModel.isByName(model)
        let known = isByName ? nil : try LoadedModel(model, options: network, input: picture.shape(), seed: seed.seed)
        let reader = try source.open([.test], output)
        let loaded = try known
            ?? LoadedModel(model, options: network, input: picture.shape(), seed: seed.seed, classes: reader.classes)
        guard reader.classes.count <= loaded.description.classes.count else {
            throw WorkError(
                "\(data) has \(reader.classes.count) classes, but \(model) tells \(loaded.description.classes.count) apart; "
                    + "evaluate it on the data it was trained for")
        }
        let evaluator = try Evaluator(
            loaded.description.traced().graph, weights: loaded.weights, loss: Loss(loaded.description.recipe.loss), batch: batch.batch,
            precision: precision.allowed(), engine: compute.engine())
        let fitted = try labelled(
            reader.images(.test, fittedTo: loaded.description.preprocessing, output), as: loaded.description.classes)
        guard fitted.count > 0 else { throw WorkError("\(data): there are no test images") }

        var live = output.quiet ? nil : LiveLine(Terminal())
        let total = fitted.count
        defer { live?.clear() }
        let result = try evaluator.evaluate(on: fitted) { done in
            guard live?.isDue == true else { return }
            live?.draw(Double(done) / Double(total), "\(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
        }
        live?.clear()
        Output.line(output.json ? json(result, loaded.description).text : text(result, loaded.description.classes))
    }

    /// Labels follow the names of the classes: a class that has no folder shifts no other. As many classes by other names go by their numbers.
    private func labelled(_ images: ImageSet, as classes: [String]) throws -> ImageSet {
        if let images = images.relabelled(for: classes) { return images }
        guard images.classes.count < classes.count else { return images }
        let unknown = images.classes.first { !classes.contains($0) } ?? ""
        throw WorkError("\(data): its class \(unknown) is none of the \(classes.count) that \(model) knows")
    }

    private func json(_ result: Evaluation, _ description: any ModelArchitecture) -> JSON {
        let classes = description.classes.enumerated().map { index, name -> JSON in
            [
                "class": .string(name), "samples": .integer(result.confusion[index].reduce(0, +)),
                "precision": JSON(result.precision(of: index)), "recall": JSON(result.recall(of: index)),
            ]
        }
        return [
            "model": .string(model), "data": .string(data), "samples": .integer(result.samples), "loss": .number(result.loss),
            "accuracy": .number(result.accuracy), "top5": .number(result.top5), "errors": .integer(result.errors),
            "confusion": .array(result.confusion.map { JSON($0) }), "classes": .array(classes),
        ]
    }

    private func text(_ result: Evaluation, _ classes: [String]) -> String {
        var table = Table([("class", .left), ("images", .right), ("right", .right), ("precision", .right), ("most taken for", .left)])
        for (index, name) in classes.enumerated() {
            let row = result.confusion[index]
            let worst = row.indices.filter { $0 != index }.max { row[$0] < row[$1] }
            let confusedWith = worst.flatMap { row[$0] > 0 ? "\(classes[$0]) (\(row[$0]))" : nil } ?? ""
            table.add([
                name, Numbers.grouped(row.reduce(0, +)), result.recall(of: index).map { Numbers.percent($0, 1) } ?? "–",
                result.precision(of: index).map { Numbers.percent($0, 1) } ?? "–", confusedWith,
            ])
        }
        var text = table.text
        // Wider than a screen, it would not be read.
        if classes.count <= 20 {
            var confusion = Table([("is \\ taken for", .left)] + classes.map { (String($0.prefix(6)), .right) })
            for (index, name) in classes.enumerated() {
                confusion.add([name] + result.confusion[index].map { $0 == 0 ? "·" : String($0) })
            }
            text += "\n\n" + confusion.text
        }
        return text + """


            \(Numbers.grouped(result.samples)) images, loss \(Numbers.fixed(result.loss, 4)), accuracy \(Numbers.percent(result.accuracy)), \
            top-5 \(Numbers.percent(result.top5)), \(Numbers.grouped(result.errors)) errors
            """
    }
}
