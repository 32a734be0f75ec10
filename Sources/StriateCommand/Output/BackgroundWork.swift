import Dispatch
import Synchronization

/// Work that goes on without this thread.
final class BackgroundWork: Sendable {
    private let ended = DispatchSemaphore(value: 0)
    private let failure = Mutex<(any Error)?>(nil)

    init(_ work: @escaping @Sendable () async throws -> Void) {
        Task {
            do { try await work() } catch { failure.withLock { $0 = error } }
            ended.signal()
        }
    }

    /// Waits for its end. Once only.
    ///
    /// - Throws: What the work threw.
    func wait() throws {
        ended.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
