import CLane
import StriateLanes

/// What batch normalisation does to the elements of one channel: `(x − mean) / √(variance + epsilon) · scale + shift`.
private struct ChannelNormalization {
    let mean: Lane
    let slope: Lane
    let shift: Lane

    init(mean: Float, variance: Float, epsilon: Float, scale: Float, shift: Float) {
        self.mean = Lane(repeating: mean)
        slope = Lane(repeating: scale / (variance + epsilon).squareRoot())
        self.shift = Lane(repeating: shift)
    }

    @inline(__always)
    func callAsFunction(_ x: Lane) -> Lane { lane_fma(x - mean, slope, shift) }
}

/// Normalises each channel by its mean and biased variance over the batch.
///
/// Channel by channel through all groups of images: where a channel of a batch fits into a core's cache, memory is read once and
/// written once.
struct BatchNormalizationStep: BatchStep {
    let epsilon: Float
    let appliesReLU: Bool
    let x: Slot, scale: Slot, shift: Slot, residual: Slot?, result: Slot, mean: Slot, variance: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: BatchFrame, part: Int) {
        for channel in channels[part] {
            let (mean, variance) = moments(frame, channel)
            (frame.floats(self.mean)[channel], frame.floats(self.variance)[channel]) = (mean, variance)
            let normalization = ChannelNormalization(
                mean: mean, variance: variance, epsilon: epsilon, scale: frame.floats(scale)[channel], shift: frame.floats(shift)[channel])
            for group in 0..<frame.groupCount { normalize(frame, group, start: channel &* plane, normalization) }
        }
    }

    /// The groups combined in their order by the formula of ``Moments``.
    private func moments(_ frame: BatchFrame, _ channel: Int) -> (mean: Float, variance: Float) {
        var (count, mean, squares) = (0, Float(0), Float(0))
        for group in 0..<frame.groupCount {
            let images = frame.images(ofGroup: group)
            var moments = Moments()
            moments.add(frame.lanes(x, ofGroup: group) + channel &* plane, count: plane)
            let own = moments.combined(first: images)
            let added = images &* plane, all = count &+ added
            let weight = Float(added) / Float(all), distance = own.mean - mean
            mean += distance * weight
            squares += own.squares + distance * distance * (Float(count) * weight)
            count = all
        }
        return (mean, squares / Float(count))
    }

    @inline(__always)
    private func normalize(_ frame: BatchFrame, _ group: Int, start: Int, _ normalize: ChannelNormalization) {
        let x = frame.lanes(x, ofGroup: group) + start, result = frame.lanes(result, ofGroup: group) + start
        let residual = residual.map { frame.lanes($0, ofGroup: group) + start }
        // The lane second: NaN stays NaN.
        switch (residual, appliesReLU) {
        case (nil, false): for i in 0..<plane { result[i] = normalize(x[i]) }
        case (nil, true): for i in 0..<plane { result[i] = lane_max(.zero, normalize(x[i])) }
        case (let residual?, false): for i in 0..<plane { result[i] = normalize(x[i]) + residual[i] }
        case (let residual?, true): for i in 0..<plane { result[i] = lane_max(.zero, normalize(x[i]) + residual[i]) }
        }
    }
}

/// The gradient of batch normalisation, channel by channel through all groups of images:
///
///     dscale = Σ upstream·(x − mean) / √(variance + epsilon);  dshift = Σ upstream
///     dx = scale/√(variance + epsilon) · (upstream − dshift/m − x̂·dscale/m), m the elements of a channel in the batch
///
/// A second pass over the channel makes dx, while what the first one read is still in the cache.
struct BatchNormalizationGradientStep: BatchStep {
    enum Upstream {
        /// One value as it is.
        case plain(Slot)
        /// One value where a ReLU's result is above 0, which is told from x by the very expression that made it.
        case rectified(Slot, shift: Slot)
        /// A sum that the first pass leaves somewhere: maybe where the second one writes dx. With a shift it is rectified likewise.
        case sum(UpstreamSum, shift: Slot?, into: Slot)
    }

    let epsilon: Float
    let x: Slot, scale: Slot, mean: Slot, variance: Slot
    let upstream: Upstream
    let result: Slot?
    let scaleGradient: Slot, shiftGradient: Slot
    let channels: Parts, plane: Int

    var parts: Int { channels.count }

    func run(_ frame: BatchFrame, part: Int) { for channel in channels[part] { run(frame, channel: channel) } }

    private func run(_ frame: BatchFrame, channel: Int) {
        let shift: Float = switch upstream {
        case .rectified(_, let shift), .sum(_, let shift?, _): frame.floats(shift)[channel]
        default: 0
        }
        let variance = frame.floats(variance)[channel], scale = frame.floats(scale)[channel], start = channel &* plane
        let normalization = ChannelNormalization(
            mean: frame.floats(mean)[channel], variance: variance, epsilon: epsilon, scale: scale, shift: shift)

        // Each group's sums by themselves, then the groups in their order.
        var (products, sums) = (Float(0), Float(0))
        for group in 0..<frame.groupCount {
            let own = addUp(frame, group, start: start, normalization).combined(first: frame.images(ofGroup: group))
            products += own.products
            sums += own.sums
        }
        let deviation = (variance + epsilon).squareRoot(), scaleGradient = products / deviation
        frame.floats(self.scaleGradient)[channel] = scaleGradient
        frame.floats(shiftGradient)[channel] = sums

        let share = 1 / Float(frame.batch &* plane), inverse = 1 / deviation
        let slope = Lane(repeating: scale * inverse), mean = normalization.mean
        let level = Lane(repeating: -sums * share), tilt = Lane(repeating: -scaleGradient * share * inverse)
        for group in 0..<frame.groupCount {
            guard let result = result.map({ frame.lanes($0, ofGroup: group) + start }) else { return }
            let x = frame.lanes(x, ofGroup: group) + start
            withUpstream(frame, group, start: start, normalization) { upstream in
                for i in 0..<plane { result[i] = slope * (upstream(i) + lane_fma(x[i] - mean, tilt, level)) }
            }
        }
    }

    /// Elements that are added up before they are multiplied: few enough to stay in the nearest cache.
    private static let elementsAtOnce = 64

    @inline(__always)
    private func addUp(_ frame: BatchFrame, _ group: Int, start: Int, _ normalization: ChannelNormalization) -> NormalizationSums {
        let x = frame.lanes(x, ofGroup: group) + start
        var sums = NormalizationSums(mean: normalization.mean)
        guard case .sum(let sum, let shift, let target) = upstream else {
            withUpstream(frame, group, start: start, normalization) { sums.add(0..<plane, x, $0) }
            return sums
        }
        let summed = frame.lanes(target, ofGroup: group) + start
        sum.withAddends({ frame.lanes($0, ofGroup: group) + start }) { addends, y in
            for first in stride(from: 0, to: plane, by: BatchNormalizationGradientStep.elementsAtOnce) {
                let range = first..<min(plane, first &+ BatchNormalizationGradientStep.elementsAtOnce)
                UpstreamSum.add(addends, where: y, range, into: summed)
                if shift != nil {
                    for i in range { summed[i] = lane_select(lane_greater(normalization(x[i]), .zero), summed[i], .zero) }
                }
                sums.add(range, x) { summed[$0] }
            }
        }
        return sums
    }

    /// Lends `body` a channel's upstream in one group, once it has been added up.
    @inline(__always)
    private func withUpstream(
        _ frame: BatchFrame, _ group: Int, start: Int, _ normalization: ChannelNormalization,
        _ body: (_ upstream: (_ index: Int) -> Lane) -> Void
    ) {
        switch upstream {
        case .plain(let slot), .sum(_, _, into: let slot):
            let upstream = frame.lanes(slot, ofGroup: group) + start
            body { upstream[$0] }
        case .rectified(let slot, _):
            let upstream = frame.lanes(slot, ofGroup: group) + start, x = frame.lanes(x, ofGroup: group) + start
            body { lane_select(lane_greater(normalization(x[$0]), .zero), upstream[$0], .zero) }
        }
    }
}

/// `Σ upstream·(x − mean)` and `Σ upstream` of one channel in one group.
private struct NormalizationSums {
    let mean: Lane
    // Four sums in turn: one alone would wait for itself.
    private var products = InlineArray<4, Lane>(repeating: .zero)
    private var sums = InlineArray<4, Lane>(repeating: .zero)

    init(mean: Lane) { self.mean = mean }

    /// - Parameter range: Begins at a multiple of four.
    @inline(__always)
    mutating func add(_ range: Range<Int>, _ x: LanePointer, _ upstream: (_ index: Int) -> Lane) {
        var products = products, sums = sums, i = range.lowerBound
        func add(_ i: Int, to s: Int) {
            let value = upstream(i)
            products[unchecked: s] = lane_fma(value, x[i] - mean, products[unchecked: s])
            sums[unchecked: s] += value
        }
        while i &+ 4 <= range.upperBound {
            for s in 0..<4 { add(i &+ s, to: s) }
            i &+= 4
        }
        while i < range.upperBound {
            add(i, to: 0)
            i &+= 1
        }
        (self.products, self.sums) = (products, sums)
    }

    /// The sums over the first `images` lanes. The others may hold anything.
    func combined(first images: Int) -> (products: Float, sums: Float) {
        func total(_ sums: InlineArray<4, Lane>) -> Float {
            ((sums[unchecked: 0] + sums[unchecked: 1]) + (sums[unchecked: 2] + sums[unchecked: 3])).keeping(first: images).total
        }
        return (total(products), total(sums))
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
