import ArgumentParser
import Striate

struct RunTensors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a model on raw tensors, from one safetensors file to another.",
        discussion: """
            The input is what the first layer takes, as PyTorch would feed the same module: floats of N×C×H×W, already normalised.
            The output file holds the logits, or the layers that --outputs names (see: striate summary MODEL).
            An .onnx file may be any graph that Striate imports: its inputs and outputs go by their own names, and inputs that an \
            operator needs as weights or settings are read from the input file too.
            """)

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    // Not `--input`'s meaning elsewhere: here it is a file, and pictures have the model's own shape.
    @Option(name: .long, help: ArgumentHelp("A safetensors file with a tensor called input, or only one.", valueName: "file"))
    var input: String

    @Option(name: [.customLong("output")], help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
    var outputFile: String

    @Option(name: .long, help: ArgumentHelp("Layers whose results to write, such as conv1,logits.", valueName: "a,b"))
    var outputs: String?

    @OptionGroup var network: NetworkOptions
    @OptionGroup var batch: BatchOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var seed: SeedOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let contents = try Safetensors(contentsOf: input).weights
        let runnable = try StoredModel.isONNX(model) ? onnxGraph(contents) : network(contents)
        let names = try outputNames(of: runnable)
        let results = try runnable.results(names, batch: batch.batch ?? 64, engine: compute.engine())
        try Safetensors(results).write(to: outputFile)
        report(results)
    }

    private func onnxGraph(_ contents: Weights) throws -> RunnableGraph {
        let imported = try ONNXModel(contentsOf: LoadedModel.file(for: model)).tensorGraph(given: contents)
        var tensors = [String: Tensor]()
        for name in imported.inputs { tensors[name] = contents[name] ?? contents.first { _ in true }?.tensor }
        return RunnableGraph(
            graph: imported.graph, weights: imported.weights, tensors: tensors, isBatched: imported.isBatched,
            outputs: imported.outputs, steps: imported.steps)
    }

    private func network(_ contents: Weights) throws -> RunnableGraph {
        let tensor = try RunTensors.tensor(in: contents, file: input)
        // A network by name takes pictures of the tensor's size.
        let size = LoadedModel.isByName(model) && tensor.shape.rank == 4 ? Shape(Array(tensor.shape.extents.dropFirst())) : nil
        let loaded = try LoadedModel(model, options: network, input: size, seed: seed.seed)
        let traced = try loaded.description.tracedWithoutPreprocessing()
        let shape = traced.graph[traced.input].shape
        guard tensor.shape.rank == shape.rank + 1, Array(tensor.shape.extents.dropFirst()) == shape.extents else {
            throw WorkError("\(input): a tensor of \(tensor.shape) does not fit \(model), which takes N×\(shape)")
        }
        return RunnableGraph(
            graph: traced.graph, weights: loaded.weights, tensors: [TracedNetwork.inputName: tensor], isBatched: true,
            outputs: [TracedNetwork.outputName], steps: traced.layers.map { ($0.path, $0.value) })
    }

    private func report(_ results: Weights) {
        if output.json {
            let tensors = results.map { path, tensor -> JSON in ["name": .string(path), "shape": JSON(tensor.shape.extents)] }
            Output.line(JSON.object([("output", .string(outputFile)), ("tensors", .array(tensors))]).text)
        } else if !output.quiet {
            for (path, tensor) in results { Output.line("\(outputFile)  \(path)  \(tensor.shape)") }
        }
    }

    private func outputNames(of runnable: RunnableGraph) throws -> [String] {
        guard let outputs else { return runnable.outputs }
        let names = outputs.split(separator: ",").map(String.init)
        guard !names.isEmpty else { throw UsageError("--outputs takes the names of layers, such as conv1,logits") }
        let known = runnable.outputs + runnable.steps.map(\.path)
        for name in names where !known.contains(name) {
            let hint = Suggestion.hint(for: name, among: known)
            throw UsageError("\(model) has no layer \"\(name)\"\(hint.isEmpty ? "; see: striate summary \(model)" : hint)")
        }
        return names
    }

    /// The tensor called `input`, or the only one.
    private static func tensor(in contents: Weights, file: String) throws -> Tensor {
        let names = contents.paths
        guard let tensor = contents[TracedNetwork.inputName] ?? (names.count == 1 ? contents[names[0]] : nil) else {
            let found = names.isEmpty ? "no tensor" : "\(names.count) tensors, but none called \(TracedNetwork.inputName)"
            throw WorkError("\(file): holds \(found)")
        }
        guard tensor.shape.rank > 0, tensor.shape.count > 0 else {
            throw WorkError("\(file): a tensor of \(tensor.shape) holds no pictures")
        }
        return tensor
    }
}

/// A graph with all that it takes to run it on tensors from a file.
private struct RunnableGraph {
    let graph: Graph
    let weights: Weights
    /// What is fed, by input.
    let tensors: [String: Tensor]
    /// Whether the first extent of each tensor counts images; otherwise all of it is one image.
    let isBatched: Bool
    /// What is written unless layers are named.
    let outputs: [String]
    let steps: [(path: String, value: Value)]

    /// Runs batch after batch and joins what comes out.
    func results(_ names: [String], batch: Int, engine: some Engine) throws -> Weights {
        var named = graph
        for name in names where named.output(named: name) == nil {
            // All names have been looked up.
            if let value = steps.first(where: { $0.path == name })?.value { named.output(name, value) }
        }
        let count = isBatched ? tensors.values.first?.shape[0] ?? 1 : 1
        let program = try engine.compile(named.optimized(), batch: min(batch, count))
        try program.load(used(by: program))
        var values = [String: [Float]](), shapes = [String: Shape]()
        for start in stride(from: 0, to: count, by: program.batch) {
            let rows = Array(start..<min(start + program.batch, count))
            let inputs = program.graph.inputs.compactMap { name, _ in
                tensors[name].map { (name, Source(.floats($0.values), rows: rows[...])) }
            }
            try program.run(Feed(count: rows.count, inputs: Dictionary(uniqueKeysWithValues: inputs)))
            for name in names {
                guard let value = named.output(named: name) else { continue }
                let result = program.output(name), isShared = !named[value].isBatched
                values[name] = isShared ? result.values : values[name, default: []] + result.values
                let image = isShared ? result.shape.extents : Array(result.shape.extents.dropFirst())
                shapes[name] = Shape(isShared || !isBatched ? image : [count] + image)
            }
        }
        var results = Weights()
        for name in names { results[name] = shapes[name].map { Tensor($0, values[name] ?? []) } }
        return results
    }

    /// The weights that passes have left a use for.
    private func used(by program: some Program) -> Weights {
        var used = Weights()
        for (variable, _) in program.graph.variables { used[variable.name] = weights[variable.name] }
        return used
    }
}
