/// One of ``TrainingOptions`` by its name: the key in `config.json` and in recipes, and (with hyphens) the flag on the command line.
public struct TrainingField: Sendable {
    /// Such as `weight_decay`.
    public let name: String
    /// What users can write, for messages.
    public let form: String
    /// All that they can write, where these are a few names.
    public let choices: [String]

    private let read: @Sendable (TrainingOptions) -> String?
    private let write: @Sendable (inout TrainingOptions, String) -> Bool
    private let decodeValue: @Sendable (inout TrainingOptions, KeyedDecodingContainer<Key>) throws -> Void
    private let encodeValue: @Sendable (TrainingOptions, inout KeyedEncodingContainer<Key>) throws -> Void

    /// The value as text; nil where there is none.
    public func text(of options: TrainingOptions) -> String? { read(options) }

    /// Sets the value that a text describes. A few fields bring others to what suits the new value: see ``all`` for the order in which
    /// several are set.
    ///
    /// - Returns: Whether the text means anything; if not, nothing is set.
    public func set(_ options: inout TrainingOptions, to text: String) -> Bool { write(&options, text) }

    /// - Parameter onChange: What a new value brings with it.
    init<Value: OptionValue>(
        _ name: String, _ path: any WritableKeyPath<TrainingOptions, Value> & Sendable,
        onChange: @escaping @Sendable (inout TrainingOptions) -> Void = { _ in }
    ) {
        self.name = name
        form = Value.optionForm
        choices = Value.optionChoices
        read = { $0[keyPath: path].optionText }
        write = { options, text in
            guard let value = Value(optionText: text) else { return false }
            guard value != options[keyPath: path] else { return true }
            options[keyPath: path] = value
            onChange(&options)
            return true
        }
        let key = Key(stringValue: name)
        decodeValue = { options, values in
            if let value = try values.decodeIfPresent(Value.self, forKey: key) { options[keyPath: path] = value }
        }
        encodeValue = { options, values in
            if options[keyPath: path].optionText != nil { try values.encode(options[keyPath: path], forKey: key) }
        }
    }

    /// The field of this name; nil for an unknown one.
    public static func named(_ name: String) -> TrainingField? { all.first { $0.name == name } }

    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension TrainingField {
    /// All fields but the network's own options. Where several are set, they are set in this order, so that what an optimiser brings
    /// with it does not undo what was said of the rate.
    public static let all: [TrainingField] = [
        TrainingField("network", \.network),
        TrainingField("classes", \.classes),
        TrainingField("input", \.input),
        TrainingField("initial_weights", \.initialWeights),
        TrainingField("data", \.data),
        TrainingField("data_directory", \.dataDirectory),
        TrainingField("limit", \.limit),
        TrainingField("val_share", \.validationShare),
        TrainingField("background", \.background),
        TrainingField("augment", \.augmentation),
        TrainingField("epochs", \.epochs),
        TrainingField("batch", \.batch),
        TrainingField("accumulate", \.accumulation),
        TrainingField("optimizer", \.optimizer) { $0.adoptStandards(of: $0.optimizer) },
        TrainingField("rate", \.rate),
        TrainingField("momentum", \.momentum),
        TrainingField("nesterov", \.nesterov),
        TrainingField("weight_decay", \.weightDecay),
        TrainingField("decay", \.decayScope),
        TrainingField("beta1", \.beta1),
        TrainingField("beta2", \.beta2),
        TrainingField("epsilon", \.epsilon),
        TrainingField("alpha", \.alpha),
        TrainingField("centered", \.isCentered),
        TrainingField("trust", \.trust),
        TrainingField("schedule", \.schedule),
        TrainingField("clip", \.clipping),
        TrainingField("ema", \.average),
        TrainingField("whiten", \.whitened),
        TrainingField("freeze", \.frozen),
        TrainingField("rate_factors", \.rateFactors),
        TrainingField("head_rate", \.headRate),
        TrainingField("loss", \.loss),
        TrainingField("label_smoothing", \.labelSmoothing),
        TrainingField("class_weights", \.classWeights),
        TrainingField("dropout", \.dropout),
        TrainingField("stochastic_depth", \.stochasticDepth),
        TrainingField("shuffle", \.shuffle),
        TrainingField("sampling", \.sampling),
        TrainingField("monitor", \.monitor),
        TrainingField("patience", \.patience),
        TrainingField("keep", \.keep),
        TrainingField("precision", \.precision),
        TrainingField("seed", \.seed),
    ]
}

extension TrainingOptions: Codable {
    private static let network = TrainingField.Key(stringValue: "network"), data = TrainingField.Key(stringValue: "data")
    private static let networkOptions = TrainingField.Key(stringValue: "options")

    /// What an older run's file does not say has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: TrainingField.Key.self)
        self.init(
            network: try values.decode(String.self, forKey: Self.network), data: try values.decode(String.self, forKey: Self.data))
        networkOptions = try values.decodeIfPresent([String: String].self, forKey: Self.networkOptions) ?? [:]
        for field in TrainingField.all { try field.decode(into: &self, values) }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: TrainingField.Key.self)
        try values.encode(networkOptions, forKey: Self.networkOptions)
        for field in TrainingField.all { try field.encode(self, &values) }
    }
}

extension TrainingField {
    fileprivate func decode(into options: inout TrainingOptions, _ values: KeyedDecodingContainer<Key>) throws {
        try decodeValue(&options, values)
    }

    fileprivate func encode(_ options: TrainingOptions, _ values: inout KeyedEncodingContainer<Key>) throws {
        try encodeValue(options, &values)
    }
}
