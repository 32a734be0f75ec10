import ArgumentParser
import Striate

struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows a model layer by layer: output shapes, parameters, multiply-adds, memory.",
        discussion: "With --batch or --training also the memory that a run or a training step would take at most.")

    @Argument(help: "A network's name, a model file, or a run's folder.")
    var model: String

    @Flag(name: .long, help: "Plan a training step, by the network's own recipe, and show its memory.")
    var training = false

    @OptionGroup var batch: BatchOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let description = try modelOptions.describe(model)
        let traced = try description.traced()
        // Few papers count connections, and nobody does in networks of millions.
        let hasConnections = NetworkCatalog.networks.contains { $0.name == description.network && $0.connectionCount != nil }
        let plan = try plan(for: description)
        guard !output.json else {
            let members = json(description, traced, hasConnections) + (plan.map { [("plan", $0.json)] } ?? [])
            return Output.line(JSON.object(members).text)
        }
        Output.line(([table(description, traced, hasConnections)] + (plan.map { [$0.text] } ?? [])).joined(separator: "\n"))
    }

    /// What a run or a step would take, where the user asks for it.
    private func plan(for description: any ModelArchitecture) throws -> Plan? {
        guard training || batch.batch != nil else { return nil }
        let mode = training ? WorkMode.train : .infer, batch = batch.batch ?? description.recipe.batch, engine = try compute.engine()
        let memory = try engine.memory(for: mode.graph(of: description), batch: batch)
        return Plan(mode: mode, batch: batch, threads: engine.threads, memory: memory)
    }

    private func json(_ description: any ModelArchitecture, _ traced: TracedNetwork, _ hasConnections: Bool) -> [(String, JSON)] {
        let layers = traced.layers.map { layer -> JSON in
            [
                "name": .string(layer.path), "kind": .string(layer.kind), "output_shape": JSON(layer.output.extents),
                "parameters": .integer(layer.parameterCount), "multiply_adds": .integer(layer.multiplyAdds),
                "connections": hasConnections ? .integer(layer.connectionCount) : .null, "memory_bytes": .integer(layer.memory),
                "container": .boolean(layer.isContainer),
            ]
        }
        return [
            ("network", .string(description.network)),
            ("options", .object(description.options.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ("input", JSON(description.preprocessing.shape.extents)), ("classes", JSON(description.classes)),
            ("parameters", .integer(traced.parameterCount)), ("auxiliary_parameters", .integer(traced.auxiliaryParameterCount)),
            ("multiply_adds", .integer(traced.multiplyAdds)), ("connections", hasConnections ? .integer(traced.connectionCount) : .null),
            ("memory_bytes", .integer(traced.memory)), ("layers", .array(layers)),
        ]
    }

    private func table(_ description: any ModelArchitecture, _ traced: TracedNetwork, _ hasConnections: Bool) -> String {
        let connections: [(String, Table.Alignment)] = hasConnections ? [("connections", .right)] : []
        func count(_ number: Int) -> String { number == 0 ? "" : Numbers.grouped(number) }
        var table = Table(
            [("layer", .left), ("kind", .left), ("output", .left), ("parameters", .right), ("multiply-adds", .right)] + connections
                + [("memory", .right)])
        for layer in traced.layers {
            let depth = layer.path.count { $0 == "." }
            table.add(
                [
                    String(repeating: "  ", count: depth) + (layer.path.split(separator: ".").last ?? ""), layer.kind,
                    layer.output.description, count(layer.parameterCount), count(layer.multiplyAdds),
                ] + connections.map { _ in count(layer.connectionCount) } + [Numbers.bytes(layer.memory)])
        }
        table.addRule()
        table.add(
            [
                "total", "", traced.graph[traced.logits].shape.description, Numbers.grouped(traced.parameterCount),
                Numbers.grouped(traced.multiplyAdds),
            ] + connections.map { _ in Numbers.grouped(traced.connectionCount) } + [Numbers.bytes(traced.memory)])
        let options = description.options.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let title = "\(description.network) for pictures of \(description.preprocessing.shape), \(description.classes.count) classes"
        var lines = [title + (options.isEmpty ? "" : " (\(options))"), "", table.text]
        if traced.auxiliaryParameterCount > 0 {
            let (heads, all) = (traced.auxiliaryParameterCount, traced.parameterCount + traced.auxiliaryParameterCount)
            lines.append("Training adds \(Numbers.grouped(heads)) parameters in auxiliary heads: \(Numbers.grouped(all)) in all.")
        }
        lines.append("Memory: parameters and outputs as 32-bit floats, for one image.")
        return lines.joined(separator: "\n")
    }
}

extension TracedNetwork {
    /// Bytes of the parameters and of all layers' results for one image, as 32-bit floats.
    fileprivate var memory: Int { layers.filter { !$0.isContainer }.reduce(0) { $0 + $1.memory } }
}

/// The memory of a run or a training step that was planned and not run.
private struct Plan {
    let mode: WorkMode
    let batch: Int
    let threads: Int
    let memory: ProgramMemory

    var json: JSON {
        [
            "mode": .string(mode.rawValue), "batch": .integer(batch), "threads": .integer(threads),
            "memory_bytes": .integer(memory.total), "variables_bytes": .integer(memory.variables), "arena_bytes": .integer(memory.arena),
            "arena_bytes_without_reuse": .integer(memory.arenaWithoutReuse),
        ]
    }

    var text: String {
        let work = mode == .train ? "A training step of" : "Inference of"
        return "\(work) \(Numbers.count(batch, "image")) on \(threads) "
            + "\(threads == 1 ? "thread" : "threads") takes \(memory.text)."
    }
}
