import ArgumentParser
import Foundation
import Striate

/// A recipe's value that a sweep tries in several ways: `rate=0.01,0.03,0.1`, `momentum=0.8:0.95`, `rate=1e-4:1e-1:log`.
struct Variation {
    let name: String
    let choice: Choice

    enum Choice {
        /// One of these, as they stand.
        case values([String])
        /// A number in a range; where it is logarithmic every power of ten is as likely as another.
        case range(ClosedRange<Double>, isLogarithmic: Bool)
    }

    /// What a sweep decides itself.
    private static let own: Set = ["run", "log-steps", "epochs", "json", "quiet", "threads"]

    /// - Throws: ``UsageError`` where the text is none, or no such flag of `train` takes a value.
    init(_ text: String, flags: TrainFlags) throws {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw UsageError("--vary takes NAME=VALUE,VALUE or NAME=LOW:HIGH or NAME=LOW:HIGH:log, not \"\(text)\"")
        }
        name = parts[0]
        guard flags.kinds[name] != nil else {
            throw UsageError("--vary: train has no --\(name)\(Suggestion.hint(for: name, among: flags.names))")
        }
        guard !Self.own.contains(name) else { throw UsageError("--vary: --\(name) is the same for all trials of a sweep") }
        choice = try Self.range(parts[1], in: text) ?? .values(Self.list(parts[1]))
    }

    /// Commas or, where values hold commas themselves, bars stand between values.
    private static func list(_ text: String) -> [String] {
        text.split(separator: text.contains("|") ? "|" : ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// Nil for what is not two numbers with a colon between them.
    private static func range(_ text: String, in whole: String) throws -> Choice? {
        let ends = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(ends.count), let low = Double(ends[0]), let high = Double(ends[1]) else { return nil }
        let isLogarithmic = ends.count == 3
        guard !isLogarithmic || ends[2] == "log", low.isFinite, high.isFinite, low < high, !isLogarithmic || low > 0 else {
            throw UsageError("--vary \(whole): a range is LOW:HIGH, or LOW:HIGH:log above 0")
        }
        return .range(low...high, isLogarithmic: isLogarithmic)
    }

    /// A value by chance.
    func draw(_ generator: inout SeededGenerator) -> String {
        switch choice {
        case .values(let values): return values[generator.below(values.count)]
        case .range(let range, let isLogarithmic):
            let share = Double(generator.next() >> 11) * 0x1p-53
            let value = isLogarithmic
                ? range.lowerBound * pow(range.upperBound / range.lowerBound, share)
                : range.lowerBound + (range.upperBound - range.lowerBound) * share
            // Four digits: what is printed is what is tried.
            return String(format: "%.4g", value)
        }
    }
}
