import Striate

/// A model that is planned twice: for one picture and for a batch. A run takes the plan that is the faster for its pictures, as measured
/// on this machine when it starts.
///
/// One of these works on one batch at a time.
final class BatchedClassifier {
    /// The most pictures in a run.
    let batch: Int
    private let single: Classifier
    /// Nil where it is never the faster one.
    private let together: Classifier?
    /// The fewest pictures that the batch's plan is for.
    private let least: Int

    /// - Throws: ``NetworkError`` or ``EngineError`` where the model cannot be run.
    init(_ model: ServedModel, batch: Int, precision: Precision, engine: LaneEngine) throws {
        func classifier(_ batch: Int) throws -> Classifier {
            try Classifier(model.description, weights: model.weights, batch: batch, precision: precision, engine: engine)
        }
        self.batch = batch
        single = try classifier(1)
        guard batch > 1 else {
            (together, least) = (nil, 2)
            return
        }
        let many = try classifier(batch)
        let alone = try BatchedClassifier.fastestRun(of: single, pictures: 1)
        let full = try BatchedClassifier.fastestRun(of: many, pictures: batch)
        least = max(2, Int((full / alone).rounded(.up)))
        together = least <= batch ? many : nil
    }

    /// The probability of each class, picture by picture.
    ///
    /// - Parameter pictures: At most ``batch``, as the model sees them.
    func probabilities(of pictures: [Picture]) throws -> [[Float]] {
        if let together, pictures.count >= least { return try together.probabilities(of: pictures) }
        return try pictures.map { try single.probabilities(of: [$0])[0] }
    }

    private static func fastestRun(of classifier: Classifier, pictures count: Int) throws -> Double {
        let shape = classifier.description.preprocessing.shape, clock = ContinuousClock()
        let pictures = Array(repeating: Picture(shape: shape, pixels: Array(repeating: 0, count: shape.count)), count: count)
        var fastest = Double.infinity
        for _ in 0..<3 {
            let time = try clock.measure { _ = try classifier.probabilities(of: pictures) }
            fastest = min(fastest, time / .seconds(1))
        }
        return fastest
    }
}
