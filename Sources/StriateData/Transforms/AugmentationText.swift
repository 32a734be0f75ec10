import StriateGraph

extension Augmentation: CustomStringConvertible {
    /// The text that it is read from, presets written out; `none` where nothing is done.
    public var description: String {
        let steps = transforms.map(\.text) + mixes.map(\.text)
        return steps.isEmpty ? "none" : steps.joined(separator: ",")
    }

    /// Reads names with arguments, `crop:4:reflect,flip`, separated by commas; a preset may stand where a name may.
    ///
    /// - Throws: ``AugmentationError``, which names what cannot be read and what could be meant.
    public init(parsing text: String) throws(AugmentationError) {
        var (transforms, mixes) = ([any Transform](), [any BatchMix]())
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            for step in try Augmentation.steps(Augmentation.trimmed(part)) {
                switch step {
                case let transform as any Transform: transforms.append(transform)
                case let mix as any BatchMix: mixes.append(mix)
                default: fatalError("\(type(of: step)) changes neither pictures nor batches")
                }
            }
        }
        self.init(transforms, mixes: mixes)
    }

    private static func steps(_ text: String) throws(AugmentationError) -> [any AugmentationStep] {
        if text == "none" { return [] }
        if let preset = presets.first(where: { $0.name == text }) {
            let augmentation = try Augmentation(parsing: preset.text)
            return augmentation.transforms + augmentation.mixes
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(trimmed)
        let name = parts[0]
        guard let kind = kinds.first(where: { $0.signature.name == name }) else {
            guard !name.isEmpty else { throw AugmentationError("a name is missing before or after a comma; known: \(names.joined(separator: ", "))") }
            throw AugmentationError(
                "\"\(name)\" is no augmentation (\(names.joined(separator: ", ")))\(Suggestion.hint(for: name, among: names))")
        }
        let (given, parameters) = (parts.dropFirst(), kind.signature.parameters)
        guard given.count <= parameters.count else {
            throw AugmentationError("\"\(text)\" has \(given.count) arguments, but it is \(kind.signature.usage)")
        }
        var arguments = parameters.map(\.standard)
        for (index, argument) in given.enumerated() {
            do throws(AugmentationError) { arguments[index] = try parameters[index].read(argument) } catch {
                throw AugmentationError("\"\(text)\": \(error) (\(kind.signature.usage))")
            }
        }
        return [kind.init(StepArguments(values: arguments))]
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension Augmentation: Hashable {
    /// Equal texts are equal augmentations.
    public static func == (a: Augmentation, b: Augmentation) -> Bool { a.description == b.description }
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension Augmentation: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do { self = try Augmentation(parsing: container.decode(String.self)) } catch let error as AugmentationError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
