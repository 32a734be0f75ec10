import ArgumentParser
import Striate

struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows a model layer by layer: output shapes, parameters, multiply-adds, memory.")

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @OptionGroup var network: NetworkOptions
    @OptionGroup var picture: InputOptions
    @OptionGroup var seed: SeedOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let description = try description()
        let traced = try description.traced()
        Output.line(output.json ? json(description, traced).text : table(description, traced))
    }

    /// Without its weights where it is a network by name: they are not needed, and a large network has many.
    private func description() throws -> any ModelArchitecture {
        guard network.weights == nil, LoadedModel.isByName(model) else {
            return try LoadedModel(model, options: network, input: picture.shape(), seed: seed.seed).description
        }
        return try ModelDescription(
            network: model, options: network.chosen, classes: LoadedModel.classNames(network.classes, data: nil),
            input: picture.shape())
    }

    private func json(_ description: any ModelArchitecture, _ traced: TracedNetwork) -> JSON {
        let layers = traced.layers.map { layer -> JSON in
            [
                "name": .string(layer.path), "kind": .string(layer.kind), "output_shape": JSON(layer.output.extents),
                "parameters": .integer(layer.parameterCount), "multiply_adds": .integer(layer.multiplyAdds),
                "memory_bytes": .integer(layer.memory), "container": .boolean(layer.isContainer),
            ]
        }
        return [
            "network": .string(description.network),
            "options": .object(description.options.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }),
            "input": JSON(description.preprocessing.shape.extents), "classes": JSON(description.classes),
            "parameters": .integer(traced.parameterCount), "multiply_adds": .integer(traced.multiplyAdds),
            "memory_bytes": .integer(traced.memory), "layers": .array(layers),
        ]
    }

    private func table(_ description: any ModelArchitecture, _ traced: TracedNetwork) -> String {
        var table = Table([
            ("layer", .left), ("kind", .left), ("output", .left), ("parameters", .right), ("multiply-adds", .right), ("memory", .right),
        ])
        for layer in traced.layers {
            let depth = layer.path.count { $0 == "." }
            table.add([
                String(repeating: "  ", count: depth) + (layer.path.split(separator: ".").last ?? ""), layer.kind,
                layer.output.description, layer.parameterCount == 0 ? "" : Numbers.grouped(layer.parameterCount),
                layer.multiplyAdds == 0 ? "" : Numbers.grouped(layer.multiplyAdds), Numbers.bytes(layer.memory),
            ])
        }
        table.addRule()
        table.add([
            "total", "", traced.graph[traced.logits].shape.description, Numbers.grouped(traced.parameterCount),
            Numbers.grouped(traced.multiplyAdds), Numbers.bytes(traced.memory),
        ])
        let options = description.options.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return """
            \(description.network) for pictures of \(description.preprocessing.shape), \(description.classes.count) classes\(options.isEmpty ? "" : " (\(options))")

            \(table.text)
            Memory: parameters and outputs as 32-bit floats, for one image.
            """
    }
}

extension TracedNetwork {
    /// Bytes of the parameters and of all layers' results for one image, as 32-bit floats.
    fileprivate var memory: Int { layers.filter { !$0.isContainer }.reduce(0) { $0 + $1.memory } }
}
