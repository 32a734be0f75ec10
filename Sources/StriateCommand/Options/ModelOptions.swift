import ArgumentParser
import Foundation
import Striate

/// What can be said of a network beside its name.
struct NetworkOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Start from these weights (safetensors or .pth, by PyTorch's names).", valueName: "file"))
    var weights: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How many classes the network tells apart.", valueName: "n"))
    var classes: Int?

    @Option(name: .long, help: ArgumentHelp("sigmoid, tanh or relu, where the network lets choose.", valueName: "function"))
    var activation: String?

    @Option(name: .long, help: ArgumentHelp("average or max, where the network lets choose.", valueName: "kind"))
    var pooling: String?

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Maps of the first convolution, where the network lets choose.", valueName: "n"))
    var width: Int?

    @Option(name: .long, help: ArgumentHelp("How weights start: pytorch, xavier, he, lecun, or as published.", valueName: "name"))
    var initializer: String?

    func validate() throws { try Limits.classes.check(classes) }

    /// The network's own options, by name.
    var chosen: [String: String] {
        var chosen = [String: String]()
        chosen["activation"] = activation
        chosen["pooling"] = pooling
        chosen["width"] = width.map(String.init)
        chosen["initializer"] = initializer
        return chosen
    }

    /// The first flag that was given, if any: a model file needs none of them.
    var firstGiven: String? {
        let given = [
            ("--weights", weights), ("--classes", classes.map(String.init)), ("--activation", activation), ("--pooling", pooling),
            ("--width", width.map(String.init)), ("--initializer", initializer),
        ]
        return given.first { $0.1 != nil }?.0
    }
}

/// `--input`, in all verbs but `run`, where it is a file.
struct InputOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The pictures that the network sees, such as 3x32x32.", valueName: "CxHxW"))
    var input: String?

    func validate() throws { _ = try shape() }

    func shape() throws -> Shape? {
        guard let input else { return nil }
        guard let shape = Shape(parsing: input), shape.rank == 3 else {
            throw UsageError("--input takes channels, rows and columns as in 3x32x32, not \"\(input)\"")
        }
        return shape
    }
}

/// What decides how a model is made of its name: all verbs that work on one have these.
struct ModelOptions: ParsableArguments {
    @OptionGroup var network: NetworkOptions
    @OptionGroup var picture: InputOptions
    @OptionGroup var randomness: SeedOptions

    var seed: UInt64 { randomness.seed }

    /// - Parameter classes: The names of the classes where a network by name has to learn them from data.
    func load(_ model: String, classes: [String]? = nil) throws -> LoadedModel {
        try LoadedModel(model, options: network, input: picture.shape(), seed: seed, classes: classes)
    }

    /// The model without its weights where it is a network by name: they are not needed, and a large network has many.
    func describe(_ model: String) throws -> any ModelArchitecture {
        guard network.weights == nil, LoadedModel.isByName(model) else { return try load(model).description }
        return try ModelDescription(
            network: model, options: network.chosen, classes: LoadedModel.classNames(network.classes, data: nil), input: picture.shape())
    }
}

/// A model that was named on the command line: described and with weights.
struct LoadedModel {
    /// What the user called it.
    let source: String
    let description: any ModelArchitecture
    let weights: Weights

    /// - Parameters:
    ///   - model: A network's name, a model file, or the folder of a run.
    ///   - input: The pictures that a network by name shall see.
    ///   - classes: The names of the classes where a network by name has to learn them from data.
    init(_ model: String, options: NetworkOptions, input: Shape? = nil, seed: UInt64, classes: [String]? = nil) throws {
        source = model
        if LoadedModel.isByName(model) {
            let names = try LoadedModel.classNames(options.classes, data: classes)
            let network = try ModelDescription(network: model, options: options.chosen, classes: names, input: input)
            description = network
            weights = try LoadedModel.weights(
                for: network, file: options.weights, replacingHead: options.classes != nil, seed: seed)
            return
        }
        let path = try LoadedModel.file(for: model)
        if let flag = options.firstGiven ?? (input == nil || StoredModel.isONNX(path) ? nil : "--input") {
            throw UsageError("\(flag) goes with a network's name; \(path) describes its own network")
        }
        let stored = try StoredModel(contentsOf: path, input: input)
        (description, weights) = (stored.description, stored.weights)
    }

    static func isByName(_ model: String) -> Bool { NetworkCatalog.networks.contains { $0.name == model } }

    /// The classes' names: as many as the user said, named after the data's where there are as many.
    static func classNames(_ count: Int?, data: [String]?) throws -> [String]? {
        guard let count else { return data }
        if let data {
            guard data.count <= count else {
                throw UsageError("--classes \(count) is too few for data with \(data.count) classes")
            }
            return data + (data.count..<count).map(String.init)
        }
        return (0..<count).map(String.init)
    }

    /// A network's weights: those of a file, or initial ones.
    ///
    /// - Parameters:
    ///   - replacingHead: Whether the number of classes was chosen, so that a file with another one is no mistake.
    ///   - mode: In training auxiliary heads matter: it is told where a file lacks them.
    static func weights(
        for description: ModelDescription, file: String?, replacingHead: Bool, mode: Trace.Mode = .inference, seed: UInt64
    ) throws -> Weights {
        let traced = try description.traced(mode: mode)
        guard let file else { return traced.initialWeights(seed: seed) }
        let auxiliary = mode == .training ? ExpectedTensor.Need.optional : .spare
        let expected = traced.parameters.map { ExpectedTensor($0.path, $0.shape, $0.isAuxiliary ? auxiliary : .required) }
        let fitted = try WeightsFile.read(file).fitted(
            to: expected, classes: replacingHead ? description.classes.count : nil, from: file)
        for note in fitted.notes { Output.log("\(file): \(note)") }
        var weights = Weights()
        for parameter in traced.parameters {
            weights[parameter.path] = fitted.weights[parameter.path] ?? parameter.initialTensor(seed: seed)
        }
        return weights
    }

    /// The file that holds a model: itself, or the best one of a run's folder.
    static func file(for model: String) throws -> String {
        guard FileManager.default.fileExists(atPath: model) || model.contains("/") || model.hasSuffix(".safetensors") || StoredModel.isONNX(model)
        else {
            // Throws with the nearest name.
            _ = try NetworkCatalog.network(named: model)
            throw WorkError("\(model): no such model")
        }
        return try StoredModel.file(for: model)
    }
}
