import StriateFormats
import Synchronization

/// What there is to see of something that goes on: sections of JSON, each replaced by the next of its name. Who watches gets what they have
/// not seen, and only the newest of it: a slow watcher holds nobody up and takes no memory.
final class LiveBoard: Sendable {
    /// A section as it was posted.
    struct Post: Sendable {
        let section: String
        let json: String
        /// Rises with every post to the board.
        let number: Int
    }

    private struct State {
        var posts: [Post] = []
        var last = 0
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var watcherCount = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Replaces a section, unless the board is closed.
    func post(_ section: String, _ json: JSON) {
        let text = json.text
        let watchers = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            guard !state.isClosed else { return [] }
            state.last += 1
            state.posts.removeAll { $0.section == section }
            state.posts.append(Post(section: section, json: text, number: state.last))
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    /// What was posted after the post of this number, the oldest first.
    func posts(after number: Int = 0) -> [Post] { state.withLock { $0.posts.filter { $0.number > number } } }

    /// Says when to look again: at once, after posts, and at every ``nudge()``. Ends when the board is closed.
    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let watcher: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.watcherCount += 1
            state.watchers[state.watcherCount] = continuation
            return state.watcherCount
        }
        continuation.yield()
        guard let watcher else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in _ = self?.state.withLock { $0.watchers.removeValue(forKey: watcher) } }
        return stream
    }

    /// Lets all watchers look though nothing was posted: so one that has left is found out.
    func nudge() { for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.yield() } }

    /// Nothing is posted any more.
    func close() {
        let watchers = state.withLock { state in
            state.isClosed = true
            defer { state.watchers = [:] }
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }
}
