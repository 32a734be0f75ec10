import StriateGraph
import StriateLanes

/// How a convolution's groups of channels lie: so far apart are their inputs, results and weights, in lanes and floats.
struct ChannelGroups: Sendable {
    var count = 1
    var xStep = 0
    var resultStep = 0
    var weightStep = 0

    /// Groups in parts of some ten microseconds: those of a depthwise convolution are too small to be handed over one by one.
    ///
    /// - Parameter multiplyAdds: Of one group, in lanes.
    func parts(multiplyAdds: Int) -> Parts { Parts(count, lanesEach: multiplyAdds / ChannelGroups.multiplyAddsForLane) }

    /// What takes as long as to read a lane and write it.
    private static let multiplyAddsForLane = 25
}

/// One pass of a kernel over a picture: a convolution's result or a part of its input gradient, or a linear layer's.
struct WalkStep: GroupStep {
    /// What is done with two rows once both are there.
    struct PairPool {
        let kind: Pool.Kind
        let result: Slot
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
    let groups: ChannelGroups
    /// The groups of channels that one part computes, and the rows.
    let groupParts: Parts
    let rowsInPart: Int

    init(
        walk: Walk, x: Slot, weights: Slot, result: Slot?, bias: Slot? = nil, activation: Activation.Kind? = nil, pool: PairPool? = nil,
        xOffset: Int = 0, resultOffset: Int = 0, groups: ChannelGroups = ChannelGroups()
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
        self.groups = groups
        groupParts = groups.parts(multiplyAdds: walk.multiplyAdds)
        // Parts of some ten microseconds: enough of them to share, each worth the handing over. Pools need pairs of rows.
        let workInRow = max(1, walk.multiplyAdds / max(1, walk.rows * walk.blocks))
        let rows = max(1, 50_000 / workInRow)
        rowsInPart = max(1, min(walk.rows, pool == nil ? rows : (rows + 1) / 2 * 2))
    }

    private var partsInBlock: Int { (walk.rows + rowsInPart - 1) / rowsInPart }
    private var partsInGroup: Int { walk.blocks * partsInBlock }
    var parts: Int { groupParts.count * partsInGroup }

    /// Rows that are dropped keep their distances, so that one walk serves both; only the first few of each plane are ever touched.
    var scratchLanes: Int { result == nil ? walk.outputs(ofBlock: 0).count * walk.outputPlane : 0 }

    func run(_ frame: GroupFrame, part: Int) {
        for group in groupParts[part / partsInGroup] { run(frame, group: group, part: part % partsInGroup) }
    }

    @inline(__always)
    private func run(_ frame: GroupFrame, group: Int, part: Int) {
        let block = part / partsInBlock, first = part % partsInBlock * rowsInPart
        let end = min(walk.rows, first + rowsInPart)
        let kept = result.map { frame.lanes($0) + (resultOffset + group * groups.resultStep) }
        guard let pool else {
            if let kept { compute(frame, group, block, first..<end, into: kept) }
            return
        }

        let outputs = walk.outputs(ofBlock: block), columns = walk.columns / 2
        let rowsAtOnce = max(2, walk.rowsAtOnce / 2 * 2)
        for firstRow in stride(from: first, to: end, by: rowsAtOnce) {
            let rows = firstRow..<min(end, firstRow &+ rowsAtOnce)
            // Dropped rows all go to where the block's first rows would.
            let start = outputs.lowerBound &* walk.outputPlane &+ firstRow &* walk.outputRowStep
            let target = kept ?? frame.scratch - start
            compute(frame, group, block, rows, into: target)
            for output in outputs {
                for row in stride(from: firstRow, to: rows.upperBound &- 1, by: 2) {
                    let upper = target + (output &* walk.outputPlane &+ row &* walk.outputRowStep)
                    let pooledRow = (group &* walk.outputs &+ output) &* (walk.rows / 2) &+ row / 2
                    poolPairs(
                        pool.kind, upper, upper + walk.outputRowStep, into: frame.lanes(pool.result) + pooledRow &* columns, count: columns)
                }
            }
        }
    }

    @inline(__always)
    private func compute(_ frame: GroupFrame, _ group: Int, _ block: Int, _ rows: Range<Int>, into output: MutableLanePointer) {
        walk.run(
            block: block, rows: rows, source: frame.lanes(x) + (xOffset + group * groups.xStep),
            weights: frame.floats(weights) + group * groups.weightStep, bias: bias.map { frame.floats($0) + group * walk.outputs },
            output: output
        ) { rows, count in
            if let activation { activate(activation, rows, into: rows, count: count) }
        }
    }
}

/// Rearranges weights for a walk; runs only when they have changed.
struct PackStep: BatchStep {
    let packing: PackedWeights
    let weights: Slot, packed: Slot
    /// Floats from one group of channels to the next, before and after.
    let weightStep: Int, packedStep: Int
    /// The blocks of output channels of all groups.
    let blocks: Parts

    var parts: Int { blocks.count }

    func run(_ frame: BatchFrame, part: Int) {
        for index in blocks[part] {
            let (group, block) = index.quotientAndRemainder(dividingBy: packing.blockCount)
            packing.pack(
                block: block, frame.floats(weights) + group &* weightStep, into: frame.floats(packed) + group &* packedStep)
        }
    }
}

/// One group's share of a convolution's weight gradient.
struct WeightGradientStep: GroupStep {
    let gradient: WeightGradient
    let x: Slot, upstream: Slot, share: Slot
    /// Results are upstream here.
    let groups: ChannelGroups
    let groupParts: Parts

    init(gradient: WeightGradient, x: Slot, upstream: Slot, share: Slot, groups: ChannelGroups) {
        self.gradient = gradient
        self.x = x
        self.upstream = upstream
        self.share = share
        self.groups = groups
        groupParts = groups.parts(multiplyAdds: gradient.multiplyAdds)
    }

    var parts: Int { groupParts.count * gradient.blocks }
    var scratchLanes: Int { gradient.scratchLanes }

    func run(_ frame: GroupFrame, part: Int) {
        for group in groupParts[part / gradient.blocks] {
            gradient.run(
                block: part % gradient.blocks, source: frame.lanes(x) + group &* groups.xStep,
                upstream: frame.lanes(upstream) + group &* groups.resultStep, images: frame.images,
                gradient: frame.floats(share) + group &* groups.weightStep, scratch: frame.scratch)
        }
    }
}

/// Turns a linear layer's input from lanes of images into images of lanes, for ``OuterProductStep``.
struct TransposeStep: GroupStep {
    let x: Slot, result: Slot
    let count: Int

    private var columns: Parts { Parts(OuterProduct.lanes(for: count), lanesEach: Lane.width) }
    var parts: Int { columns.count }

    func run(_ frame: GroupFrame, part: Int) {
        OuterProduct.transpose(frame.lanes(x), count: count, columns: columns[part], into: frame.lanes(result))
    }
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
