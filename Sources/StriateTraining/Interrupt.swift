import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and the wish to end (SIGINT and SIGTERM) as a flag that a loop asks after each step, so that it can save first.
/// A second signal ends the process at once, with exit code 130.
///
/// Signals go to this object from ``init(onFirst:)`` until it is released; afterwards they end the process as usual.
public final class Interrupt: Sendable {
    /// Exit code of a process that was interrupted, by the shells' convention.
    public static let exitCode: Int32 = 130

    private let count: Count
    /// Untouched between the first line and the last.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    private final class Count: Sendable {
        let signals = Atomic<Int>(0)
    }

    /// - Parameter onFirst: Called on another thread when the first signal arrives, to tell the user that saving is under way.
    public init(onFirst: @escaping @Sendable () -> Void = {}) {
        let count = Count()
        let queue = DispatchQueue(label: "striate.interrupt")
        self.count = count
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if count.signals.add(1, ordering: .relaxed).newValue > 1 { _exit(Interrupt.exitCode) }
                onFirst()
            }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }

    /// Whether a signal has arrived.
    public var isRaised: Bool { count.signals.load(ordering: .relaxed) > 0 }

    /// What a first signal does, for loops that end for a reason of their own.
    public func raise() { count.signals.store(1, ordering: .relaxed) }
}
