import CLane
import StriateGraph
import StriateLanes

/// A convolution's result or its input gradient by Winograd's products.
struct WinogradStep: GroupStep {
    let winograd: Winograd
    let x: Slot, weights: Slot
    /// Nil where only the pool reads the pixels.
    let result: Slot?
    let bias: Slot?
    let activation: Activation.Kind?
    let pool: WalkStep.PairPool?

    var parts: Int { winograd.parts }
    var scratchLanes: Int { winograd.scratchLanes }

    func run(_ frame: GroupFrame, part: Int) {
        let rows = winograd.geometry.outputRows, columns = winograd.geometry.outputColumns, plane = rows &* columns
        let bias = bias.map { frame.floats($0) }, result = result.map { frame.lanes($0) }
        let pooled = pool.map { frame.lanes($0.result) }
        winograd.run(part: part, source: frame.lanes(x), weights: frame.floats(weights), scratch: frame.scratch) { tile, output, row, column in
            let level = Lane(repeating: bias?[output] ?? 0), height = min(4, rows &- row), width = min(4, columns &- column)
            if pool == nil, let result, activation == nil || activation == .relu {
                // The common case in one pass.
                let least = Lane(repeating: activation == .relu ? 0 : -.infinity)
                var target = result + (output &* plane &+ row &* columns &+ column), source = tile
                for _ in 0..<height {
                    for x in 0..<width { target[x] = lane_max(least, source[x] + level) }
                    target += columns
                    source += 4
                }
                return
            }
            for i in 0..<16 { tile[i] += level }
            if let activation { activate(activation, tile, into: tile, count: 16) }
            if let result {
                var target = result + (output &* plane &+ row &* columns &+ column)
                for y in 0..<height {
                    for x in 0..<width { target[x] = tile[4 &* y &+ x] }
                    target += columns
                }
            }
            if let pool, let pooled {
                let pooledColumns = columns / 2, pooledPlane = rows / 2 &* pooledColumns
                var target = pooled + (output &* pooledPlane &+ row / 2 &* pooledColumns &+ column / 2)
                for y in 0..<height / 2 {
                    poolPairs(pool.kind, tile + 8 &* y, tile + (8 &* y &+ 4), into: target, count: width / 2)
                    target += pooledColumns
                }
            }
        }
    }
}

/// Transforms weights for a ``WinogradStep``; runs only when they have changed.
struct WinogradPackStep: BatchStep {
    let winograd: Winograd
    let layout: Winograd.WeightLayout
    let weights: Slot, packed: Slot

    var parts: Int { winograd.blocks }

    func run(_ frame: BatchFrame, part: Int) {
        winograd.pack(block: part, frame.floats(weights), layout: layout, into: frame.floats(packed))
    }
}

/// One group's share of a convolution's weight gradient by Winograd's products.
struct WinogradWeightGradientStep: GroupStep {
    let gradient: WinogradWeightGradient
    let x: Slot, upstream: Slot, share: Slot

    var parts: Int { gradient.parts }
    var scratchLanes: Int { gradient.scratchLanes }

    func run(_ frame: GroupFrame, part: Int) {
        gradient.run(
            part: part, source: frame.lanes(x), upstream: frame.lanes(upstream), images: frame.images, gradient: frame.floats(share),
            scratch: frame.scratch)
    }
}
