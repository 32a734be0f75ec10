import Foundation
import Striate

/// What `train --lr-find` found: a picture, a table and a suggestion.
struct RateReport {
    let run: TrainingRun
    let output: OutputOptions

    /// Runs the test. Nothing but its files is left: no weight is changed.
    func make() throws {
        var live = output.quiet ? nil : LiveLine(Terminal())
        defer { live?.clear() }
        let test = try run.findRate { step, steps in
            if live?.isDue == true { live?.draw(Double(step) / Double(steps), "step \(step) of \(steps)") }
        }
        live?.clear()
        let marks = [("valley", test.valley), ("steepest", test.steepest)].compactMap { name, rate in rate.map { (name, $0) } }
        let points = test.points.map { RateRangeCurve.Point(rate: Double($0.rate), loss: Double($0.loss), smoothed: $0.smoothed) }
        let curve = RateRangeCurve(
            points, marks: marks.map { ("\($0.0) \(Self.short($0.1))", Double($0.1)) }, title: "\(run.options.network) on \(run.options.data)")
        let picture = "\(run.folder.path)/lr-find.svg", table = "\(run.folder.path)/lr-find.csv"
        try AtomicFile.write(curve.svg, to: picture)
        let lines = ["rate,loss,smoothed"] + test.points.map { "\($0.rate),\($0.loss),\($0.smoothed)" }
        try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: table)
        Output.line(output.json ? json(test, picture: picture, table: table).text : text(marks, picture))
    }

    private func text(_ marks: [(String, Float)], _ picture: String) -> String {
        guard !marks.isEmpty else { return "the loss never falls: no rate can be suggested; picture: \(picture)" }
        let rates = marks.map { "\($0.0) \(Self.short($0.1))" }.joined(separator: ", ")
        return "suggested: --rate \(Self.short(marks[0].1)) (\(rates)); picture: \(picture)"
    }

    private func json(_ test: RateRangeTest, picture: String, table: String) -> JSON {
        let points = test.points.map { point -> JSON in
            ["rate": .number(shortest(point.rate)), "loss": .number(shortest(point.loss)), "smoothed": .number(point.smoothed)]
        }
        return [
            "suggestion": JSON((test.valley ?? test.steepest).map(shortest)), "valley": JSON(test.valley.map(shortest)),
            "steepest": JSON(test.steepest.map(shortest)), "picture": .string(picture), "table": .string(table), "points": .array(points),
        ]
    }

    /// Two digits: the test tells no more.
    private static func short(_ rate: Float) -> String { String(format: "%.2g", rate) }
}
