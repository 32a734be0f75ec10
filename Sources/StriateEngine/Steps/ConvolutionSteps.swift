import StriateGraph
import StriateLanes

/// One pass of a kernel over a picture: a convolution's result or a part of its input gradient, or a linear layer's.
struct WalkStep: GroupStep {
    /// What is done with two rows once both are there.
    struct PairPool {
        let kind: Pool.Kind
        let result: Slot
        let resultOffset: Int
    }

    let walk: Walk
    let x: Slot, weights: Slot
    /// Nil where only the pool reads the rows: they need not leave the nearest cache.
    let result: Slot?
    let bias: Slot?
    let activation: Activation.Kind?
    let pool: PairPool?
    /// Lanes from the buffers' starts.
    let xOffset: Int, resultOffset: Int
    /// Floats from the weights' start, and from the bias's.
    let weightOffset: Int, biasOffset: Int
    /// Rows that one part computes.
    let rowsInPart: Int

    init(
        walk: Walk, x: Slot, weights: Slot, result: Slot?, bias: Slot? = nil, activation: Activation.Kind? = nil, pool: PairPool? = nil,
        xOffset: Int = 0, resultOffset: Int = 0, weightOffset: Int = 0, biasOffset: Int = 0
    ) {
        self.walk = walk
        self.x = x
        self.weights = weights
        self.result = result
        self.bias = bias
        self.activation = activation
        self.pool = pool
        self.xOffset = xOffset
        self.resultOffset = resultOffset
        self.weightOffset = weightOffset
        self.biasOffset = biasOffset
        // Parts of some ten microseconds: enough of them to share, each worth the handing over. Pools need pairs of rows.
        let workInRow = max(1, walk.multiplyAdds / max(1, walk.rows * walk.blocks))
        let rows = max(1, 50_000 / workInRow)
        rowsInPart = max(1, min(walk.rows, pool == nil ? rows : (rows + 1) / 2 * 2))
    }

    private var partsInBlock: Int { (walk.rows + rowsInPart - 1) / rowsInPart }
    var parts: Int { walk.blocks * partsInBlock }

    /// Rows that are dropped keep their distances, so that one walk serves both; only the first few of each plane are ever touched.
    var scratchLanes: Int { result == nil ? walk.outputs(ofBlock: 0).count * walk.outputPlane : 0 }

    func run(_ frame: GroupFrame, part: Int) {
        let block = part / partsInBlock, first = part % partsInBlock * rowsInPart
        let end = min(walk.rows, first + rowsInPart)
        let kept = result.map { frame.lanes($0) + resultOffset }
        guard let pool else {
            if let kept { compute(frame, block, first..<end, into: kept) }
            return
        }

        let outputs = walk.outputs(ofBlock: block), columns = walk.columns / 2
        let rowsAtOnce = max(2, walk.rowsAtOnce / 2 * 2)
        for firstRow in stride(from: first, to: end, by: rowsAtOnce) {
            let rows = firstRow..<min(end, firstRow &+ rowsAtOnce)
            // Dropped rows all go to where the block's first rows would.
            let start = outputs.lowerBound &* walk.outputPlane &+ firstRow &* walk.outputRowStep
            let target = kept ?? frame.scratch - start
            compute(frame, block, rows, into: target)
            for output in outputs {
                for row in stride(from: firstRow, to: rows.upperBound &- 1, by: 2) {
                    let upper = target + (output &* walk.outputPlane &+ row &* walk.outputRowStep)
                    let pooled = frame.lanes(pool.result) + (pool.resultOffset &+ (output &* (walk.rows / 2) &+ row / 2) &* columns)
                    poolPairs(pool.kind, upper, upper + walk.outputRowStep, into: pooled, count: columns)
                }
            }
        }
    }

    @inline(__always)
    private func compute(_ frame: GroupFrame, _ block: Int, _ rows: Range<Int>, into output: MutableLanePointer) {
        walk.run(
            block: block, rows: rows, source: frame.lanes(x) + xOffset, weights: frame.floats(weights) + weightOffset,
            bias: bias.map { frame.floats($0) + biasOffset }, output: output
        ) { rows, count in
            if let activation { activate(activation, rows, into: rows, count: count) }
        }
    }
}

/// Rearranges weights for a walk; runs only when they have changed.
struct PackStep: BatchStep {
    let packing: PackedWeights
    let weights: Slot, packed: Slot
    let weightOffset: Int, packedOffset: Int

    var parts: Int { packing.blockCount }

    func run(_ frame: BatchFrame, part: Int) {
        packing.pack(block: part, frame.floats(weights) + weightOffset, into: frame.floats(packed) + packedOffset)
    }
}

/// One group's share of a convolution's weight gradient.
struct WeightGradientStep: GroupStep {
    let gradient: WeightGradient
    let x: Slot, upstream: Slot, share: Slot
    let xOffset: Int, upstreamOffset: Int, shareOffset: Int

    var parts: Int { gradient.blocks }
    var scratchLanes: Int { gradient.scratchLanes }

    func run(_ frame: GroupFrame, part: Int) {
        gradient.run(
            block: part, source: frame.lanes(x) + xOffset, upstream: frame.lanes(upstream) + upstreamOffset, images: frame.images,
            gradient: frame.floats(share) + shareOffset, scratch: frame.scratch)
    }
}

/// Turns a linear layer's input from lanes of images into images of lanes, for ``OuterProductStep``.
struct TransposeStep: GroupStep {
    let x: Slot, result: Slot
    let count: Int

    func run(_ frame: GroupFrame, part: Int) { OuterProduct.transpose(frame.lanes(x), count: count, into: frame.lanes(result)) }
}

/// A linear layer's weight gradient over the whole batch.
struct OuterProductStep: BatchStep {
    let product: OuterProduct
    let x: Slot, upstream: Slot, gradient: Slot

    var parts: Int { product.blocks }
    var scratchLanes: Int { product.scratchLanes }

    func run(_ frame: BatchFrame, part: Int) {
        product.run(
            block: part, x: frame.lanes(x), xStep: frame.laneStep, upstream: frame.lanes(upstream), upstreamStep: frame.laneStep,
            images: frame.batch, gradient: frame.floats(gradient), scratch: frame.scratch)
    }
}
