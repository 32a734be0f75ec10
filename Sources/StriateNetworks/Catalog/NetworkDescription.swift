public import StriateGraph

/// A network that has a name: where it comes from, what it is fed, and how it is trained unless the user says otherwise.
public struct NetworkDescription: Sendable {
    public let name: String
    /// One line.
    public let summary: String
    /// The paper or book, in one line.
    public let source: String
    /// The pictures it is defined for, `[channels, rows, columns]`.
    public let input: Shape
    /// Classes unless the data say otherwise.
    public let classes: Int
    /// The published number of trainable parameters, for `input` and `classes`; auxiliary heads not counted.
    public let parameterCount: Int
    /// The published number of connections, where the paper counts them; see ``TracedLayer/connectionCount``.
    public let connectionCount: Int?
    /// What `--activation` and the like accept.
    public let options: [NetworkOption]
    public let recipe: Recipe

    private let fit: Preprocessing.Fit
    private let mean: [Float]
    private let standardDeviation: [Float]
    private let make: @Sendable (_ classes: Int, _ options: [String: String]) -> any Network

    /// - Parameters:
    ///   - options: Besides `initializer`, which every network has.
    ///   - make: Makes the network; its options are complete and have been checked.
    init(
        name: String, summary: String, source: String, input: Shape, classes: Int = 10, fit: Preprocessing.Fit = .resize,
        mean: [Float], standardDeviation: [Float], parameterCount: Int, connectionCount: Int? = nil, options: [NetworkOption] = [], recipe: Recipe,
        make: @escaping @Sendable (_ classes: Int, _ options: [String: String]) -> any Network
    ) {
        self.name = name
        self.summary = summary
        self.source = source
        self.input = input
        self.classes = classes
        self.parameterCount = parameterCount
        self.connectionCount = connectionCount
        let initializers = [recipe.initialization.rawValue]
            + Initialization.allCases.filter { $0 != recipe.initialization && $0 != .published }.map(\.rawValue)
        self.options = options + [NetworkOption("initializer", initializers, help: "how the weights start")]
        self.recipe = recipe
        self.fit = fit
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.make = make
    }

    /// What happens to a picture before the first layer, for pictures of `shape` (nil: the network's own).
    ///
    /// - Throws: ``NetworkError`` unless the shape has three positive extents.
    public func preprocessing(for shape: Shape? = nil) throws(NetworkError) -> Preprocessing {
        let shape = shape ?? input
        guard shape.rank == 3, shape.count > 0 else {
            throw NetworkError("\(name) takes pictures (channels×rows×columns), not \(shape)")
        }
        return Preprocessing(
            shape, fit: fit(to: shape), mean: spread(mean, over: shape[0]),
            standardDeviation: spread(standardDeviation, over: shape[0]))
    }

    /// A crop is said in pixels of the network's own size; pictures of another are resized.
    private func fit(to shape: Shape) -> Preprocessing.Fit {
        if case .crop = fit, shape.extents.dropFirst() != input.extents.dropFirst() { return .resize }
        return fit
    }

    /// Completes the options with their defaults.
    ///
    /// - Throws: ``NetworkError`` for an option or a value that the network does not have, with the nearest one.
    public func completed(_ chosen: [String: String]) throws(NetworkError) -> [String: String] {
        var complete = [String: String]()
        for option in options { complete[option.name] = option.defaultValue }
        for (key, value) in chosen.sorted(by: { $0.key < $1.key }) {
            guard let option = options.first(where: { $0.name == key }) else {
                let known = options.map { "--" + $0.name }.joined(separator: ", ")
                throw NetworkError("\(name) has no option --\(key); it has \(known)")
            }
            guard option.values.contains(value) else {
                let hint = Suggestion.nearest(to: value, among: option.values).map { "did you mean \($0)?" }
                    ?? "it takes \(option.values.joined(separator: ", "))"
                throw NetworkError("--\(key) of \(name) cannot be \"\(value)\"; \(hint)")
            }
            complete[key] = value
        }
        return complete
    }

    /// The network itself.
    ///
    /// - Throws: ``NetworkError`` for unknown options, or fewer than one class.
    public func network(classes: Int? = nil, options: [String: String] = [:]) throws(NetworkError) -> any Network {
        let classes = classes ?? self.classes
        guard classes > 0 else { throw NetworkError("\(name) needs at least one class, not \(classes)") }
        return make(classes, try completed(options))
    }

    /// One number for each channel: as they stand where the channels are the network's own, else their mean.
    private func spread(_ values: [Float], over channels: Int) -> [Float] {
        if values.count == channels { return values }
        return Array(repeating: values.reduce(0, +) / Float(values.count), count: channels)
    }
}

/// A choice that a network offers, such as `--activation`.
public struct NetworkOption: Hashable, Sendable {
    public let name: String
    /// The first is the default.
    public let values: [String]
    public let help: String

    init(_ name: String, _ values: [String], help: String) {
        self.name = name
        self.values = values
        self.help = help
    }

    public var defaultValue: String { values[0] }
}

