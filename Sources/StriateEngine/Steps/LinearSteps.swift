import StriateGraph
import StriateLanes

extension BatchFrame {
    /// The vectors of all groups that a slot holds.
    fileprivate func vectors(_ slot: Slot) -> StreamedMatrix.Vectors { .init(lanes(slot), step: laneStep, groups: groupCount) }
}

/// A linear layer whose weights stream from memory, for the whole batch.
struct StreamedLinearStep: BatchStep {
    let matrix: StreamedMatrix
    let x: Slot, weights: Slot, bias: Slot?, result: Slot
    let activation: Activation.Kind?

    var parts: Int { matrix.parts }

    func run(_ frame: BatchFrame, part: Int) {
        matrix.multiply(
            part: part, frame.vectors(x), weights: frame.floats(weights), bias: bias.map { UnsafePointer(frame.floats($0)) },
            into: frame.vectors(result))
        guard let activation else { return }
        let rows = matrix.rows(ofPart: part)
        for group in 0..<frame.groupCount {
            let result = frame.lanes(result, ofGroup: group) + rows.lowerBound
            activate(activation, result, into: result, count: rows.count)
        }
    }
}

/// Its input's gradient.
struct StreamedLinearInputGradientStep: BatchStep {
    let matrix: StreamedMatrix
    let upstream: Slot, weights: Slot, result: Slot

    var parts: Int { matrix.transposedParts }

    func run(_ frame: BatchFrame, part: Int) {
        matrix.multiplyTransposed(part: part, frame.vectors(upstream), weights: frame.floats(weights), into: frame.vectors(result))
    }
}
