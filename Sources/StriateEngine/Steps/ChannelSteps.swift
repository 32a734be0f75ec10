import CLane
import StriateLanes

/// `x · scale + offset`, a pair for each channel.
struct ChannelAffineStep: GroupStep {
    let x: Slot, scale: Slot, offset: Slot?, result: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        for channel in channels[part] {
            let x = frame.lanes(x) + channel &* plane, result = frame.lanes(result) + channel &* plane
            let scale = Lane(repeating: frame.floats(scale)[channel])
            if let offset {
                let offset = Lane(repeating: frame.floats(offset)[channel])
                for i in 0..<plane { result[i] = lane_fma(x[i], scale, offset) }
            } else {
                for i in 0..<plane { result[i] = x[i] * scale }
            }
        }
    }
}

/// One group's share of a sum over the batch and over each channel's positions: of x, or of its products with another value.
struct ChannelSumStep: GroupStep {
    let x: Slot, factor: Slot?, share: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        let share = frame.floats(share)
        for channel in channels[part] {
            let x = frame.lanes(x) + channel &* plane
            let sum: Lane
            if let factor {
                let factor = frame.lanes(factor) + channel &* plane
                sum = sumOfLanes(plane) { x[$0] * factor[$0] }
            } else {
                sum = sumOfLanes(plane) { x[$0] }
            }
            share[channel] = frame.images == Lane.width ? sum.total : sum.keeping(first: frame.images).total
        }
    }
}
