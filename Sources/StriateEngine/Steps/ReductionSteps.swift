import CLane
import StriateGraph
import StriateLanes

/// One group's share of a sum over the batch and over each channel's pixels.
struct ChannelSumStep: GroupStep {
    let x: Slot, share: Slot
    let channels: Int, plane: Int

    func run(_ frame: GroupFrame, part: Int) {
        let share = frame.floats(share)
        for channel in 0..<channels {
            let x = frame.lanes(x) + channel &* plane
            // Four sums in turn: one alone would wait for itself.
            var sums = InlineArray<4, Lane>(repeating: .zero)
            var i = 0
            while i &+ 4 <= plane {
                for s in 0..<4 { sums[unchecked: s] += x[i &+ s] }
                i &+= 4
            }
            while i < plane {
                sums[unchecked: 0] += x[i]
                i &+= 1
            }
            let sum = (sums[unchecked: 0] + sums[unchecked: 1]) + (sums[unchecked: 2] + sums[unchecked: 3])
            share[channel] = frame.images == Lane.width ? sum.total : sum.keeping(first: frame.images).total
        }
    }
}

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
    let count: Int
    let isMean: Bool

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.floats(x), result = frame.lanes(result)
        for i in 0..<count {
            let value = isMean ? x[i] / Float(frame.batch) : x[i]
            result[i] = Lane(repeating: value).keeping(first: frame.images)
        }
    }
}
