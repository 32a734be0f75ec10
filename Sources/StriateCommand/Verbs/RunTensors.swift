import ArgumentParser
import Striate

struct RunTensors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a model on raw tensors, from one safetensors file to another.",
        discussion: """
            The input is what the first layer takes, as PyTorch would feed the same module: floats of N×C×H×W, already normalised.
            The output file holds the logits, or the layers that --outputs names (see: striate summary MODEL).
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
        let tensor = try RunTensors.tensor(in: Safetensors(contentsOf: input), file: input)
        // A network by name takes pictures of the tensor's size.
        let size = LoadedModel.isByName(model) && tensor.shape.rank == 4 ? Shape(Array(tensor.shape.extents.dropFirst())) : nil
        let loaded = try LoadedModel(model, options: network, input: size, seed: seed.seed)
        let traced = try loaded.description.tracedWithoutPreprocessing()
        let shape = traced.graph[traced.input].shape
        guard tensor.shape.rank == shape.rank + 1, Array(tensor.shape.extents.dropFirst()) == shape.extents else {
            throw WorkError("\(input): a tensor of \(tensor.shape) does not fit \(model), which takes N×\(shape)")
        }
        let names = try outputNames(of: traced)
        var graph = traced.graph
        for name in names where name != TracedNetwork.outputName {
            // All names have been looked up.
            if let value = traced.value(ofLayer: name) { graph.output(name, value) }
        }

        let count = tensor.shape[0]
        let batch = min(self.batch.batch ?? 64, count)
        let program = try compute.engine().compile(graph.optimized(), batch: batch)
        try program.adopt(loaded.weights)
        let results = try RunTensors.results(of: program, names: names, on: tensor, input: TracedNetwork.inputName)
        try Safetensors(results).write(to: outputFile)
        report(results)
    }

    private func report(_ results: Weights) {
        if output.json {
            let tensors = results.map { path, tensor -> JSON in ["name": .string(path), "shape": JSON(tensor.shape.extents)] }
            Output.line(JSON.object([("output", .string(outputFile)), ("tensors", .array(tensors))]).text)
        } else if !output.quiet {
            for (path, tensor) in results { Output.line("\(outputFile)  \(path)  \(tensor.shape)") }
        }
    }

    private func outputNames(of traced: TracedNetwork) throws -> [String] {
        guard let outputs else { return [TracedNetwork.outputName] }
        let names = outputs.split(separator: ",").map(String.init)
        guard !names.isEmpty else { throw UsageError("--outputs takes the names of layers, such as conv1,logits") }
        let known = [TracedNetwork.outputName] + traced.layers.map(\.path)
        for name in names where !known.contains(name) {
            let hint = Suggestion.hint(for: name, among: known)
            throw UsageError("\(model) has no layer \"\(name)\"\(hint.isEmpty ? "; see: striate summary \(model)" : hint)")
        }
        return names
    }

    /// The tensor called `input`, or the only one.
    private static func tensor(in contents: Safetensors, file: String) throws -> Tensor {
        let names = contents.weights.paths
        guard let tensor = contents.weights[TracedNetwork.inputName] ?? (names.count == 1 ? contents.weights[names[0]] : nil) else {
            let found = names.isEmpty ? "no tensor" : "\(names.count) tensors, but none called \(TracedNetwork.inputName)"
            throw WorkError("\(file): holds \(found)")
        }
        guard tensor.shape.rank > 0, tensor.shape.count > 0 else {
            throw WorkError("\(file): a tensor of \(tensor.shape) holds no pictures")
        }
        return tensor
    }

    /// Runs batch after batch and joins what comes out.
    private static func results(of program: any Program, names: [String], on tensor: Tensor, input: String) throws -> Weights {
        let count = tensor.shape[0]
        var values = names.map { _ in [Float]() }
        var shapes = names.map { _ in [Int]() }
        for start in stride(from: 0, to: count, by: program.batch) {
            let rows = Array(start..<min(start + program.batch, count))
            try program.run(Feed(count: rows.count, inputs: [input: Source(.floats(tensor.values), rows: rows[...])]))
            for (index, name) in names.enumerated() {
                let result = program.output(name)
                values[index] += result.values
                shapes[index] = [count] + result.shape.extents.dropFirst()
            }
        }
        var results = Weights()
        for (index, name) in names.enumerated() { results[name] = Tensor(Shape(shapes[index]), values[index]) }
        return results
    }
}
