import Foundation
public import StriateGraph

/// What a model file says beside its weights: all that is needed to build the network again and to feed it.
public struct ModelMetadata: Hashable, Sendable, Codable {
    /// The network's name, such as `lenet5`.
    public var network: String
    /// The network's options by name, such as `activation: tanh`.
    public var options: [String: String]
    /// The names of the classes, by number.
    public var classes: [String]
    /// What becomes of a picture before the first layer; its shape is the network's input.
    public var preprocessing: Preprocessing
    /// The graph of an imported model: an ONNX file without the weights. Nil for a network of the catalogue.
    public var graph: [UInt8]?
    /// What divides the logits at inference, so that their softmax means what it says; nil for 1.
    public var temperature: Float?
    /// How the weights came about; nil where they were not trained.
    public var training: TrainingSummary?

    public init(
        network: String, options: [String: String] = [:], classes: [String], preprocessing: Preprocessing, graph: [UInt8]? = nil,
        temperature: Float? = nil, training: TrainingSummary? = nil
    ) {
        self.network = network
        self.options = options
        self.classes = classes
        self.preprocessing = preprocessing
        self.graph = graph
        self.temperature = temperature
        self.training = training
    }

    /// `[channels, rows, columns]` of a picture.
    public var input: Shape { preprocessing.shape }
}

/// How a model was trained. Holds no dates, times or machine names: the same training gives the same file.
public struct TrainingSummary: Hashable, Sendable, Codable {
    /// The data set's name or path.
    public var dataset: String
    /// Epochs behind these weights.
    public var epochs: Int
    public var seed: UInt64
    /// On the validation images, 0…1.
    public var accuracy: Double?
    /// Mean over the validation images.
    public var loss: Double?

    public init(dataset: String, epochs: Int, seed: UInt64, accuracy: Double? = nil, loss: Double? = nil) {
        self.dataset = dataset
        self.epochs = epochs
        self.seed = seed
        self.accuracy = accuracy
        self.loss = loss
    }
}

// MARK: - As texts of a safetensors file

extension ModelMetadata {
    private enum Key {
        static let version = "striate.version"
        static let network = "striate.network"
        static let options = "striate.options"
        static let classes = "striate.classes"
        static let preprocessing = "striate.preprocessing"
        static let graph = "striate.graph"
        static let training = "striate.training"
    }

    /// The key of a ``temperature`` among the texts.
    public static let temperatureKey = "striate.temperature"

    /// The version of this layout; a reader refuses later ones.
    static let version = 1

    /// The texts for a safetensors file's metadata. `format` is what Hugging Face's loaders look for.
    public var texts: [String: String] {
        var texts = [
            "format": "pt",
            Key.version: String(Self.version),
            Key.network: network,
            Key.options: json(options),
            Key.classes: json(classes),
            Key.preprocessing: json(preprocessing),
        ]
        if let graph { texts[Key.graph] = Data(graph).base64EncodedString() }
        if let temperature { texts[Self.temperatureKey] = "\(temperature)" }
        if let training { texts[Key.training] = json(training) }
        return texts
    }

    /// Reads the texts of a safetensors file.
    ///
    /// - Parameter file: What errors call it.
    /// - Throws: ``FormatError`` where they were not written by Striate, or are damaged.
    public init(texts: [String: String], file: String) throws(FormatError) {
        guard let version = texts[Key.version], let network = texts[Key.network] else {
            throw FormatError(
                file: file, "has no description of a network; name the network and give this file with --weights")
        }
        guard let number = Int(version), number >= 1 else { throw FormatError(file: file, "\(Key.version) is not a number") }
        guard number <= Self.version else {
            throw FormatError(file: file, "was written by a later version of Striate (layout \(number)); update Striate")
        }
        func decoded<Value: Decodable>(_ key: String, as type: Value.Type) throws(FormatError) -> Value {
            guard let text = texts[key] else { throw FormatError(file: file, "\(key) is missing from the metadata") }
            do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
                throw FormatError(file: file, "\(key) in the metadata is damaged")
            }
        }
        self.network = network
        options = try decoded(Key.options, as: [String: String].self)
        classes = try decoded(Key.classes, as: [String].self)
        preprocessing = try decoded(Key.preprocessing, as: Preprocessing.self)
        training = texts[Key.training] == nil ? nil : try decoded(Key.training, as: TrainingSummary.self)
        if let text = texts[Key.graph] {
            guard let bytes = Data(base64Encoded: text) else { throw FormatError(file: file, "\(Key.graph) in the metadata is damaged") }
            graph = Array(bytes)
        }
        if let text = texts[Self.temperatureKey] {
            guard let number = Float(text), number.isFinite, number > 0 else {
                throw FormatError(file: file, "\(Self.temperatureKey) in the metadata is not a number above 0")
            }
            temperature = number
        }
        guard preprocessing.isSound else {
            throw FormatError(file: file, "\(Key.preprocessing) in the metadata does not describe pictures")
        }
    }
}

extension Preprocessing {
    /// Whether a file's numbers can be those of pictures: decoding does not ask.
    fileprivate var isSound: Bool {
        channels > 0 && rows > 0 && columns > 0 && Shape.checkedCount([channels, rows, columns]) != nil
            && mean.count == channels && standardDeviation.count == channels
            && mean.allSatisfy(\.isFinite) && standardDeviation.allSatisfy { $0.isFinite && $0 > 0 }
    }
}

/// Keys in order, so that equal values give equal texts.
private func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
        fatalError("texts and numbers can always be written as JSON: \(error)")
    }
}
