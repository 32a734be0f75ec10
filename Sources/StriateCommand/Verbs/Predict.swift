import ArgumentParser
import Foundation
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

    @OptionGroup var network: NetworkOptions
    @OptionGroup var picture: InputOptions
    @OptionGroup var batch: BatchOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var precision: PrecisionOptions
    @OptionGroup var seed: SeedOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try Limits.top.check(top) }

    func run() throws {
        let loaded = try LoadedModel(model, options: network, input: picture.shape(), seed: seed.seed)
        let predictor = try Predictor(loaded, batch: batch.batch ?? 64, precision: precision.allowed(), engine: compute.engine())
        var failures = 0
        func fail(_ error: any Error) {
            failures += 1
            Output.log("striate: \(error)")
        }

        var waiting = [(name: String, picture: Picture)]()
        func predictWaiting() throws {
            guard !waiting.isEmpty else { return }
            let answers = try predictor.probabilities(of: waiting.map(\.picture))
            for ((name, _), probabilities) in zip(waiting, answers) { show(name, probabilities, loaded.description.classes) }
            waiting.removeAll(keepingCapacity: true)
        }
        for argument in images {
            for path in PictureFiles(argument) {
                do {
                    let picture = try path.get().read(for: loaded.description.preprocessing)
                    waiting.append((try path.get().name, picture))
                } catch { fail(error) }
                if waiting.count == predictor.batch { try predictWaiting() }
            }
        }
        try predictWaiting()
        if failures > 0 { throw EarlyEnd(status: .workFailed) }
    }

    private func show(_ name: String, _ probabilities: ArraySlice<Float>, _ classes: [String]) {
        let values = Array(probabilities)
        let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(top)
        guard !output.json else {
            let predictions = order.map { index -> JSON in
                ["class": .string(classes[index]), "probability": .number(shortest(values[index]))]
            }
            Output.line(JSON.object([("image", .string(name)), ("predictions", .array(predictions))]).text)
            return
        }
        let answers = order.map { "\(classes[$0]) \(Numbers.percent(Double(values[$0])))" }
        Output.line("\(name)  \(answers.joined(separator: "  "))")
    }
}

/// A model compiled to classify pictures.
struct Predictor {
    /// The most pictures in a run.
    let batch: Int
    private let program: any Program
    private let classes: Int

    init(_ model: LoadedModel, batch: Int, precision: Precision, engine: some Engine) throws {
        self.batch = batch
        let traced = try model.description.traced()
        program = try engine.compile(traced.graph.optimized().allowing(precision), batch: batch)
        try program.adopt(model.weights)
        classes = model.description.classes.count
    }

    /// The softmax of the logits, picture by picture.
    func probabilities(of pictures: [Picture]) throws -> [ArraySlice<Float>] {
        var pixels = [UInt8]()
        for picture in pictures { pixels += picture.pixels }
        let feed = Feed(count: pictures.count, inputs: [TracedNetwork.pixelsName: Source(.bytes(pixels), first: pictures.count)])
        try program.run(feed)
        let logits = program.output(TracedNetwork.outputName).values
        return pictures.indices.map { softmax(logits[$0 * classes..<($0 + 1) * classes])[...] }
    }

    private func softmax(_ logits: ArraySlice<Float>) -> [Float] {
        let largest = logits.max() ?? 0
        let powers = logits.map { exp(Double($0 - largest)) }
        let sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
    }
}
