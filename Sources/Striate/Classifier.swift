import Foundation

/// A model that is ready to say what pictures show.
///
///     let classifier = try Classifier(StoredModel(contentsOf: "runs/flowers"))
///     let picture = try classifier.picture(contentsOf: "photo.jpg")
///     print(try classifier.predictions(for: picture)[0])        // rose 97.3 %
///
/// One of these works on one batch at a time: give each thread its own.
public final class Classifier {
    /// A class, and how probable it is.
    public struct Prediction: Hashable, Sendable, CustomStringConvertible {
        public let name: String
        /// 0…1; those of all classes add up to 1.
        public let probability: Float

        public var description: String { String(format: "%@ %.1f %%", name, 100 * probability) }
    }

    public let description: any ModelArchitecture
    /// The most pictures in a run.
    public let batch: Int
    private let program: any Program

    /// - Parameters:
    ///   - batch: The most pictures in a run, at least 1; sixteen cost little more than one.
    ///   - precision: What convolutions may round their operands to.
    /// - Throws: ``NetworkError`` or ``EngineError`` where the model cannot be run.
    public init(
        _ description: any ModelArchitecture, weights: Weights, batch: Int = 16, precision: Precision = .float32, engine: any Engine
    ) throws {
        self.description = description
        self.batch = batch
        program = try engine.compile(description.traced().graph.optimized().allowing(precision), batch: batch)
        try program.adopt(weights)
    }

    /// A classifier on all processors.
    ///
    /// - Parameter augmentation: How often it looks at each picture.
    public convenience init(_ model: StoredModel, batch: Int = 16, averagedOver augmentation: TestTimeAugmentation = .none) throws {
        try self.init(model.description.averaged(over: augmentation), weights: model.weights, batch: batch, engine: LaneEngine())
    }

    /// A picture from a file as the model sees it: what the model's own preprocessing makes of it.
    public func picture(contentsOf path: String) throws(DataError) -> Picture {
        try Picture.read(contentsOf: path, for: description.preprocessing)
    }

    /// The probability of each class, picture by picture.
    ///
    /// - Parameter pictures: At most ``batch``, as the model sees them.
    public func probabilities(of pictures: [Picture]) throws -> [[Float]] {
        guard let first = pictures.first else { return [] }
        guard pictures.count <= batch, pictures.allSatisfy({ $0.shape == description.preprocessing.shape }) else {
            throw DataError(
                "\(pictures.count) pictures of \(first.shape)", "the model takes at most \(batch) of \(description.preprocessing.shape); prepare them for it")
        }
        let feed = Feed(
            count: pictures.count,
            inputs: [TracedNetwork.pixelsName: Source(.bytes(pictures.flatMap(\.pixels)), first: pictures.count)])
        try program.run(feed)
        let logits = program.output(TracedNetwork.outputName).values, classes = description.classes.count
        return pictures.indices.map { StriateInsight.probabilities(of: logits[$0 * classes..<($0 + 1) * classes]) }
    }

    /// The classes of a picture, the most probable first.
    public func predictions(for picture: Picture) throws -> [Prediction] {
        try ranked(probabilities(of: [picture])[0])
    }

    /// The classes with these probabilities, the most probable first; equals keep their order.
    public func ranked(_ probabilities: [Float]) -> [Prediction] { description.ranked(probabilities) }
}

extension ModelArchitecture {
    /// The classes with these probabilities, the most probable first; equals keep their order.
    public func ranked(_ probabilities: [Float]) -> [Classifier.Prediction] {
        let order = probabilities.indices.sorted { (probabilities[$0], $1) > (probabilities[$1], $0) }
        return order.map { Classifier.Prediction(name: classes[$0], probability: probabilities[$0]) }
    }
}
