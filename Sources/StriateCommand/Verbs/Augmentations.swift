import ArgumentParser
import Striate

/// `striate data augmentations`.
struct Augmentations: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "augmentations", abstract: "Lists what --augment takes: steps with their arguments, and names for whole lists.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let steps = Augmentation.kinds.map { $0.signature }
        guard !output.json else {
            let presets = Augmentation.presets.map { preset -> JSON in
                ["name": .string(preset.name), "list": .string(preset.text), "summary": .string(preset.summary)]
            }
            let described = steps.map { step -> JSON in
                ["name": .string(step.name), "usage": .string(step.usage), "summary": .string(step.summary)]
            }
            Output.line(JSON.object([("steps", .array(described)), ("presets", .array(presets))]).text)
            return
        }
        var table = Table([("step", .left), ("what it does", .left), ("arguments and their defaults", .left)])
        for step in steps { table.add([step.name, step.summary, step.parameters.map { "\($0.name)=\($0.standard)" }.joined(separator: ":")]) }
        Output.line(table.text + "\n")
        var lists = Table([("list", .left), ("what it is for", .left), ("steps", .left)])
        for preset in Augmentation.presets { lists.add([preset.name, preset.summary, preset.text]) }
        Output.line(lists.text)
    }
}
