import Foundation
import Synchronization

/// What people ask of a run while it works, from any thread: to wait, to go on, to learn faster or slower, to save and end. The run does
/// so after the step under way.
public final class TrainingControl: Sendable {
    private struct Wishes {
        var isPaused = false
        var isStopped = false
        var rateFactor = 1.0
    }

    private let wishes = Mutex(Wishes())

    public init() {}

    /// Whether the run waits, or will after its step.
    public var isPaused: Bool {
        get { wishes.withLock { $0.isPaused } }
        set { wishes.withLock { $0.isPaused = newValue } }
    }

    /// What the schedule's rate is multiplied by, from 0 to ``mostRateFactor``; 1 for the schedule as it is. It is saved with the run, so that a
    /// resumed one goes on with it.
    public var rateFactor: Double {
        get { wishes.withLock { $0.rateFactor } }
        set {
            guard (0...TrainingControl.mostRateFactor).contains(newValue) else { fatalError("a learning rate cannot be multiplied by \(newValue)") }
            wishes.withLock { $0.rateFactor = newValue }
        }
    }

    /// Nobody wants more.
    public static let mostRateFactor = 1e6

    /// Whether the run is to save and end.
    public var isStopped: Bool { wishes.withLock { $0.isStopped } }

    /// Lets the run save and end, as ``Interrupt`` does.
    public func stop() { wishes.withLock { $0.isStopped = true } }

    /// Waits for as long as the run is to; an end that is wished for ends the wait too.
    func wait(until isToEnd: () -> Bool) {
        while isPaused, !isToEnd() { Thread.sleep(forTimeInterval: 0.05) }
    }
}
