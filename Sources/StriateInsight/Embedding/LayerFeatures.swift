public import StriateData
public import StriateEngine
public import StriateGraph
public import StriateNetworks
import StriateTraining

/// What a layer of a model makes of pictures: a row of numbers for each, with the picture's class and the model's answer.
public struct LayerFeatures: Sendable {
    /// The layer's path.
    public let layer: String
    /// Of what it makes of one picture.
    public let shape: Shape
    public internal(set) var features: FeatureMatrix
    /// The number of each picture among those that were to be read; nil where some of its neighbours could not be read.
    public internal(set) var pictures: [Int?] = []
    public internal(set) var labels: [Int] = []
    public internal(set) var answers: [Int] = []
}

/// A model that is ready to show what a layer makes of pictures.
public final class FeatureExtractor {
    public let layer: String
    public let shape: Shape
    private let program: any Program

    private static let featuresName = "features"
    /// Of all features together: what a computer of today has room for.
    private static let mostValues = 1 << 28

    /// - Parameters:
    ///   - network: Traced for inference, with pictures in bytes.
    ///   - layer: A layer's path; nil for what enters the last layer with parameters, the one that makes the logits.
    ///   - batch: The most pictures in a run.
    /// - Throws: ``NetworkError`` for an unknown layer, ``EngineError`` where the model cannot be run.
    public init(_ network: TracedNetwork, weights: Weights, layer: String? = nil, batch: Int = 64, engine: any Engine) throws {
        let value: Value
        if let layer {
            guard let known = network.value(ofLayer: layer) else {
                let paths = network.layers.map(\.path)
                let hint = Suggestion.hint(for: layer, among: paths)
                throw NetworkError("the model has no layer \"\(layer)\"\(hint.isEmpty ? "; its layers are \(paths.joined(separator: ", "))" : hint)")
            }
            (value, self.layer) = (known, layer)
        } else {
            value = network.graph.headInput(of: network.logits)
            // Of layers that make the same value the last changes nothing.
            self.layer = network.layers.first { $0.value == value }?.path ?? TracedNetwork.pixelsName
        }
        var graph = network.graph
        graph.output(FeatureExtractor.featuresName, value)
        shape = graph[value].shape
        program = try engine.compile(graph.optimized(), batch: batch)
        try program.adopt(weights)
    }

    /// What the layer makes of some pictures of a loader. Those that cannot be read are left out.
    ///
    /// - Parameters:
    ///   - order: The numbers of the pictures.
    ///   - progress: Called after each run with the number of pictures done.
    /// - Throws: ``DataError`` where there are none or the features would not fit into memory, ``EngineError`` where they do not fit the model.
    public func features(of pictures: PictureLoader, order: [Int], progress: (Int) -> Void = { _ in }) throws -> LayerFeatures {
        guard shape.count * order.count <= FeatureExtractor.mostValues else {
            throw DataError(
                "\(order.count) pictures", "\(layer) makes \(shape) numbers of each, which is too much to keep; take fewer pictures or a later layer")
        }
        var result = LayerFeatures(layer: layer, shape: shape, features: FeatureMatrix(columns: shape.count))
        let stream = pictures.batches(of: program.batch, order: order)
        while true {
            let before = stream.place
            guard let batch = try stream.next() else { break }
            try program.run(Feed(count: batch.count, inputs: [TracedNetwork.pixelsName: Source(.bytes(batch.pixels), rows: batch.rows)]))
            let logits = program.output(TracedNetwork.outputName), classes = logits.values.count / batch.count
            result.features.append(rows: program.output(FeatureExtractor.featuresName).values)
            for (place, row) in batch.rows.enumerated() {
                result.labels.append(Int(batch.labels[row]))
                let own = logits.values[place * classes..<(place + 1) * classes]
                result.answers.append((own.indices.max { own[$0] < own[$1] } ?? own.startIndex) - own.startIndex)
            }
            let numbers = order[before..<stream.place]
            result.pictures += numbers.count == batch.count ? numbers.map { $0 } : Array(repeating: nil, count: batch.count)
            progress(result.labels.count)
        }
        guard !result.labels.isEmpty else { throw DataError("the data", "none of the pictures can be read") }
        return result
    }
}

extension Graph {
    /// What enters the layer that makes the logits: the features by which classes are told apart.
    fileprivate func headInput(of logits: Value) -> Value {
        let names = headParameters(of: logits)
        let parameters = Set(variables.filter { names.contains($0.variable.name) }.map(\.value)), producers = self.producers
        guard let head = nodes.first(where: { !parameters.isDisjoint(with: $0.inputs) })?.path else { return logits }
        for node in nodes where node.path == head {
            let input = node.inputs.first { self[$0].isBatched && nodes[producers[$0.index]].path != head }
            if let input { return input }
        }
        return logits
    }
}
