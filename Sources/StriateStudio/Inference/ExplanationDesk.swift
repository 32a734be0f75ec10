import NIOPosix
import Striate
import Synchronization

/// Explains one picture after another, on a thread of its own: an explanation takes as long as many answers.
final class ExplanationDesk: Sendable {
    /// Used on the one thread alone.
    private nonisolated(unsafe) let explainer: Explainer
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic<Int>(0)

    /// The most pictures that wait, the one in work included.
    private static let capacity = 16

    /// Explains nothing before ``start()``.
    ///
    /// - Throws: ``NetworkError`` where the model cannot be traced.
    init(_ model: ServedModel, engine: LaneEngine) throws {
        explainer = try Explainer(model.description, weights: model.weights, engine: engine)
    }

    func start() { thread.start() }

    /// What in a picture speaks for a class (the most probable one if nil), and the probabilities of all.
    ///
    /// - Throws: ``ServiceError`` where so many cannot wait now, or the model cannot be asked so.
    func explain(_ picture: Picture, by method: ExplanationMethod, target: Int?) async throws -> (Explanation, [Float]) {
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard waiting.add(1, ordering: .relaxed).newValue <= ExplanationDesk.capacity else {
            throw ServiceError.overloaded("\(ExplanationDesk.capacity) pictures wait to be explained; try again in a second")
        }
        do {
            return try await thread.runIfActive { [self] in
                (try explainer.explain(picture, by: method, target: target), probabilities(of: try explainer.logits(of: picture)))
            }
        } catch let error as InsightError {
            throw ServiceError(.badRequest, error.description)
        }
    }

    func close() async { try? await thread.shutdownGracefully() }
}
