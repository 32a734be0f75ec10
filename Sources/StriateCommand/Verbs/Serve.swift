import ArgumentParser
import Foundation
import Striate
import StriateStudio

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves a model on HTTP: an API for programs and a page for people.",
        discussion: """
            Answers POST /v1/predict with the classes of the pictures it is sent; /openapi.json describes the rest. Listens on this machine alone
            unless --host says otherwise. Ctrl-C ends it once all it accepted is answered; a second one ends it at once.
            """)

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("The data set whose pictures the page shows, with what the model takes them for.", valueName: "data"))
    var data: String?

    @OptionGroup var location: DataOptions
    @OptionGroup var loading: LoadingOptions
    @OptionGroup var listening: ListeningOptions
    @OptionGroup var limits: ServiceLimits
    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var precision: PrecisionOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Log each request on standard error.")
    var verbose = false

    func validate() throws { try loading.checkUse(of: data, location) }

    func run() throws {
        let served = try servedModel()
        var options = try listening.options()
        limits.apply(to: &options)
        options.threads = threads.threads
        options.precision = try precision.allowed()
        // A client that leaves is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let network = served.description.network, json = output.json
        let studio = try Studio(served, options: options, isVerbose: verbose) { address in
            let line: JSON = ["address": .string(address), "network": .string(network)]
            Output.line(json ? line.text : "\(network) at \(address)")
        }
        let interrupt = Interrupt { Task { await studio.stop() } }
        try withExtendedLifetime(interrupt) { try BackgroundWork { try await studio.run() }.wait() }
    }

    private func servedModel() throws -> ServedModel {
        // Where the model is no run, nothing was saved beside it.
        let saved = (try? RunFolder(reading: model))?.savedModels ?? []
        guard let data else {
            let loaded = try modelOptions.load(model)
            return ServedModel(name: model, description: loaded.description, weights: loaded.weights, saved: saved)
        }
        let source = try DataSource(data, directory: location.dataDir, seed: modelOptions.seed)
        let shown = try ModelOnData(
            model, on: source, splits: [.train, .test], options: modelOptions, isStrict: loading.strict, output)
        let settings = try loading.settings(threads: threads.threads ?? ProcessInfo.processInfo.activeProcessorCount, output)
        let pictures = ServedData(
            name: data, test: try shown.testPictures(settings: settings), training: shown.trainingPictures(settings: settings, output))
        return ServedModel(name: model, description: shown.loaded.description, weights: shown.loaded.weights, data: pictures, saved: saved)
    }
}

/// How much a server takes at a time.
struct ServiceLimits: ParsableArguments {
    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The most pictures that run together.", valueName: "n"))
    var batch = StudioOptions().batch

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The most pictures that wait; more are refused with 503.", valueName: "n"))
    var queue = StudioOptions().queue

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The most bytes of a request.", valueName: "bytes"))
    var maxBody = StudioOptions().mostBodyBytes

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The most pixels of a picture.", valueName: "n"))
    var maxPixels = StudioOptions().mostPixels

    func validate() throws {
        try Limits.servedBatch.check(batch)
        try Limits.queue.check(queue)
        try Limits.maxBody.check(maxBody)
        try Limits.maxPixels.check(maxPixels)
    }

    func apply(to options: inout StudioOptions) {
        options.batch = batch
        options.queue = queue
        options.mostBodyBytes = maxBody
        options.mostPixels = maxPixels
    }
}

extension Limits {
    fileprivate static let servedBatch = Limits(flag: "--batch", range: 1...4096)
    fileprivate static let queue = Limits(flag: "--queue", range: 1...65_536)
    fileprivate static let maxBody = Limits(flag: "--max-body", range: 1...(1 << 30))
    fileprivate static let maxPixels = Limits(flag: "--max-pixels", range: 1...(1 << 28))
}

/// `--threads` where the default is what the network is worth.
struct ThreadOptions: ParsableArguments {
    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "Threads to compute on (default: one for a small network, else all processors).", valueName: "n"))
    var threads: Int?

    func validate() throws { try Limits.threads.check(threads) }
}
