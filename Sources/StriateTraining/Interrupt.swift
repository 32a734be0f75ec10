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
        let queue = DispatchQueue(label: "striate.interrupt"), registered = DispatchSemaphore(value: 0)
        self.count = count
        sources = [SIGINT, SIGTERM].map { number in
            #if canImport(Darwin)
            signal(number, SIG_IGN)  // There the source only listens; elsewhere it takes the signal's place itself.
            #endif
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if count.signals.add(1, ordering: .relaxed).newValue > 1 { _exit(Interrupt.exitCode) }
                onFirst()
            }
            source.setRegistrationHandler { registered.signal() }
            source.resume()
            return source
        }
        // Registration happens on another thread: without waiting a signal that comes at once would be lost.
        for _ in sources { registered.wait() }
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
