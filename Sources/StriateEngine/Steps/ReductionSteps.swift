import CLane
import StriateGraph
import StriateLanes

/// Adds the groups' shares, always in the order of the groups.
struct SumSharesStep: BatchStep {
    let share: Slot, result: Slot
    let count: Int
    /// Divide by the number of images.
    let isMean: Bool

    private static let floatsInPart = 4096

    var parts: Int { (count + SumSharesStep.floatsInPart - 1) / SumSharesStep.floatsInPart }

    func run(_ frame: BatchFrame, part: Int) {
        let first = part * SumSharesStep.floatsInPart, end = min(count, first + SumSharesStep.floatsInPart)
        let result = frame.floats(result)
        result.advanced(by: first).update(from: frame.floats(share, ofGroup: 0) + first, count: end - first)
        for group in 1..<max(1, frame.groupCount) {
            let addend = frame.floats(share, ofGroup: group)
            Lane.overFloats(first..<end) { $0.store($0.load(result) + $0.load(addend), to: result) }
        }
        if isMean { for i in first..<end { result[i] /= Float(frame.batch) } }
    }
}

/// One shared value for each image; 0 where there is none.
struct BroadcastStep: GroupStep {
    let x: Slot, result: Slot
    let elements: Parts
    let isMean: Bool

    var parts: Int { elements.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.floats(x), result = frame.lanes(result)
        for i in elements[part] {
            let value = isMean ? x[i] / Float(frame.batch) : x[i]
            result[i] = Lane(repeating: value).keeping(first: frame.images)
        }
    }
}
