import CLane
import StriateLanes

/// One group's mean and centred sum of squares of each channel: all means, then all sums.
struct MomentsStep: GroupStep {
    let x: Slot, share: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        let share = frame.floats(share)
        for channel in channels[part] {
            var moments = Moments()
            moments.add(frame.lanes(x) + channel &* plane, count: plane)
            (share[channel], share[channels.pieces &+ channel]) = moments.combined(first: frame.images)
        }
    }
}

/// Mean and biased variance of each channel over the batch: the groups combined in their order by the formula of ``Moments``.
struct CombineMomentsStep: BatchStep {
    let share: Slot, mean: Slot, variance: Slot
    let channels: Int, plane: Int

    func run(_ frame: BatchFrame, part: Int) {
        let mean = frame.floats(mean), variance = frame.floats(variance)
        for channel in 0..<channels {
            var (count, average, squares) = (0, Float(0), Float(0))
            for group in 0..<frame.groupCount {
                let share = frame.floats(share, ofGroup: group)
                let added = min(Lane.width, frame.batch &- group &* Lane.width) &* plane, all = count &+ added
                let weight = Float(added) / Float(all), distance = share[channel] - average
                average += distance * weight
                squares += share[channels &+ channel] + distance * distance * (Float(count) * weight)
                count = all
            }
            mean[channel] = average
            variance[channel] = squares / Float(count)
        }
    }
}

/// `(x − mean) / √(variance + epsilon) · scale + shift`
struct NormalizeStep: GroupStep {
    let epsilon: Float
    let x: Slot, scale: Slot, shift: Slot, mean: Slot, variance: Slot, result: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        for channel in channels[part] {
            let x = frame.lanes(x) + channel &* plane, result = frame.lanes(result) + channel &* plane
            let slope = Lane(repeating: frame.floats(scale)[channel] / (frame.floats(variance)[channel] + epsilon).squareRoot())
            let mean = Lane(repeating: frame.floats(mean)[channel]), shift = Lane(repeating: frame.floats(shift)[channel])
            for i in 0..<plane { result[i] = lane_fma(x[i] - mean, slope, shift) }
        }
    }
}

/// One group's `Σ upstream·(x − mean)` of each channel, then of each its `Σ upstream`.
struct NormalizationSumsStep: GroupStep {
    let x: Slot, upstream: Slot, mean: Slot, share: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        let share = frame.floats(share), images = frame.images
        for channel in channels[part] {
            let x = frame.lanes(x) + channel &* plane, upstream = frame.lanes(upstream) + channel &* plane
            let mean = Lane(repeating: frame.floats(mean)[channel])
            var products = InlineArray<4, Lane>(repeating: .zero), sums = InlineArray<4, Lane>(repeating: .zero)
            var i = 0
            while i &+ 4 <= plane {
                for s in 0..<4 {
                    products[unchecked: s] = lane_fma(upstream[i &+ s], x[i &+ s] - mean, products[unchecked: s])
                    sums[unchecked: s] += upstream[i &+ s]
                }
                i &+= 4
            }
            while i < plane {
                products[unchecked: 0] = lane_fma(upstream[i], x[i] - mean, products[unchecked: 0])
                sums[unchecked: 0] += upstream[i]
                i &+= 1
            }
            func total(_ sums: InlineArray<4, Lane>) -> Float {
                ((sums[unchecked: 0] + sums[unchecked: 1]) + (sums[unchecked: 2] + sums[unchecked: 3])).keeping(first: images).total
            }
            share[channel] = total(products)
            share[channels.pieces &+ channel] = total(sums)
        }
    }
}

/// `dscale = Σ upstream·(x − mean) / √(variance + epsilon)` and `dshift = Σ upstream`: the groups' shares in their order.
struct NormalizationParametersStep: BatchStep {
    let epsilon: Float
    let share: Slot, variance: Slot, scaleGradient: Slot, shiftGradient: Slot
    let channels: Int

    func run(_ frame: BatchFrame, part: Int) {
        let variance = frame.floats(variance), scaleGradient = frame.floats(scaleGradient), shiftGradient = frame.floats(shiftGradient)
        for channel in 0..<channels {
            var (products, sums) = (Float(0), Float(0))
            for group in 0..<frame.groupCount {
                let share = frame.floats(share, ofGroup: group)
                products += share[channel]
                sums += share[channels &+ channel]
            }
            scaleGradient[channel] = products / (variance[channel] + epsilon).squareRoot()
            shiftGradient[channel] = sums
        }
    }
}

/// `scale/√(variance + epsilon) · (upstream − dshift/m − x̂·dscale/m)`, m the elements of a channel in the batch.
struct NormalizationInputGradientStep: GroupStep {
    let epsilon: Float
    let x: Slot, upstream: Slot, scale: Slot, mean: Slot, variance: Slot, scaleGradient: Slot, shiftGradient: Slot, result: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: GroupFrame, part: Int) {
        let share = 1 / Float(frame.batch &* plane)
        for channel in channels[part] {
            let x = frame.lanes(x) + channel &* plane, upstream = frame.lanes(upstream) + channel &* plane
            let result = frame.lanes(result) + channel &* plane
            let inverse = 1 / (frame.floats(variance)[channel] + epsilon).squareRoot()
            let slope = Lane(repeating: frame.floats(scale)[channel] * inverse)
            let mean = Lane(repeating: frame.floats(mean)[channel])
            let level = Lane(repeating: -frame.floats(shiftGradient)[channel] * share)
            let tilt = Lane(repeating: -frame.floats(scaleGradient)[channel] * share * inverse)
            for i in 0..<plane { result[i] = slope * (upstream[i] + lane_fma(x[i] - mean, tilt, level)) }
        }
    }
}

/// What evaluation normalises by, followed from batch to batch.
struct RunningStatisticsStep: BatchStep {
    let momentum: Float
    let mean: Slot, variance: Slot, batchMean: Slot, batchVariance: Slot, newMean: Slot, newVariance: Slot
    let channels: Int, positions: Int

    func run(_ frame: BatchFrame, part: Int) {
        let count = Float(frame.batch &* positions)
        // Of one number there is no unbiased variance.
        let unbiased = frame.batch &* positions > 1 ? count / (count - 1) : 1
        func follow(_ old: Slot, _ batch: Slot, _ factor: Float, into new: Slot) {
            let old = frame.floats(old), batch = frame.floats(batch), new = frame.floats(new)
            for channel in 0..<channels { new[channel] = (1 - momentum) * old[channel] + momentum * (batch[channel] * factor) }
        }
        follow(mean, batchMean, 1, into: newMean)
        follow(variance, batchVariance, unbiased, into: newVariance)
    }
}
