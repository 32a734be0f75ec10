import ArgumentParser
import Foundation
import Striate

struct Sweep: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tries several values of a recipe, and says which are best.",
        discussion: """
            --vary rate=0.01,0.03,0.1 names values, --vary momentum=0.8:0.95 a range, --vary rate=1e-4:1e-1:log a range of powers. \
            Each trial is a run in the sweep's folder. With --method halving the best third of the trials goes on to three times as many \
            epochs, and so on to all of the recipe's; the schedule is that of all epochs from the beginning, so that a trial that goes on is \
            the same as one that was never paused. Ctrl-C saves; --resume goes on, and no finished trial is done again.
            """)

    @Option(name: .long, help: ArgumentHelp("What does not vary: a YAML file, or a recipe by name.", valueName: "file"))
    var recipe: String?

    @Option(name: .long, help: ArgumentHelp("What varies: NAME=VALUE,VALUE or NAME=LOW:HIGH or NAME=LOW:HIGH:log.", valueName: "values"))
    var vary: [String] = []

    @Option(name: .long, help: ArgumentHelp("grid, random or halving.", valueName: "name"))
    var method: SweepPlan.Method = .grid

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How many trials random and halving make.", valueName: "n"))
    var trials = 9

    @Option(name: .long, help: ArgumentHelp("The folder to write (default: sweeps/NAME-1 and so on).", valueName: "dir"))
    var sweep: String?

    @Option(name: .long, help: ArgumentHelp("Go on with the sweep in this folder.", valueName: "dir"))
    var resume: String?

    @OptionGroup var compute: ComputeOptions
    @OptionGroup var seed: SeedOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try Limits.trials.check(trials) }

    func run() throws {
        let (folder, question) = try begun()
        let recipe = try TrainingRecipe(named: folder?.recipe ?? self.recipe ?? "")
        let variations = try question.vary.map { try Variation($0, flags: TrainFlags()) }
        let first = try Train.parse(arguments(recipe, variations, variations.map { Self.example($0) })).settings()
        let plan = try SweepPlan(variations, question.method, trials: question.trials, seed: question.seed, epochs: first.epochs)
        // A mistake in the last trial is told before the first begins.
        for values in plan.trials { _ = try Train.parse(arguments(recipe, variations, values)).settings() }
        let place = try folder ?? SweepFolder(
            creating: sweep, name: AtomicFile.name(of: recipe.source), recipe: recipe.yaml, question)

        let interrupt = Interrupt { Output.log("finishing this step and saving; press Ctrl-C again to stop at once") }
        var results = SweepResults(names: variations.map(\.name), monitor: first.monitor, trials: [])
        var survivors = Array(plan.trials.indices)
        for (number, round) in plan.rounds.enumerated() {
            for index in survivors {
                let label = "round \(number + 1) of \(plan.rounds.count), trial \(index + 1)"
                let base = try arguments(recipe, variations, plan.trials[index])
                try follow(base, index, until: round.epochs, in: place, label, interrupt)
                results.trials.removeAll { $0.number == index + 1 }
                results.trials.append(try result(of: index, plan.trials[index], in: place))
                try AtomicFile.write(results.csv, to: place.table)
            }
            let best = results.ranked.filter { $0.best != nil && survivors.contains($0.number - 1) }
            survivors = best.prefix(round.survivors).map { $0.number - 1 }.sorted()
        }
        Output.line(output.json ? results.json.text : results.text)
    }

    /// The sweep to go on with, or none yet; and what it was asked.
    private func begun() throws -> (SweepFolder?, SweepFolder.Question) {
        if let resume {
            guard recipe == nil, vary.isEmpty, sweep == nil else {
                throw UsageError("--resume goes on with what the sweep was asked; leave --recipe, --vary and --sweep out")
            }
            let folder = try SweepFolder(opening: resume)
            return (folder, try folder.begun())
        }
        guard recipe != nil, !vary.isEmpty else {
            throw UsageError("sweep needs a recipe and what varies, as in: striate sweep --recipe lenet5/mnist --vary rate=0.01,0.1")
        }
        return (nil, SweepFolder.Question(vary: vary, method: method, trials: trials, seed: seed.seed))
    }

    /// What `train` is told for a trial.
    private func arguments(_ recipe: TrainingRecipe, _ variations: [Variation], _ values: [String]) throws -> [String] {
        var trial = recipe
        for (variation, value) in zip(variations, values) { try trial.set(variation.name, to: value) }
        return trial.arguments(but: ["--quiet"] + (compute.threads.map { ["--threads=\($0)"] } ?? []))
    }

    private static func example(_ variation: Variation) -> String {
        var generator = SeededGenerator(seed: 1, path: "example")
        return variation.draw(&generator)
    }

    /// Brings a trial to so many epochs, from wherever it stands.
    private func follow(
        _ arguments: [String], _ index: Int, until epochs: Int, in sweep: SweepFolder, _ label: String, _ interrupt: Interrupt
    ) throws {
        let folder = sweep.trial(index)
        let done = (try? RunFolder(opening: folder))?.allMetrics().count ?? 0
        guard sweep.failure(ofTrial: index) == nil, done < epochs else { return }
        let hasBegun = FileManager.default.fileExists(atPath: "\(folder)/config.json")
        let threads = compute.threads.map { ["--threads=\($0)"] } ?? []
        let train = try Train.parse(hasBegun ? ["--resume=\(folder)", "--quiet"] + threads : arguments + ["--run=\(folder)"])
        do {
            let run = try train.prepare(try train.settings()).run
            guard try run.run(until: epochs, interrupt: interrupt) != .interrupted else {
                Output.log("interrupted and saved; go on with: striate sweep --resume \(sweep.path)")
                throw EarlyEnd(status: .interrupted)
            }
            guard !output.quiet, let best = run.position.best else { return }
            Output.log("\(label): \(Numbers.percent(best.accuracy)), loss \(Numbers.fixed(best.loss ?? .nan, 4)) after \(run.position.epoch) epochs")
        } catch let error as TrainingError {
            guard case .diverged = error else { throw error }
            try sweep.setFailure(error.description, ofTrial: index)
            if !output.quiet { Output.log("\(label): \(error)") }
        }
    }

    private func result(of index: Int, _ values: [String], in sweep: SweepFolder) throws -> SweepResults.Trial {
        let folder = sweep.trial(index), failure = sweep.failure(ofTrial: index)
        let run = try? RunFolder(opening: folder)
        let monitor = (try? run?.options())?.monitor ?? .accuracy, metrics = run?.allMetrics() ?? []
        return SweepResults.Trial(
            number: index + 1, values: values, folder: folder, epochs: metrics.count,
            best: failure == nil ? monitor.best(of: metrics) : nil, failure: failure)
    }
}
