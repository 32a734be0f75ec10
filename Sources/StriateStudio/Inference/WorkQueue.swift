import NIOPosix
import Synchronization

/// A thread of its own for work that takes long, one piece after another, of which only so much may wait.
final class WorkQueue: Sendable {
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic<Int>(0)
    private let capacity: Int
    private let refusal: String

    /// Works on nothing before ``start()``.
    ///
    /// - Parameters:
    ///   - capacity: The most pieces of work that wait, the one in work included.
    ///   - waiters: What clients are told that waits: `16 pictures wait to be explained`.
    init(capacity: Int, waiters: String) {
        self.capacity = capacity
        refusal = "\(capacity) \(waiters); try again in a second"
    }

    func start() { thread.start() }

    /// - Throws: ``ServiceError`` where so many pieces of work cannot wait now; what `work` throws.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try enter()
        defer { leave() }
        return try await thread.runIfActive(work)
    }

    /// Works on what nobody waits for, unless the queue is closed before.
    ///
    /// - Throws: ``ServiceError`` where so many pieces of work cannot wait now.
    func add(_ work: @escaping @Sendable () -> Void) throws(ServiceError) {
        try enter()
        thread.submit { [self] state in
            if case .active = state { work() }
            leave()
        }
    }

    private func enter() throws(ServiceError) {
        guard waiting.add(1, ordering: .relaxed).newValue > capacity else { return }
        leave()
        throw ServiceError.overloaded(refusal)
    }

    private func leave() { waiting.subtract(1, ordering: .relaxed) }

    /// Returns when the work that has begun is done; the rest is left.
    func close() async { try? await thread.shutdownGracefully() }
}
