public import StriateData
public import StriateEngine
public import StriateGraph
public import StriateNetworks

/// What every layer of a model makes of one picture.
public struct FeatureMaps: Sendable {
    /// What one layer makes.
    public struct Layer: Sendable {
        /// Its path, such as `layer1.0.conv1`.
        public let name: String
        /// Such as `Conv2D`.
        public let kind: String
        /// `[maps, rows, columns]`, or `[features]`.
        public let values: Tensor
        /// Where it stands in the graph: layers that hand on what they are given have the same.
        let value: Value
    }

    /// The picture in bytes, fitted to the network.
    public let picture: Picture
    /// The same as the first layer takes it: `(x / 255 − mean) / standard deviation`.
    public let input: Tensor
    /// In the order in which they are computed.
    public let layers: [Layer]
    /// One for each class.
    public let logits: [Float]

    /// One for each class, 0…1.
    public var probabilities: [Float] { StriateInsight.probabilities(of: logits) }
}

/// A model compiled so that every layer's result can be read. Not for use from two threads at once.
///
///     let reader = try FeatureMapReader(model.description, weights: model.weights, engine: LaneEngine())
///     for layer in try reader.read(picture).layers { print(layer.name, layer.values.shape) }
public final class FeatureMapReader {
    /// What is read of each picture.
    public let layers: [TracedLayer]
    private let preprocessing: Preprocessing
    private let program: any Program

    /// - Parameter layers: The layers' paths, in any order; nil for ``StriateNetworks/TracedNetwork/visibleLayers``.
    /// - Throws: ``InsightError`` for a layer that is not there, ``NetworkError`` or ``EngineError`` where the model cannot be run.
    public init(_ model: any ModelArchitecture, weights: Weights, layers names: [String]? = nil, engine: any Engine) throws {
        let network = try model.traced()
        if let names {
            layers = try Set(names).map { try network.layer(named: $0) }.sorted { ($0.value.index, $0.path) < ($1.value.index, $1.path) }
        } else {
            layers = network.visibleLayers
        }
        preprocessing = model.preprocessing
        var graph = network.graph
        for layer in layers { graph.output(FeatureMapReader.output(layer), layer.value) }
        program = try engine.compile(graph.optimized(), batch: 1)
        try program.adopt(weights)
    }

    /// - Parameter picture: As the model sees it.
    /// - Throws: ``DataError`` for a picture of another shape.
    public func read(_ picture: Picture) throws -> FeatureMaps {
        try picture.check(for: preprocessing)
        try program.run(Feed(count: 1, inputs: [TracedNetwork.pixelsName: Source(.bytes(picture.pixels), first: 1)]))
        return FeatureMaps(
            picture: picture, input: picture.normalized(by: preprocessing),
            layers: layers.map { layer in
                let values = program.output(FeatureMapReader.output(layer)).values
                return FeatureMaps.Layer(name: layer.path, kind: layer.kind, values: Tensor(layer.output, values), value: layer.value)
            },
            logits: program.output(TracedNetwork.outputName).values)
    }

    /// No layer's name, so that none can be taken for the logits.
    private static func output(_ layer: TracedLayer) -> String { "%\(layer.value.index)" }
}

extension Picture {
    /// - Throws: ``DataError`` unless a network with this preprocessing can take the picture as it is.
    func check(for preprocessing: Preprocessing) throws(DataError) {
        guard shape == preprocessing.shape else {
            throw DataError("a picture of \(shape)", "the model takes \(preprocessing.shape); prepare it for the model")
        }
    }

    /// `(x / 255 − mean) / standardDeviation`, channel by channel, as ``Graph/normalized(_:by:)`` computes it.
    func normalized(by preprocessing: Preprocessing) -> Tensor {
        let area = shape[1] * shape[2]
        return Tensor(shape, pixels.indices.map { place in
            let channel = place / area, deviation = preprocessing.standardDeviation[channel]
            return Float(pixels[place]) * (1 / (255 * deviation)) - preprocessing.mean[channel] / deviation
        })
    }
}
