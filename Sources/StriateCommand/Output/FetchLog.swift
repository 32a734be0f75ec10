import Striate
import Synchronization

/// Tells how a download goes: a live line on a terminal, a line for each file elsewhere.
final class FetchLog: Sendable {
    private struct State {
        var live: LiveLine?
        var file = ""
    }

    private let isQuiet: Bool
    private let state: Mutex<State>

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        state = Mutex(State(live: isQuiet ? nil : LiveLine(Terminal())))
    }

    var handler: FetchProgress.Handler {
        { [self] progress in
            guard !isQuiet else { return }
            state.withLock { state in
                let isNew = state.file != progress.file
                state.file = progress.file
                guard state.live != nil else {
                    if isNew { Output.log("fetching \(progress.file) (\(Numbers.bytes(progress.size))) from \(progress.url)") }
                    return
                }
                guard isNew || progress.received == progress.size || state.live?.isDue == true else { return }
                let share = progress.size > 0 ? Double(progress.received) / Double(progress.size) : 0
                state.live?.draw(
                    share, "\(progress.file)  \(Numbers.bytes(progress.received)) of \(Numbers.bytes(progress.size))")
            }
        }
    }

    func finish() { state.withLock { $0.live?.clear() } }
}
