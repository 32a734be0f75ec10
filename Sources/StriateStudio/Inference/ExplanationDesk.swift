import Striate

/// Explains one picture after another, on a thread of its own: an explanation takes as long as many answers.
final class ExplanationDesk: Sendable {
    /// Used on the one thread alone.
    private nonisolated(unsafe) let explainer: Explainer
    private let queue = WorkQueue(capacity: 16, waiters: "pictures wait to be explained")

    /// Explains nothing before ``start()``.
    ///
    /// - Throws: ``NetworkError`` where the model cannot be traced.
    init(_ model: ServedModel, engine: LaneEngine) throws {
        explainer = try Explainer(model.description, weights: model.weights, engine: engine)
    }

    func start() { queue.start() }

    /// What in a picture speaks for a class (the most probable one if nil), and the probabilities of all.
    ///
    /// - Throws: ``ServiceError`` where so many cannot wait now, or the model cannot be asked so.
    func explain(_ picture: Picture, by method: ExplanationMethod, target: Int?) async throws -> (Explanation, [Float]) {
        do {
            return try await queue.run { [self] in
                (try explainer.explain(picture, by: method, target: target), probabilities(of: try explainer.logits(of: picture)))
            }
        } catch let error as InsightError {
            throw ServiceError(.badRequest, error.description)
        }
    }

    func close() async { await queue.close() }
}
