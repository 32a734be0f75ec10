import CLane
import StriateGraph
import StriateLanes

/// What both directions know: sums of squares over neighbouring channels, and powers of them.
struct ChannelWindow: Sendable {
    let rule: LocalResponseNormalization
    let channels: Int
    let plane: Int
    /// Positions, in the parts that a step does at once.
    let positions: Parts

    /// Positions that are walked together through all channels: their neighbours stay in the nearest cache.
    static let positionsAtOnce = 16

    init(_ rule: LocalResponseNormalization, _ shape: Shape) {
        self.rule = rule
        channels = shape[0]
        plane = channels == 0 ? 0 : shape.count / channels
        positions = Parts(plane, lanesEach: channels)
    }

    /// The channels whose squares count for a channel.
    @inline(__always)
    func window(_ channel: Int) -> Range<Int> {
        let first = channel &- rule.before
        return max(0, first)..<min(channels, first &+ rule.size)
    }

    /// The channels for which a channel's square counts.
    @inline(__always)
    func reach(_ channel: Int) -> Range<Int> {
        let last = channel &+ rule.before
        return max(0, last &- rule.size &+ 1)..<min(channels, last &+ 1)
    }

    /// Lends `body` what a sum of squares makes of D and of D^−beta; the choice of the power stays outside the loops.
    @inline(__always)
    func withPower(_ body: (_ power: (_ squares: Lane) -> (base: Lane, power: Lane)) -> Void) {
        let k = Lane(repeating: rule.k), alpha = Lane(repeating: rule.alpha / Float(rule.size))
        if rule.beta == 0.75 {
            body { squares in
                let base = lane_fma(squares, alpha, k), root = lane_sqrt(base)
                return (base, 1 / (root * lane_sqrt(root)))
            }
        } else {
            let exponent = -rule.beta
            body { squares in
                let base = lane_fma(squares, alpha, k)
                return (base, exp(log(base) * exponent))
            }
        }
    }

    @inline(__always)
    func squares(_ x: LanePointer, _ window: Range<Int>) -> Lane {
        var sum = Lane.zero
        for other in window { sum = lane_fma(x[other &* plane], x[other &* plane], sum) }
        return sum
    }

    /// Calls `body` for the blocks of positions of a part.
    @inline(__always)
    func forEachBlock(_ part: Int, _ body: (Range<Int>) -> Void) {
        let range = positions[part]
        for first in stride(from: range.lowerBound, to: range.upperBound, by: ChannelWindow.positionsAtOnce) {
            body(first..<min(range.upperBound, first &+ ChannelWindow.positionsAtOnce))
        }
    }
}

struct LocalResponseNormalizationStep: GroupStep {
    let window: ChannelWindow
    let x: Slot, result: Slot

    var parts: Int { window.positions.count }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), result = frame.lanes(result)
        window.withPower { power in
            window.forEachBlock(part) { block in
                for channel in 0..<window.channels {
                    let neighbours = window.window(channel), own = channel &* window.plane
                    for i in block { result[own &+ i] = x[own &+ i] * power(window.squares(x + i, neighbours)).power }
                }
            }
        }
    }
}

/// `g_c·D_c^−beta − 2·beta·alpha/size·x_c·Σ g_i·x_i·D_i^(−beta−1)`: first the two terms' factors for all channels, then the sums.
struct LocalResponseNormalizationGradientStep: GroupStep {
    let window: ChannelWindow
    let x: Slot, upstream: Slot, result: Slot

    var parts: Int { window.positions.count }
    var scratchLanes: Int { window.channels * ChannelWindow.positionsAtOnce }

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), upstream = frame.lanes(upstream), result = frame.lanes(result), products = frame.scratch
        let row = ChannelWindow.positionsAtOnce, rule = window.rule
        let factor = Lane(repeating: -2 * rule.beta * rule.alpha / Float(rule.size))
        window.withPower { power in
            window.forEachBlock(part) { block in
                for channel in 0..<window.channels {
                    let neighbours = window.window(channel), own = channel &* window.plane
                    let products = products + (channel &* row &- block.lowerBound)
                    for i in block {
                        let (base, power) = power(window.squares(x + i, neighbours)), share = upstream[own &+ i] * power
                        products[i] = share * x[own &+ i] / base
                        result[own &+ i] = share
                    }
                }
                for channel in 0..<window.channels {
                    let reached = window.reach(channel), own = channel &* window.plane
                    for i in block {
                        var sum = Lane.zero
                        for other in reached { sum += products[other &* row &+ i &- block.lowerBound] }
                        result[own &+ i] = lane_fma(x[own &+ i] * factor, sum, result[own &+ i])
                    }
                }
            }
        }
    }
}
