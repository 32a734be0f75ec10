import ArgumentParser
import Foundation
import Striate
import Yams

/// What to say to `train`, as YAML: its flags without their dashes, `network` for the name that stands first, and nothing else.
///
///     network: lenet5
///     data: mnist
///     rate: 0.1
///     nesterov: true
struct TrainingRecipe {
    struct Entry {
        let name: String
        /// As it would stand on the command line; `true` or `false` for a flag.
        var text: String
        /// In the file, from 1.
        let line: Int
    }

    /// What errors call it: the file, or the built-in recipe.
    let source: String
    /// As it was written.
    let yaml: String
    private(set) var entries: [Entry]
    private let flags = TrainFlags()

    /// More than anybody writes.
    private static let mostBytes = 1 << 16

    /// - Parameter name: A file, or the name of a built-in recipe.
    /// - Throws: ``UsageError`` with the line of the mistake.
    init(named name: String) throws {
        if let recipe = BuiltInRecipe.all.first(where: { $0.name == name }) {
            try self.init(recipe.yaml, source: name)
            return
        }
        guard FileManager.default.fileExists(atPath: name) else {
            guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else {
                throw UsageError.unknown("recipe", name, among: BuiltInRecipe.all.map(\.name), orElse: " or a file")
            }
            throw WorkError("\(name): no such file")
        }
        guard let bytes = FileManager.default.contents(atPath: name) else { throw WorkError("\(name): cannot be read") }
        guard bytes.count <= Self.mostBytes, let text = String(data: bytes, encoding: .utf8) else {
            throw UsageError("\(name): is no recipe; it is YAML such as: striate recipes \(BuiltInRecipe.all[0].name)")
        }
        try self.init(text, source: name)
    }

    init(_ yaml: String, source: String) throws {
        self.source = source
        self.yaml = yaml
        entries = []
        let root: Yams.Node?
        do { root = try Yams.compose(yaml: yaml) } catch { throw Self.explained(error, yaml, source) }
        guard let root, root.null == nil else { return }
        guard let mapping = root.mapping else { throw UsageError("\(source):\(root.mark?.line ?? 1): a recipe is lines such as  rate: 0.1") }
        for (key, value) in mapping {
            let line = key.mark?.line ?? 1
            guard let name = key.string else { throw UsageError("\(source):\(line): a name is a word such as rate") }
            if let entry = try entry(name, value, line) { entries.append(entry) }
        }
        try check()
    }

    /// Nil where nothing is said, as in `limit: null`.
    private func entry(_ name: String, _ value: Yams.Node, _ line: Int) throws -> Entry? {
        guard let kind = flags.kinds[name] else {
            throw UsageError("\(source):\(line): train has no --\(name)\(Suggestion.hint(for: name, among: flags.names))")
        }
        if value.null != nil { return nil }
        guard let text = Self.text(of: value) else { throw UsageError("\(source):\(line): \(name) takes a value, or a list of values") }
        if kind == .flag, !["true", "false"].contains(text) { throw UsageError("\(source):\(line): \(name) is true or false, not \(text)") }
        return Entry(name: name, text: text, line: line)
    }

    /// A value, or several with commas between them; nil for anything else.
    private static func text(of value: Yams.Node) -> String? {
        if let scalar = value.scalar { return scalar.string }
        guard let sequence = value.sequence else { return nil }
        let parts: [String] = sequence.compactMap { $0.scalar?.string }
        return parts.isEmpty || parts.count < sequence.count ? nil : parts.joined(separator: ",")
    }

    /// Lets the command line judge each value by itself, so that the line of a mistake is known.
    private func check() throws {
        for entry in entries {
            do { _ = try Train.parse(arguments(for: entry)) } catch {
                throw UsageError("\(source):\(entry.line): \(Self.message(of: error))")
            }
        }
    }

    private static func message(of error: any Error) -> String {
        let message = Train.message(for: error)
        return message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message
    }

    /// Says another value, or one where there was none.
    ///
    /// - Throws: ``UsageError`` where `train` does not take it.
    mutating func set(_ name: String, to text: String) throws {
        let entry = Entry(name: name, text: text, line: 0)
        do { _ = try Train.parse(arguments(for: entry)) } catch {
            throw UsageError("\(name): \(Self.message(of: error))")
        }
        entries.removeAll { $0.name == name }
        entries.append(entry)
    }

    // MARK: - As a command line

    /// The arguments of `train` that say the same.
    ///
    /// - Parameter given: Arguments that win over the recipe's.
    func arguments(but given: [String] = [], network: String? = nil) -> [String] {
        let said = Set(given.filter { $0.hasPrefix("--") }.map { $0.prefix { $0 != "=" } })
        let own = entries.filter { entry in
            entry.name == "network" ? network == nil : !said.contains("--\(entry.name)") && !said.contains("--no-\(entry.name)")
        }
        return own.flatMap { arguments(for: $0) } + given
    }

    private func arguments(for entry: Entry) -> [String] {
        switch flags.kinds[entry.name] {
        case .argument?: [entry.text]
        case .flag?:
            entry.text == "true" ? ["--\(entry.name)"] : flags.kinds["no-\(entry.name)"] == nil ? [] : ["--no-\(entry.name)"]
        default: ["--\(entry.name)=\(entry.text)"]
        }
    }

    // MARK: - Writing

    /// The complete recipe of a run: it says everything, so that defaults of a later version change nothing.
    static func yaml(of options: TrainingOptions) throws -> String {
        var pairs = [(Yams.Node, Yams.Node)]()
        for field in TrainingField.all {
            guard let text = field.text(of: options) else { continue }
            let isInverted = field.flag.hasPrefix("no-")
            pairs.append((Yams.Node(field.flag), Yams.Node(isInverted ? "\(text == "false")" : text)))
            guard field.name == "network" else { continue }
            for (name, value) in options.networkOptions.sorted(by: { $0.key < $1.key }) { pairs.append((Yams.Node(name), Yams.Node(value))) }
        }
        return "# Everything that decides this run; to repeat it: striate train --recipe with this file\n"
            + (try Yams.serialize(node: Yams.Node(pairs), width: -1, allowUnicode: true))
    }

    private static func explained(_ error: any Error, _ yaml: String, _ source: String) -> UsageError {
        func line(_ line: Int, _ problem: String) -> UsageError { UsageError("\(source):\(line): \(problem)") }
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            return line(mark.line, problem)
        case YamlError.duplicatedKeysInMapping(let names, let context):
            let name = names.first ?? "a name"
            let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
            let places = lines.indices.filter { lines[$0].prefix { $0 != ":" }.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" } == name }
            return line(places.count > 1 ? places[1] + 1 : context.mark.line, "\(name) stands twice; leave one out")
        default: return UsageError("\(source): is no YAML")
        }
    }
}

extension Train {
    /// The command with what its recipe says and it does not.
    ///
    /// - Parameter arguments: All that was given, `train` first.
    func completed(from arguments: [String]) throws -> any ParsableCommand {
        guard let name = options.recipe else { return self }
        guard options.resume == nil else { throw UsageError("--resume goes on with the run's own recipe; leave --recipe out") }
        let recipe = try TrainingRecipe(named: name)
        return try StriateTool.parseAsRoot(["train"] + recipe.arguments(but: Array(arguments.dropFirst()), network: network))
    }
}
