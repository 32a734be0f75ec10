import Striate

/// Where a step's time goes, and how near each part of it is to what the machine can do: `bench --layers`.
struct LayerReport {
    /// A step of the plan, or all steps of one kind, or what workers wait.
    struct Row {
        var name: String
        var layer = ""
        var operations = 0
        var bytes = 0
        var seconds: Double

        mutating func add(_ other: Row) {
            operations += other.operations
            bytes += other.bytes
            seconds += other.seconds
        }
    }

    /// In the order in which they run; each time is the median of all runs.
    private var rows: [Row] = []
    /// By what they do, the slowest first.
    private var kinds: [Row] = []
    private var total = Row(name: "total", seconds: 0)
    /// Operations and bytes per second that the machine can do; no bytes where that could not be measured.
    private let peak: Double
    private let bandwidth: Double?

    private static let waiting = "waiting"

    /// - Parameters:
    ///   - profiles: Runs of the same program.
    ///   - peak: GFLOP/s.
    ///   - bandwidth: GB/s.
    init(_ profiles: [RunProfile], peak: Double, bandwidth: Double?) {
        self.peak = peak * 1e9
        self.bandwidth = bandwidth.map { $0 * 1e9 }
        for (index, stage) in (profiles.first?.stages ?? []).enumerated() {
            func median(_ seconds: (StageProfile) -> Double) -> Double {
                profiles.map { seconds($0.stages[index]) }.sorted()[profiles.count / 2]
            }
            for (position, step) in stage.steps.enumerated() {
                add(
                    Row(
                        name: step.name, layer: step.path, operations: step.operations, bytes: step.bytes,
                        seconds: median { $0.steps[position].seconds }),
                    kind: step.kind)
            }
            add(Row(name: LayerReport.waiting, seconds: median(\.waiting)), kind: LayerReport.waiting)
        }
        kinds.sort { $0.seconds > $1.seconds }
    }

    private mutating func add(_ row: Row, kind: String) {
        rows.append(row)
        total.add(row)
        if let known = kinds.firstIndex(where: { $0.name == kind }) {
            kinds[known].add(row)
        } else {
            kinds.append(Row(name: kind, operations: row.operations, bytes: row.bytes, seconds: row.seconds))
        }
    }

    /// The least time in which the machine could do this with the direct algorithm, its operands in memory.
    private func limit(of row: Row) -> Double {
        max(Double(row.operations) / peak, bandwidth.map { Double(row.bytes) / $0 } ?? 0)
    }

    private func share(_ row: Row) -> Double { total.seconds > 0 ? row.seconds / total.seconds : 0 }

    /// Nil for what has no measure of its own.
    private func rooflineShare(_ row: Row) -> Double? {
        row.seconds > 0 && limit(of: row) > 0 ? limit(of: row) / row.seconds : nil
    }

    private static func rate(_ amount: Int, _ seconds: Double) -> Double { seconds > 0 ? Double(amount) / seconds * 1e-9 : 0 }
}

extension LayerReport {
    /// To join those of the whole measurement.
    var members: [(String, JSON)] {
        [
            ("peak_gb_per_second", JSON(bandwidth.map { $0 * 1e-9 })),
            ("layers", .array(rows.map { json($0, [("operation", .string($0.name)), ("layer", .string($0.layer))]) })),
            ("kinds", .array(kinds.map { json($0, [("kind", .string($0.name))]) })),
        ]
    }

    private func json(_ row: Row, _ names: [(String, JSON)]) -> JSON {
        .object(names + [
            ("ms", .number(row.seconds * 1000)), ("share", .number(share(row))),
            ("gflops", .number(LayerReport.rate(row.operations, row.seconds))), ("bytes", .integer(row.bytes)),
            ("gb_per_second", .number(LayerReport.rate(row.bytes, row.seconds))), ("fraction_of_roofline", JSON(rooflineShare(row))),
            ("ms_above_roofline", .number((row.seconds - limit(of: row)) * 1000)),
        ])
    }

    var text: String {
        // What is over at once would only hide the rest.
        let shown = rows.filter { $0.name != LayerReport.waiting || share($0) >= 0.005 }
        let slow = rows.sorted { $0.seconds - limit(of: $0) > $1.seconds - limit(of: $1) }.prefix(10)
        let memory = bandwidth.map { "reads \(Numbers.fixed($0 * 1e-9, 1)) GB/s" } ?? "has too little memory for its bandwidth to be measured"
        return """
            This machine does \(Numbers.fixed(peak * 1e-9, 1)) GFLOP/s and \(memory).

            \(table("operation", shown, hasLayers: true))

            By kind:

            \(table("operation", kinds, hasLayers: false))

            Furthest above the roofline:

            \(table("operation", Array(slow), hasLayers: true, hasTotal: false))
            """
    }

    private func table(_ title: String, _ rows: [Row], hasLayers: Bool, hasTotal: Bool = true) -> String {
        var table = Table(
            [(title, .left)] + (hasLayers ? [("layer", .left)] : []) + [
                ("ms", .right), ("share", .right), ("GFLOP/s", .right), ("MB", .right), ("GB/s", .right), ("of roofline", .right),
                ("ms above", .right),
            ])
        for row in rows { table.add(cells(row, hasLayers: hasLayers)) }
        if hasTotal {
            table.addRule()
            table.add(cells(total, hasLayers: hasLayers))
        }
        return table.text
    }

    private func cells(_ row: Row, hasLayers: Bool) -> [String] {
        func some(_ amount: Int, _ text: String) -> String { amount > 0 && row.seconds > 0 ? text : "" }
        return [row.name] + (hasLayers ? [row.layer] : []) + [
            Numbers.fixed(row.seconds * 1000, 3), Numbers.percent(share(row), 1),
            some(row.operations, Numbers.fixed(LayerReport.rate(row.operations, row.seconds), 1)),
            some(row.bytes, Numbers.fixed(Double(row.bytes) * 1e-6, 2)),
            some(row.bytes, Numbers.fixed(LayerReport.rate(row.bytes, row.seconds), 1)),
            rooflineShare(row).map { Numbers.percent($0, 0) } ?? "", Numbers.fixed((row.seconds - limit(of: row)) * 1000, 3),
        ]
    }
}
