public import StriateGraph

/// Everything that decides a training run's result: same options, same data, same build, same bits. Stored as `config.json`.
///
/// Defaults are the tutorials' (10 epochs, batches of 64, rate 0.01 with momentum 0.9); a network's recipe sets its own.
public struct TrainingOptions: Hashable, Sendable, Codable {
    public enum Rule: String, Hashable, Sendable, Codable, CaseIterable {
        case sgd
        /// See ``Optimizer/lecunSDLM(damping:)``.
        case lecunSDLM = "lecun-sdlm"
    }

    /// The network's name.
    public var network: String
    /// Its options by name, such as `activation: tanh`.
    public var networkOptions: [String: String] = [:]
    /// The number of classes, where it is not the data's.
    public var classes: Int?
    /// `CxHxW`, where it is not the network's own.
    public var input: String?
    /// A file of weights to start from, instead of the seed's.
    public var initialWeights: String?
    /// The data set's name or path.
    public var data: String
    public var dataDirectory: String?
    /// Only the first so many training images.
    public var limit: Int?
    public var epochs = 10
    /// Images in a step; the last step of an epoch takes what is left.
    public var batch = 64
    public var rate: Float = 0.01
    public var optimizer = Rule.sgd
    public var momentum: Float = 0.9
    public var weightDecay: Float = 0
    public var nesterov = false
    public var schedule = Schedule.constant
    public var loss = Loss.crossEntropy
    /// Whether each epoch visits the images in a new order.
    public var shuffle = true
    /// What convolutions and their gradients may round their operands to, in steps and in the validation after each epoch. Weights and
    /// all other numbers are single floats whatever it is.
    public var precision = Precision.float32
    public var seed: UInt64 = 1

    public init(network: String, data: String) {
        self.network = network
        self.data = data
    }

    private enum CodingKeys: String, CodingKey {
        case network, classes, input, data, limit, epochs, batch, rate, optimizer, momentum, nesterov, schedule, loss, shuffle, seed
        case precision
        case networkOptions = "options"
        case initialWeights = "initial_weights"
        case dataDirectory = "data_directory"
        case weightDecay = "weight_decay"
    }

    /// What an older run's file does not say has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func value<T: Decodable>(_ key: CodingKeys, or standard: T) throws -> T { try values.decodeIfPresent(T.self, forKey: key) ?? standard }
        self.init(network: try values.decode(String.self, forKey: .network), data: try values.decode(String.self, forKey: .data))
        networkOptions = try value(.networkOptions, or: networkOptions)
        classes = try values.decodeIfPresent(Int.self, forKey: .classes)
        input = try values.decodeIfPresent(String.self, forKey: .input)
        initialWeights = try values.decodeIfPresent(String.self, forKey: .initialWeights)
        dataDirectory = try values.decodeIfPresent(String.self, forKey: .dataDirectory)
        limit = try values.decodeIfPresent(Int.self, forKey: .limit)
        epochs = try value(.epochs, or: epochs)
        batch = try value(.batch, or: batch)
        rate = try value(.rate, or: rate)
        optimizer = try value(.optimizer, or: optimizer)
        momentum = try value(.momentum, or: momentum)
        weightDecay = try value(.weightDecay, or: weightDecay)
        nesterov = try value(.nesterov, or: nesterov)
        schedule = try value(.schedule, or: schedule)
        loss = try value(.loss, or: loss)
        shuffle = try value(.shuffle, or: shuffle)
        precision = try value(.precision, or: precision)
        seed = try value(.seed, or: seed)
    }

    /// The optimiser that these options describe.
    public var rule: Optimizer {
        switch optimizer {
        case .sgd: .sgd(momentum: momentum, weightDecay: weightDecay, nesterov: nesterov)
        case .lecunSDLM: .lecunSDLM()
        }
    }

    /// Refuses numbers without a meaning.
    ///
    /// - Throws: ``TrainingError/options(_:)`` naming the option and what it can be.
    public func validate() throws(TrainingError) {
        func demand(_ condition: Bool, _ message: String) throws(TrainingError) {
            if !condition { throw .options(message) }
        }
        try demand(epochs >= 1, "epochs: \(epochs) is not a number of epochs; give at least 1")
        try demand(epochs <= 1_000_000, "epochs: \(epochs) is more than a million")
        try demand(batch >= 1, "batch: \(batch) is not a number of images; give at least 1")
        try demand(rate.isFinite && rate >= 0, "rate: \(rate) is not a learning rate; give a number from 0 up")
        try demand(momentum.isFinite && (0..<1).contains(momentum), "momentum: \(momentum) is not in 0 ..< 1")
        try demand(weightDecay.isFinite && weightDecay >= 0, "weight decay: \(weightDecay) is not a number from 0 up")
        try demand(!nesterov || momentum > 0, "nesterov: needs a momentum above 0")
        try demand(
            optimizer == .sgd || (momentum == 0 && weightDecay == 0),
            "optimizer: \(optimizer.rawValue) has neither momentum nor weight decay; leave them out")
        try demand(limit.map { $0 >= 1 } ?? true, "limit: \(limit ?? 0) leaves no images; give at least 1")
        if case .warmup(let length, _) = schedule {
            try demand(length < epochs, "schedule: a warm-up of \(length) epochs leaves nothing of \(epochs)")
        }
    }
}
