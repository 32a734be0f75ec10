import Striate

/// What a run does, as its page is told.
enum TrainingState: String {
    case training, paused, stopping
    case finished
    case stoppedEarly = "stopped early"
    case stopped, failed

    /// The section of the board that tells it.
    static let section = "state"

    /// What people asked for.
    init(asked control: TrainingControl) { self = control.isStopped ? .stopping : control.isPaused ? .paused : .training }

    func json(_ control: TrainingControl) -> JSON { ["state": .string(rawValue), "rate_factor": .number(control.rateFactor)] }
}
