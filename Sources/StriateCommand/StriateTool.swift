import ArgumentParser

/// The command `striate`: one verb, then its arguments.
struct StriateTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "striate",
        abstract: "Trains, tests and runs convolutional networks on CPUs.",
        discussion: """
            A MODEL is a network's name (lenet5), a model file (.safetensors or .onnx), or the folder of a training run.
            A DATA is a data set's name (digits, mnist, fashion-mnist, cifar10) or a path.
            Results go to standard output, progress to standard error.
            """,
        version: "0.1.0",
        subcommands: [
            Train.self, Sweep.self, Evaluate.self, Predict.self, Inspect.self, Explain.self, Embed.self, Summary.self, Networks.self,
            Recipes.self, DataSets.self, RunTensors.self, Export.self, Serve.self, Bench.self,
        ])

    static var verbs: [String] { configuration.subcommands.map { $0._commandName } }
}
