import ArgumentParser
import Striate

/// Which trials a sweep makes, and how many epochs each has: all of it follows from what it was asked, so that it can go on after any end.
struct SweepPlan {
    enum Method: String, ExpressibleByArgument, CaseIterable, Codable {
        /// Every combination of the values.
        case grid
        /// As many as were asked for, by chance.
        case random
        /// Successive halving (Jamieson and Talwalkar, 2016, AISTATS): many by chance with few epochs; the best third goes on for three times as
        /// many, and so on.
        case halving
    }

    /// A round of trials: all of them reach so many epochs, the best `survivors` go on.
    struct Round {
        let epochs: Int
        let survivors: Int
    }

    /// The value of each variation, trial by trial.
    let trials: [[String]]
    let rounds: [Round]

    static let mostTrials = 1000
    /// Of which one goes on.
    private static let factor = 3

    /// - Parameter epochs: Of a whole training.
    init(_ variations: [Variation], _ method: Method, trials count: Int, seed: UInt64, epochs: Int) throws {
        switch method {
        case .grid: trials = try Self.grid(variations)
        case .random, .halving:
            trials = (0..<count).map { trial in
                var generator = SeededGenerator(seed: seed, path: "sweep trial \(trial)")
                return variations.map { $0.draw(&generator) }
            }
        }
        rounds = method == .halving ? Self.rounds(of: trials.count, epochs: epochs) : [Round(epochs: epochs, survivors: trials.count)]
    }

    private static func grid(_ variations: [Variation]) throws -> [[String]] {
        var trials: [[String]] = [[]]
        for variation in variations {
            guard case .values(let values) = variation.choice else {
                throw UsageError("--vary \(variation.name): a grid needs values, not a range; name them, or take --method random")
            }
            guard trials.count * values.count <= mostTrials else { throw UsageError("--vary: the grid has more than \(mostTrials) trials") }
            trials = trials.flatMap { trial in values.map { trial + [$0] } }
        }
        return trials
    }

    /// The last round has all epochs; each one before it a third of them, and three times as many trials.
    private static func rounds(of trials: Int, epochs: Int) -> [Round] {
        var sizes = [trials]
        while sizes[sizes.count - 1] > 1 { sizes.append(max(1, sizes[sizes.count - 1] / factor)) }
        var lengths = [epochs]
        while lengths.count < sizes.count { lengths.append(max(1, lengths[lengths.count - 1] / factor)) }
        lengths.reverse()
        return sizes.indices.map { Round(epochs: lengths[$0], survivors: $0 + 1 < sizes.count ? sizes[$0 + 1] : sizes[$0]) }
    }
}
