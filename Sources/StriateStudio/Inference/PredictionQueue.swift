import Dispatch
import Foundation
import Striate
import Synchronization

/// Pictures that wait for the network. One thread takes as many as may run together, or as few as there are: nothing waits for company,
/// and while a batch runs the next one gathers.
final class PredictionQueue: Sendable {
    private struct Job {
        let picture: Picture
        let request: PendingRequest
        /// The picture's place in its request.
        let index: Int
    }

    private struct Waiting {
        var jobs: [Job] = []
        var isClosed = false
    }

    /// The most pictures that run together.
    let batch: Int
    /// The most pictures that wait.
    let capacity: Int
    private let waiting = Mutex(Waiting())
    private let arrived = DispatchSemaphore(value: 0)
    private let metrics: Metrics

    init(_ classifier: sending BatchedClassifier, capacity: Int, metrics: Metrics) {
        batch = classifier.batch
        self.capacity = capacity
        self.metrics = metrics
        nonisolated(unsafe) let classifier = classifier
        let thread = Thread { [self] in work(with: classifier) }
        thread.name = "striate.predictions"
        // The engine's steps keep tiles on the stack.
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// How many pictures wait now.
    var count: Int { waiting.withLock { $0.jobs.count } }

    /// The probability of each class, picture by picture.
    ///
    /// - Throws: ``ServiceError`` where so many cannot wait now, or the engine fails.
    func probabilities(of pictures: [Picture]) async throws -> [[Float]] {
        guard !pictures.isEmpty else { return [] }
        return try await withCheckedThrowingContinuation { continuation in
            let request = PendingRequest(count: pictures.count, continuation)
            let isAccepted = waiting.withLock { waiting in
                guard !waiting.isClosed, waiting.jobs.count + pictures.count <= capacity else { return false }
                for (index, picture) in pictures.enumerated() { waiting.jobs.append(Job(picture: picture, request: request, index: index)) }
                return true
            }
            guard isAccepted else {
                return continuation.resume(throwing: ServiceError.overloaded("\(capacity) pictures wait already; try again in a second"))
            }
            arrived.signal()
        }
    }

    /// Ends the thread once nothing waits any more.
    func close() {
        waiting.withLock { $0.isClosed = true }
        arrived.signal()
    }

    private func work(with classifier: BatchedClassifier) {
        while let jobs = next() {
            metrics.ran(pictures: jobs.count)
            let answers = Result { try classifier.probabilities(of: jobs.map(\.picture)) }
            for (place, job) in jobs.enumerated() { job.request.finish(job.index, answers.map { $0[place] }) }
        }
    }

    /// The pictures that run next; nil when the queue is closed and empty.
    private func next() -> [Job]? {
        while true {
            let (jobs, isClosed) = waiting.withLock { waiting in
                let jobs = Array(waiting.jobs.prefix(batch))
                waiting.jobs.removeFirst(jobs.count)
                return (jobs, waiting.isClosed)
            }
            guard jobs.isEmpty else { return jobs }
            if isClosed { return nil }
            arrived.wait()
        }
    }
}

/// A request whose pictures may run in several batches: answered when the last one has.
private final class PendingRequest: Sendable {
    private struct State {
        var answers: [[Float]]
        var missing: Int
        var failure: (any Error)?
    }

    private let state: Mutex<State>
    private let continuation: CheckedContinuation<[[Float]], any Error>

    init(count: Int, _ continuation: CheckedContinuation<[[Float]], any Error>) {
        state = Mutex(State(answers: Array(repeating: [], count: count), missing: count))
        self.continuation = continuation
    }

    func finish(_ index: Int, _ answer: Result<[Float], any Error>) {
        let result: Result<[[Float]], any Error>? = state.withLock { state in
            switch answer {
            case .success(let probabilities): state.answers[index] = probabilities
            case .failure(let error): state.failure = error
            }
            state.missing -= 1
            guard state.missing == 0 else { return nil }
            return state.failure.map { .failure($0) } ?? .success(state.answers)
        }
        if let result { continuation.resume(with: result) }
    }
}
