import Striate
import Synchronization

/// The weights of a run's saved models as the page takes them. Each file is read once; what is kept is what ``ServedModel/saved`` has room for.
final class SavedWeights: Sendable {
    private let model: ServedModel
    private let queue = WorkQueue(capacity: 8, waiters: "saved models wait to be read")
    private let known = Mutex<[Int: StaticContent]>([:])

    init(_ model: ServedModel) { self.model = model }

    func start() { queue.start() }

    func close() async { await queue.close() }

    /// - Parameter place: Among the saved models.
    /// - Throws: ``ServiceError`` where so many cannot wait now, or the file cannot be read any more.
    func content(of place: Int) async throws -> StaticContent {
        if let content = known.withLock({ $0[place] }) { return content }
        return try await queue.run { [self] in
            // Somebody may have asked the same while this waited.
            if let content = known.withLock({ $0[place] }) { return content }
            let content = try read(place)
            known.withLock { $0[place] = content }
            return content
        }
    }

    private func read(_ place: Int) throws -> StaticContent {
        do {
            let graph = try model.description.traced().graph
            return StaticContent(type: MediaTypes.bytes, try BrowserModel.bytes(of: model.weights(ofSaved: place), in: graph))
        } catch let error as FormatError {
            throw ServiceError(.notFound, "the model of epoch \(model.saved[place].epoch) cannot be read any more: \(error.reason)")
        }
    }
}
