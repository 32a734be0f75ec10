import ArgumentParser
import Foundation

/// What `train` can be told, by name: read from the command itself, so that recipes and the command line cannot differ.
struct TrainFlags {
    enum Kind { case argument, option, flag }

    /// Without dashes.
    let kinds: [String: Kind]
    /// In the order of the help.
    let names: [String]

    /// What a recipe cannot say: which recipe to follow, and what is no training.
    private static let excluded: Set = ["recipe", "resume", "lr-find", "help", "version"]

    init() {
        struct Help: Decodable {
            struct Command: Decodable { let arguments: [Argument] }
            struct Argument: Decodable {
                struct Name: Decodable { let kind: String, name: String }
                let kind: String
                let names: [Name]?
                let valueName: String?
            }
            let command: Command
        }
        var kinds = [String: Kind](), names = [String]()
        let help = try? JSONDecoder().decode(Help.self, from: Data(Train._dumpHelp().utf8))
        for argument in help?.command.arguments ?? [] {
            let kind = argument.kind == "flag" ? Kind.flag : argument.kind == "option" ? .option : .argument
            let own = kind == .argument ? [argument.valueName ?? ""] : (argument.names ?? []).filter { $0.kind == "long" }.map(\.name)
            for name in own where !Self.excluded.contains(name) {
                kinds[name] = kind
                names.append(name)
            }
        }
        (self.kinds, self.names) = (kinds, names)
    }
}
