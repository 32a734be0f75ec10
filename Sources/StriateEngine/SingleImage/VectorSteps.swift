import CLane
import StriateGraph
import StriateLanes

/// Softmax over one image's features.
struct VectorSoftmaxStep: GroupStep {
    let isLogarithm: Bool
    let count: Int
    let x: Slot, result: Slot

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.floats(x), y = frame.floats(result)
        var top = x[0]
        for i in 1..<max(1, count) where !(x[i] <= top) { top = x[i] }
        // Lanes beyond the last feature add nothing.
        var sums = Lane.zero
        Lane.overFloats(0..<count) { range in
            let power = exp(range.load(x) - top)
            sums += power.keeping(first: min(Lane.width, count &- range.start))
            if !isLogarithm { range.store(power, to: y) }
        }
        if isLogarithm {
            let shift = top + log(Lane(repeating: sums.total))[0]
            Lane.overFloats(0..<count) { $0.store($0.load(x) - shift, to: y) }
        } else {
            let sum = sums.total
            Lane.overFloats(0..<count) { $0.store($0.load(y) / sum, to: y) }
        }
    }
}

/// `Σⱼ (xⱼ − cᵢⱼ)²` for each centre i, of one image.
struct VectorDistanceStep: GroupStep {
    let features: Int, count: Int
    let x: Slot, centers: Slot, result: Slot

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.floats(x), result = frame.floats(result)
        for i in 0..<count {
            let center = frame.floats(centers) + i &* features
            var sum = Lane.zero
            Lane.overFloats(0..<features) { range in
                let distance = range.load(x) - range.load(center)
                sum = lane_fma(distance, distance, sum)
            }
            result[i] = sum.total
        }
    }
}

/// Local response normalisation of one image: at each pixel the squares of all channels lie side by side, so that neighbours' are an
/// unaligned lane away.
struct PictureResponseNormalizationStep: GroupStep {
    let window: ChannelWindow
    let xLayout: PictureLayout, layout: PictureLayout
    let x: Slot, result: Slot

    private var rows: Parts { Parts(layout.size.rows, lanesEach: layout.size.columns * layout.blocks * 4) }
    var parts: Int { rows.count }
    /// Squares with zeros for the channels before the first and behind the last.
    var scratchLanes: Int { layout.blocks + 2 + 2 * (window.rule.size / Lane.width + 1) }

    func run(_ frame: GroupFrame, part: Int) {
        let rule = window.rule, x = frame.lanes(x), result = frame.lanes(result), count = layout.channels
        let squares = UnsafeMutableRawPointer(frame.scratch).assumingMemoryBound(to: Float.self)
        frame.scratch.update(repeating: .zero, count: scratchLanes)
        let last = layout.blocks &- 1, channelsOfLast = count &- last &* Lane.width
        window.withPower { power in
            for row in rows[part] {
                for column in 0..<layout.size.columns {
                    let source = x + (xLayout.pixel(block: 0, row: row) &+ column)
                    let target = result + (layout.pixel(block: 0, row: row) &+ column)
                    for block in 0...last {
                        let value = source[block &* xLayout.block], square = value * value
                        lane_store(
                            squares + (rule.before &+ block &* Lane.width), block == last ? square.keeping(first: channelsOfLast) : square)
                    }
                    for block in 0...last {
                        var sum = Lane.zero
                        for i in 0..<rule.size { sum += lane_load(squares + (block &* Lane.width &+ i)) }
                        target[block &* layout.block] = source[block &* xLayout.block] * power(sum).power
                    }
                }
                for block in 0...last { layout.clearMargins(result + layout.pixel(block: block, row: row)) }
            }
        }
    }
}
