import StriateGraph
import Testing

/// Expects numbers to agree within `tolerance` of the largest finite magnitude among the expected; NaN agrees with NaN.
/// A tolerance of 0 asks for equality. Results of cancellation are not held to more than `floor` allows: what is left
/// of larger numbers has their rounding errors.
func expectAgreement(
    _ found: some Collection<Float>, _ expected: some Collection<Double>, tolerance: Double, floor: Double = 0,
    _ name: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.count == expected.count else {
        Issue.record("\(name()): \(found.count) numbers instead of \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    let scale = expected.reduce(floor) { $1.isFinite ? max($0, abs($1)) : $0 }
    var worst: (index: Int, error: Double, found: Float, expected: Double)?
    for (index, (a, b)) in zip(found, expected).enumerated() {
        if a.isNaN && b.isNaN || Double(a) == b { continue }
        let difference = abs(Double(a) - b)
        let error = difference.isFinite ? difference : .infinity
        // Written so that a NaN counts as an error.
        if !(error <= tolerance * scale), error > worst?.error ?? -1 { worst = (index, error, a, b) }
    }
    if let worst {
        Issue.record(
            "\(name()): element \(worst.index) is \(worst.found) instead of \(worst.expected); the tensor reaches \(scale)",
            sourceLocation: sourceLocation)
    }
}

func expectAgreement(
    _ found: Tensor, _ expected: Tensor, tolerance: Double, floor: Double = 0, _ name: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    if found.shape != expected.shape {
        Issue.record("\(name()): shape \(found.shape) instead of \(expected.shape)", sourceLocation: sourceLocation)
    }
    expectAgreement(
        found.values, expected.values.lazy.map(Double.init), tolerance: tolerance, floor: floor, name(), sourceLocation: sourceLocation)
}

extension Tensor {
    /// For comparisons in which the last bit counts, and NaN and −0 with it.
    var bits: [UInt32] { values.map(\.bitPattern) }
}
