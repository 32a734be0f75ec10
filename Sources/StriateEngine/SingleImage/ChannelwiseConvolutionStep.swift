import CLane
import StriateGraph
import StriateLanes

/// A convolution in which each channel has a kernel of its own: lanes of channels times lanes of weights.
struct ChannelwiseConvolutionStep: GroupStep {
    let window: Window
    let xLayout: PictureLayout, layout: PictureLayout
    let x: Slot, weights: Slot, bias: Slot?, residual: ChannelConvolutionStep.Residual?, result: Slot
    let activation: Activation.Kind?
    let lines: Parts

    var parts: Int { lines.count }

    func run(_ frame: GroupFrame, part: Int) {
        let kernel = window.kernel, columns = layout.size.columns
        for line in lines[part] {
            let (block, row) = line.quotientAndRemainder(dividingBy: layout.size.rows)
            let target = frame.lanes(result) + layout.pixel(block: block, row: row)
            let weights = frame.lanes(weights) + block &* kernel.count
            let bias = bias.map { frame.lanes($0)[block] } ?? .zero
            let residual = residual.map { frame.lanes($0.slot) + $0.layout.pixel(block: block, row: row) }
            for column in 0..<columns {
                var sum = residual.map { $0[column] + bias } ?? bias
                for i in 0..<kernel.rows {
                    let y = row &* window.stride.rows &+ i &* window.dilation.rows &- window.padding.top
                    guard y >= 0, y < xLayout.size.rows else { continue }
                    let source = frame.lanes(x) + (xLayout.pixel(block: block, row: y) &+ column &* window.stride.columns &- window.padding.left)
                    for j in 0..<kernel.columns {
                        sum = lane_fma(source[j &* window.dilation.columns], weights[i &* kernel.columns &+ j], sum)
                    }
                }
                target[column] = sum
            }
            if let activation { activate(activation, target, into: target, count: columns) }
            layout.clearMargins(target)
        }
    }
}

/// Brings the weights of ``ChannelwiseConvolutionStep`` into lanes of channels: `[block][row][column]`.
struct ChannelwisePackStep: BatchStep {
    let channels: Int, taps: Int
    let weights: Slot, packed: Slot

    func run(_ frame: BatchFrame, part: Int) {
        let weights = frame.floats(weights), packed = frame.sharedLanes(packed)
        for block in 0..<(channels + Lane.width - 1) / Lane.width {
            for tap in 0..<taps {
                var lane = Lane.zero
                for channel in block * Lane.width..<min(channels, (block + 1) * Lane.width) {
                    lane[channel - block * Lane.width] = weights[channel * taps + tap]
                }
                packed[block * taps + tap] = lane
            }
        }
    }
}
