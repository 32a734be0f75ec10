import ArgumentParser
import Foundation
import Striate

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a network and keeps the best model.",
        discussion: """
            What is not said follows the network's own recipe (see: striate networks). The run folder holds config.json, \
            metrics.jsonl, last.safetensors, best.safetensors, and pictures: report.html has all of them. Ctrl-C finishes the step, saves and \
            exits with 130; --resume goes on to the same bits. --studio shows it all in the browser while it goes on.
            """)

    @Argument(help: "A network's name, or a model to train further; with --resume it may be left out.")
    var network: String?

    @OptionGroup var options: TrainOptions
    @OptionGroup var architecture: NetworkOptions
    @OptionGroup var picture: InputOptions
    @OptionGroup var location: DataOptions
    @OptionGroup var loading: LoadingOptions
    @OptionGroup var batch: BatchOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var precision: PrecisionOptions
    @OptionGroup var studio: TrainingPageOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let start = ContinuousClock.now
        let listening = try studio.options()
        if listening != nil, options.lrFind { throw UsageError("--studio shows a training, which --lr-find is not; leave one of them out") }
        let settings = try settings(), page = try listening.map { try TrainingPage($0) }
        var outcome: TrainingRun.Outcome?
        defer { page?.close(outcome) }
        let prepared = try prepare(settings), run = prepared.run
        guard !options.lrFind else { return try RateReport(run: run, output: output).make() }
        let report = TrainReport(
            run: run, classes: prepared.description.classes, isValidated: prepared.isValidated, output: output, start: start)
        report.begin(
            prepared.description, images: prepared.imageCount, validationCount: prepared.validation.count, threads: prepared.threads)
        try page?.begin(run, of: prepared.description.traced(), classes: prepared.description.classes, judge: report.judge)
        // On a terminal the line begins with ^C.
        let fresh = Terminal().isInteractive ? "\n" : ""
        let interrupt = Interrupt { Output.log("\(fresh)finishing this step and saving; press Ctrl-C again to stop at once") }
        outcome = try report.follow(interrupt, on: page)
        guard outcome != .interrupted else {
            report.drawPictures()
            Output.log("interrupted and saved; go on with: striate train --resume \(run.folder.path)")
            // Who stops a run on its page has got what was asked for.
            guard interrupt.isRaised else { return }
            throw EarlyEnd(status: .interrupted)
        }
        try report.end(on: prepared.validation)
    }

    /// A run that is ready to take its first step or, resumed, its next.
    struct Prepared {
        let run: TrainingRun
        let description: any ModelArchitecture
        let validation: PictureLoader
        /// Whether there are other pictures to test it with.
        let isValidated: Bool
        let imageCount: Int
        let threads: Int
    }

    func prepare(_ settings: TrainingOptions) throws -> Prepared {
        let engine = try compute.engine()
        let data = try DataSource(settings.data, directory: settings.dataDirectory, seed: settings.seed)
            .open([.train, .validation], split: try split(settings), isStrict: loading.strict, output)
        let (description, weights) = try model(for: settings, classes: data.classes)
        let loadingSettings = try loading.settings(threads: engine.threads, output)
        func load(_ split: DataSet.Split, limit: Int? = nil) throws -> PictureLoader {
            let loader = try data.loader(
                split, for: description.preprocessing, limit: limit, augmentation: split == .train ? settings.augmentation : nil,
                seed: settings.seed, settings: loadingSettings)
            return try loader.labelled(as: description.classes, data: settings.data, model: settings.network)
        }
        let images = try load(.train, limit: settings.limit), validation = try load(.validation)
        if !output.quiet, let warning = images.warning(validatedOn: validation) { Output.log(warning) }

        let run = try begin(settings, description, weights, images, validation, engine)
        if let table = data.splitTable { try AtomicFile.write(table, to: run.folder.split) }
        return Prepared(
            run: run, description: description, validation: validation, isValidated: data.hasValidation, imageCount: images.count, threads: engine.threads)
    }

    /// How the data are divided: as in the beginning, where the run goes on.
    private func split(_ settings: TrainingOptions) throws -> DataSplit {
        let saved = try options.resume.map { RunFolder.split(in: $0) }.flatMap { path in
            FileManager.default.fileExists(atPath: path) ? try SavedSplit(contentsOf: path) : nil
        }
        return DataSplit(share: settings.validationShare, saved: saved)
    }

    /// What is trained: a network by name (nil weights: its initial ones), or a model that a file holds.
    private func model(for settings: TrainingOptions, classes: [String]) throws -> (any ModelArchitecture, Weights?) {
        let input = settings.input.flatMap { Shape(parsing: $0) }
        let folder = try options.resume.map { try RunFolder(opening: $0) }
        let checkpoint = try folder?.latestCheckpoint()?.path
        guard !LoadedModel.isByName(settings.network) else {
            let names = try LoadedModel.classNames(settings.classes, data: classes)
            var description = try ModelDescription(
                network: settings.network, options: settings.networkOptions, classes: names, input: input)
            description.preprocessing.background = settings.background ?? .white
            // A checkpoint holds later weights than those that the run started from.
            let file = checkpoint == nil ? settings.initialWeights : nil
            // The data decide how many classes there are.
            let weights = try file.map {
                try LoadedModel.weights(for: description, file: $0, replacingHead: true, mode: .training, seed: settings.seed)
            }
            return (description, weights)
        }
        guard settings.background == nil else {
            throw UsageError("--background goes with a network's name; \(settings.network) has its own")
        }
        guard settings.initialWeights == nil else {
            throw UsageError("--init and --weights go with a network's name; \(settings.network) has its own weights")
        }
        // A run holds all of its model, so that it goes on even where the file is gone.
        let file = checkpoint ?? settings.network
        let loaded = try LoadedModel(file, options: architecture, input: input, seed: settings.seed)
        guard classes.count <= loaded.description.classes.count else {
            throw WorkError("\(settings.data) has \(classes.count) classes, but \(file) tells \(loaded.description.classes.count) apart")
        }
        return (loaded.description, loaded.weights)
    }

    /// A run in a folder of its own, ready to take its first step or, resumed, its next.
    private func begin(
        _ settings: TrainingOptions, _ description: some ModelArchitecture, _ weights: Weights?, _ images: PictureLoader,
        _ validation: PictureLoader, _ engine: LaneEngine
    ) throws -> TrainingRun {
        func run(in folder: RunFolder) throws -> TrainingRun {
            let run = try TrainingRun(
                settings, description: description, weights: weights, images: images, validation: validation, folder: folder,
                engine: engine)
            if options.resume != nil, let failure = try run.resume() {
                Output.log("striate: \(failure); going on from the checkpoint before it, nothing else is lost")
            }
            if let path = options.logSteps { run.stepLog = try StepLog(path: path, keepingSteps: run.position.steps) }
            return run
        }
        let folder = try folder(for: settings)
        do { return try run(in: folder) } catch {
            // A run that never began leaves nothing behind that the next would stumble over.
            if options.resume == nil { try? FileManager.default.removeItem(atPath: folder.path) }
            throw error
        }
    }

    /// A new folder, or the one to go on in.
    private func folder(for settings: TrainingOptions) throws -> RunFolder {
        let folder: RunFolder
        if let path = options.resume {
            folder = try RunFolder(opening: path)
            try folder.write(settings)
        } else if let path = options.run {
            folder = try RunFolder(creating: path, options: settings)
        } else {
            folder = try RunFolder(for: AtomicFile.name(of: settings.network) + (options.lrFind ? "-lr-find" : ""), options: settings)
        }
        try AtomicFile.write(TrainingRecipe.yaml(of: settings), to: "\(folder.path)/recipe.yaml")
        return folder
    }

    /// All that decides the result: the recipe, or what a run began with, changed by the flags.
    func settings() throws -> TrainingOptions {
        var settings: TrainingOptions
        if let path = options.resume {
            guard options.run == nil else { throw UsageError("--resume goes on in its own folder; leave --run out") }
            guard !options.lrFind else { throw UsageError("--lr-find comes before a run begins; leave --resume out") }
            settings = try RunFolder(opening: path).options()
            try refuseChanges(of: settings)
        } else {
            // Not in `validate()`, which runs before unknown flags are found.
            guard let network else { throw UsageError("train needs a network's name, as in: striate train lenet5 --data mnist") }
            guard let data = options.data else { throw UsageError("train needs data, as in: striate train \(network) --data mnist") }
            guard options.initialWeights == nil || architecture.weights == nil else {
                throw UsageError("--init and --weights are the same for train; give one of them")
            }
            settings = try newSettings(network, data: data)
        }
        for given in given { try given.apply(to: &settings) }
        settings.precision = try precision.allowed(begun: settings.precision)
        if let directory = location.dataDir { settings.dataDirectory = directory }
        try settings.validate()
        return settings
    }

    /// The recipe of a network by name, or of a model that a file holds.
    private func newSettings(_ network: String, data: String) throws -> TrainingOptions {
        var settings = TrainingOptions(network: network, data: data)
        if !LoadedModel.isByName(network), FileManager.default.fileExists(atPath: network) {
            settings.adopt(try LoadedModel(network, options: architecture, input: picture.shape(), seed: 1).description.recipe)
        } else {
            let description = try NetworkCatalog.network(named: network)
            settings.networkOptions = try description.completed(architecture.chosen)
            settings.adopt(description.recipe)
        }
        return settings
    }

    /// A run goes on as it began: only the number of epochs, when it ends, what it keeps and where the data lie may be another.
    private func refuseChanges(of settings: TrainingOptions) throws {
        func refuse(_ flag: String, _ given: String?, _ began: String?) throws {
            guard let given else { return }
            throw UsageError(
                "\(flag) \(given) differs from what this run began with (\(began ?? "none")); leave it out, or begin a new run")
        }
        for given in given where !["epochs", "patience", "keep"].contains(given.name) {
            var changed = settings
            try given.apply(to: &changed)
            // Written otherwise it may mean the same.
            if changed != settings { try refuse(given.flag, given.text, given.field.text(of: settings)) }
        }
        for (key, value) in architecture.chosen where settings.networkOptions[key] != value {
            try refuse("--\(key)", value, settings.networkOptions[key])
        }
    }

    /// What was said of the run, in the order in which it is set.
    private var given: [GivenField] {
        let all = options.given + [
            GivenField("network", network),
            GivenField("batch", batch.batch?.optionText),
            GivenField("precision", precision.precision),
            GivenField("classes", architecture.classes?.optionText),
            GivenField("input", picture.input),
            GivenField("initial_weights", options.initialWeights ?? architecture.weights),
        ].compactMap { $0 }
        return TrainingField.all.flatMap { field in all.filter { $0.name == field.name } }
    }
}
