import ArgumentParser
import Foundation
import Striate

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a model as one file: ONNX for other tools, safetensors, or a page to look inside.",
        discussion: """
            The suffix decides. An .onnx file takes numbers as the first layer does (normalised pictures, N×C×H×W), as files that \
            PyTorch exports; with --with-preprocessing it takes bytes as floats (0…255) and normalises them itself. Either holds the \
            classes and the preprocessing. The file is imported again and compared before it is written.
            An .html file is the look-inside page with the model in it: any browser runs it, without a server or a network.
            An .onnx file from elsewhere does not say how its pictures are normalised: --mean and --std do, for pixels in 0…1.
            """)

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("The file to write, .onnx, .safetensors or .html.", valueName: "file"))
    var to: String

    @Flag(name: .long, help: "Let the ONNX graph normalise pictures itself.")
    var withPreprocessing = false

    @Option(name: .long, help: ArgumentHelp("Subtracted from each channel of a foreign model's pictures.", valueName: "a,b,c"))
    var mean: String?

    @Option(name: .long, help: ArgumentHelp("Divides each channel after that.", valueName: "a,b,c"))
    var std: String?

    @Option(name: .long, help: ArgumentHelp("The data set of which a page gets pictures to choose from.", valueName: "data"))
    var data: String?

    @OptionGroup var location: DataOptions
    @OptionGroup var loading: LoadingOptions
    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try loading.checkUse(of: data, location) }

    func run() throws {
        let isONNX = StoredModel.isONNX(to), isPage = to.lowercased().hasSuffix(".html")
        guard isONNX || isPage || to.lowercased().hasSuffix(".safetensors") else {
            throw UsageError("--to takes a file that ends with .onnx, .safetensors or .html, not \"\(to)\"")
        }
        guard isPage || data == nil else { throw UsageError("--data goes with an .html file") }
        guard isONNX || !withPreprocessing else { throw UsageError("--with-preprocessing goes with an .onnx file") }
        if let data {
            try AtomicFile.write(pageWithPictures(of: DataSource(data, directory: location.dataDir, seed: modelOptions.seed)).html, to: to)
            return report(check: nil)
        }
        let loaded = try modelOptions.load(model)
        let description = try normalized(loaded.description)
        guard !isPage else {
            try AtomicFile.write(OfflinePage(BrowserModel(description, weights: loaded.weights)).html, to: to)
            return report(check: nil)
        }
        guard isONNX else {
            try ModelFile(ModelMetadata(description), weights: loaded.weights).write(to: to)
            return report(check: nil)
        }
        try report(check: writeONNX(description, loaded.weights))
    }

    /// The page with pictures to choose from: some of each class, and the worst mistakes.
    private func pageWithPictures(of source: DataSource) throws -> OfflinePage {
        let shown = try ModelOnData(model, on: source, splits: [.test], options: modelOptions, isStrict: loading.strict, output)
        let description = try normalized(shown.loaded.description), weights = shown.loaded.weights, engine = try compute.engine()
        let pictures = try shown.testPictures(settings: loading.settings(threads: engine.threads, output))
        let evaluator = try Evaluator(description.traced().graph, weights: weights, loss: Loss(description.recipe.loss), engine: engine)
        let gallery = try Gallery(testing: evaluator, on: pictures)
        let accuracy = "\(Numbers.percent(gallery.evaluation.accuracy)) of \(Numbers.count(gallery.evaluation.samples, "test picture")) of \(source.name) right"
        return OfflinePage(try BrowserModel(description, weights: weights, facts: [accuracy], samples: gallery.picks(from: pictures)))
    }

    /// The model with the normalisation that the user gave.
    private func normalized(_ description: any ModelArchitecture) throws -> any ModelArchitecture {
        guard mean != nil || std != nil else { return description }
        guard let imported = description as? ONNXNetwork else {
            throw UsageError("--mean and --std go with an .onnx file; \(model) has its own preprocessing")
        }
        func numbers(_ flag: String, _ text: String?, _ standard: Float) throws -> [Float] {
            guard let text else { return Array(repeating: standard, count: imported.preprocessing.channels) }
            let parts = text.split(separator: ",", omittingEmptySubsequences: false), numbers = parts.compactMap { Float($0) }
            guard numbers.count == parts.count else { throw UsageError("\(flag) takes numbers such as 0.485,0.456,0.406, not \"\(text)\"") }
            return numbers
        }
        return try imported.normalizing(mean: numbers("--mean", mean, 0), standardDeviation: numbers("--std", std, 1))
    }

    private func writeONNX(_ description: some ModelArchitecture, _ weights: Weights) throws -> ExportCheck {
        let bytes = try ONNXModel.encoded(description, weights: weights, withPreprocessing: withPreprocessing, file: to)
        let check = try ExportCheck(bytes, of: description, weights: weights, file: to, engine: compute.engine())
        try AtomicFile.write(bytes, to: to)
        return check
    }

    private func report(check: ExportCheck?) {
        guard !output.json else {
            let difference = check.map { JSON.number(Double($0.difference)) } ?? .null
            return Output.line(JSON.object([("file", .string(to)), ("model", .string(model)), ("largest_difference", difference)]).text)
        }
        Output.line(to)
        guard let check, !output.quiet else { return }
        let difference = check.difference == 0 ? "exactly" : "to \(String(format: "%.0e", check.difference))"
        Output.line("checked: re-imported, \(ExportCheck.pictures) random pictures agree \(difference)")
    }
}
