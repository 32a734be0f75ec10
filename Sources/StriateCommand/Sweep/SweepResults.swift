import Striate

/// What the trials of a sweep came to.
struct SweepResults {
    struct Trial {
        let number: Int
        let values: [String]
        let folder: String
        /// Epochs that are over.
        let epochs: Int
        /// The best of them; nil where there is none, or the trial failed.
        let best: Checkpoint.Best?
        let failure: String?
    }

    let names: [String]
    let monitor: Monitor
    var trials: [Trial]

    /// The best first; trials with more epochs before others, because their numbers are what the sweep was for, and failed ones last.
    var ranked: [Trial] {
        trials.sorted { one, other in
            guard let first = one.best, let second = other.best else { return one.best != nil && other.best == nil }
            if one.epochs != other.epochs { return one.epochs > other.epochs }
            return monitor.prefers(first, to: second)
        }
    }

    var text: String {
        var table = Table(
            [("trial", .right)] + names.map { ($0, .right) }
                + [("epochs", .right), ("accuracy", .right), ("loss", .right), ("best epoch", .right), ("run", .left)])
        for trial in ranked {
            table.add(
                [String(trial.number)] + trial.values + [
                    String(trial.epochs), trial.best.map { Numbers.percent($0.accuracy) } ?? "–",
                    trial.best?.loss.map { Numbers.fixed($0, 4) } ?? "–", trial.best.map { String($0.epoch) } ?? "–",
                    trial.failure.map { "failed: \($0)" } ?? trial.folder,
                ])
        }
        return table.text
    }

    var csv: String {
        let head = ["trial"] + names + ["epochs", "accuracy", "loss", "best_epoch", "run", "failure"]
        let rows = ranked.map { trial in
            [String(trial.number)] + trial.values + [
                String(trial.epochs), trial.best.map { "\($0.accuracy)" } ?? "", trial.best?.loss.map { "\($0)" } ?? "",
                trial.best.map { String($0.epoch) } ?? "", trial.folder, trial.failure ?? "",
            ]
        }
        return ([head] + rows).map { CSV.line($0) + "\n" }.joined()
    }

    var json: JSON {
        .array(ranked.map { trial in
            [
                "trial": .integer(trial.number), "values": .object(zip(names, trial.values).map { ($0, .string($1)) }),
                "epochs": .integer(trial.epochs), "accuracy": JSON(trial.best?.accuracy), "loss": JSON(trial.best?.loss),
                "best_epoch": trial.best.map { .integer($0.epoch) } ?? .null, "run": .string(trial.folder), "failure": JSON(trial.failure),
            ]
        })
    }
}
