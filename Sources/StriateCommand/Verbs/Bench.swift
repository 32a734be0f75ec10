import ArgumentParser
import Foundation
import Striate

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures speed: images per second, and the share of what this machine can do at most.",
        discussion: "The median of all steps after a warm-up, on made-up pictures that lie in memory.")

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Option(name: .long, help: ArgumentHelp("train or infer.", valueName: "mode"))
    var mode = WorkMode.train

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp(
        "Steps to measure (default: what fits into two seconds).", valueName: "n"))
    var steps: Int?

    @Flag(name: .long, help: "Show where the time goes: each step of the plan against this machine's limits.")
    var layers = false

    @OptionGroup var batch: BatchOptions
    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var precision: PrecisionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try Limits.steps.check(steps) }

    func run() throws {
        let engine = try compute.engine()
        let precision = try precision.allowed()
        let (description, program) = try compile(engine, precision)
        let feeds = feeds(for: description, batch: program.batch)

        var peak = engine.measurePeak()
        try warmUp(program, feeds)
        let clock = ContinuousClock()
        let times = try measure { index in
            let before = clock.now
            try program.run(feeds[index % feeds.count])
            return (clock.now - before) / .seconds(1)
        }
        let memory = PeakMemory.bytes, median = times.sorted()[times.count / 2]
        // Once more: where something else ran meanwhile, the peak would seem lower than it is.
        peak = max(peak, engine.measurePeak())
        var measured = Measurement(
            network: description.network, mode: mode.rawValue, batch: program.batch, threads: engine.threads, precision: precision,
            steps: times.count, seconds: median, gflops: 2 * Double(program.graph.multiplyAdds) * Double(program.batch) / median * 1e-9, peak: peak,
            memory: memory, planned: program.memory)
        if layers {
            let profiles = try measure { try program.profile(feeds[$0 % feeds.count]) }
            measured.layers = LayerReport(profiles, peak: peak, bandwidth: engine.measureBandwidth())
        }
        Output.line(output.json ? measured.json.text : measured.text)
    }

    /// The model's own copy of its weights is gone when this returns: it shall not count as what a step needs.
    private func compile(_ engine: LaneEngine, _ precision: Precision) throws -> (description: any ModelArchitecture, program: any Program) {
        let model = try modelOptions.load(self.model)
        let batch = self.batch.batch ?? model.description.recipe.batch
        let program = try engine.compile(mode.graph(of: model.description, precision: precision), batch: batch)
        try program.adopt(model.weights)
        return (model.description, program)
    }

    /// Made-up pictures and labels. Several batches, so that no cache holds them all; the rate keeps weights finite for ever.
    private func feeds(for description: any ModelArchitecture, batch: Int) -> [Feed] {
        let size = description.preprocessing.shape.count
        let batches = max(2, min(8, (1 << 24) / max(1, size * batch)))
        var generator = SeededGenerator(seed: modelOptions.seed, path: "bench")
        let pixels = (0..<batches * batch * size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let labels = (0..<batches * batch).map { _ in Int32(generator.below(description.classes.count)) }
        return (0..<batches).map { index in
            let rows = Array(index * batch..<(index + 1) * batch)[...]
            var feed = Feed(count: batch, inputs: [TracedNetwork.pixelsName: Source(.bytes(pixels), rows: rows)])
            if mode == .train {
                feed.inputs[TrainingNames.labels] = Source(.integers(labels), rows: rows)
                feed.scalars[TrainingNames.rate] = 1e-6
            }
            return feed
        }
    }

    /// Half a second and at least two steps.
    private func warmUp(_ program: any Program, _ feeds: [Feed]) throws {
        let clock = ContinuousClock(), start = clock.now
        var warm = 0
        while warm < 2 || clock.now - start < .milliseconds(500) {
            try program.run(feeds[warm % feeds.count])
            warm += 1
        }
    }

    /// What `step` finds, as often as the user asked, or else for two seconds and at least three times.
    private func measure<Found>(_ step: (_ index: Int) throws -> Found) throws -> [Found] {
        let clock = ContinuousClock(), begin = clock.now
        var found = [Found]()
        while found.count < (steps ?? 10_000_000) {
            if steps == nil, found.count >= 3, clock.now - begin > .seconds(2) { break }
            found.append(try step(found.count))
        }
        return found
    }
}

private struct Measurement {
    let network: String
    let mode: String
    let batch: Int
    let threads: Int
    let precision: Precision
    let steps: Int
    /// Of the median step.
    let seconds: Double
    /// Two for each multiply-add that a step really does, backward passes included.
    let gflops: Double
    let peak: Double
    /// The most that the whole process has had.
    let memory: Int
    let planned: ProgramMemory
    var layers: LayerReport?

    var imagesPerSecond: Double { Double(batch) / seconds }
    var fraction: Double { gflops / peak }

    var json: JSON {
        .object([
            ("network", .string(network)), ("mode", .string(mode)), ("batch", .integer(batch)), ("threads", .integer(threads)),
            ("steps", .integer(steps)), ("ms_per_step", .number(seconds * 1000)), ("images_per_second", .number(imagesPerSecond)),
            ("gflops", .number(gflops)), ("peak_gflops", .number(peak)), ("fraction_of_peak", .number(fraction)),
            ("peak_memory_bytes", .integer(memory)), ("planned_memory_bytes", .integer(planned.total)),
            ("arena_bytes", .integer(planned.arena)), ("arena_bytes_without_reuse", .integer(planned.arenaWithoutReuse)), ("precision", .string(precision.rawValue)),
        ] + (layers?.members ?? []))
    }

    var text: String {
        """
        \(network), \(mode), batch \(batch), \(threads) \(threads == 1 ? "thread" : "threads")\(precision == .float32 ? "" : ", \(precision.rawValue)"): \
        \(Numbers.rate(imagesPerSecond)) images/s
          \(Numbers.fixed(seconds * 1000, 3)) ms a step (median of \(Numbers.grouped(steps)))
          \(Numbers.fixed(gflops, 1)) GFLOP/s, \(Numbers.percent(fraction, 1)) of this machine's \(Numbers.fixed(peak, 1))
          \(Numbers.bytes(memory)) of memory at most; planned: \(planned.text)
        """ + (layers.map { "\n\n" + $0.text } ?? "")
    }
}
