import ArgumentParser
import Striate

struct Networks: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the networks that have names.")

    @OptionGroup var output: OutputOptions

    func run() {
        let networks = NetworkCatalog.networks
        guard !output.json else {
            Output.line(JSON.array(networks.map(Networks.json)).text)
            return
        }
        var table = Table([("network", .left), ("input", .left), ("parameters", .right), ("what it is", .left)])
        for network in networks {
            table.add([network.name, network.input.description, Numbers.grouped(network.parameterCount), network.summary])
        }
        Output.line(table.text)
        for network in networks {
            Output.line("\n\(network.name)\n  \(network.source)")
            for option in network.options {
                Output.line("  --\(option.name) \(option.values.joined(separator: "|"))  \(option.help)")
            }
        }
    }

    private static func json(_ network: NetworkDescription) -> JSON {
        let options = network.options.map { option -> JSON in
            ["name": .string(option.name), "values": JSON(option.values), "default": .string(option.defaultValue)]
        }
        let recipe: JSON = [
            "epochs": .integer(network.recipe.epochs), "batch": .integer(network.recipe.batch),
            "rate": .number(shortest(network.recipe.rate)), "momentum": .number(shortest(network.recipe.momentum)),
            "nesterov": .boolean(network.recipe.isNesterov), "weight_decay": .number(shortest(network.recipe.weightDecay)),
            "schedule": .string(network.recipe.schedule), "optimizer": .string(network.recipe.optimizer.rawValue),
            "loss": .string(network.recipe.loss.rawValue),
        ]
        return [
            "name": .string(network.name), "parameters": .integer(network.parameterCount), "input": JSON(network.input.extents),
            "source": .string(network.source), "summary": .string(network.summary), "classes": .integer(network.classes),
            "options": .array(options), "recipe": recipe,
        ]
    }
}
