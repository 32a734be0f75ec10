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

    let blocked: BlockedWalk
    let x: Slot, weights: Slot
    /// Nil where only the pool reads the rows: they need not leave the nearest cache.
    let result: Slot?
    let bias: Slot?
    let activation: Activation.Kind?
    let pool: PairPool?
    /// Lanes from the result's start.
    let resultOffset: Int
    let groups: ChannelGroups
    /// The groups of channels that one part computes.
    let groupParts: Parts

    init(
        walk: BlockedWalk, x: Slot, weights: Slot, result: Slot?, bias: Slot? = nil, activation: Activation.Kind? = nil,
        pool: PairPool? = nil, resultOffset: Int = 0, groups: ChannelGroups = ChannelGroups()
    ) {
        blocked = walk
        self.x = x
        self.weights = weights
        self.result = result
        self.bias = bias
        self.activation = activation
        self.pool = pool
        self.resultOffset = resultOffset
        self.groups = groups
        groupParts = groups.parts(multiplyAdds: walk.walk.multiplyAdds)
    }

    private var walk: Walk { blocked.walk }
    var parts: Int { groupParts.count * blocked.parts }

    /// Rows that are dropped keep their distances, so that one walk serves both; only the first few of each plane are ever touched.
    private var droppedLanes: Int { result == nil ? walk.outputs(ofBlock: 0).count * walk.outputPlane : 0 }
    var scratchLanes: Int { blocked.scratchLanes + droppedLanes }

    func run(_ frame: GroupFrame, part: Int) {
        for group in groupParts[part / blocked.parts] { run(frame, group: group, part: part % blocked.parts) }
    }

    @inline(__always)
    private func run(_ frame: GroupFrame, group: Int, part: Int) {
        let rows = blocked.rows(ofPart: part)
        let source = blocked.source(of: frame.lanes(x) + group * groups.xStep, rows: rows, scratch: frame.scratch + droppedLanes)
        let kept = result.map { frame.lanes($0) + (resultOffset + group * groups.resultStep) }
        for block in blocked.blocks(ofPart: part) {
            if let pool {
                computePairs(frame, group, block, rows, from: source, into: kept, pool: pool)
            } else if let kept {
                compute(frame, group, block, rows, from: source, into: kept)
            }
        }
    }

    @inline(__always)
    private func computePairs(
        _ frame: GroupFrame, _ group: Int, _ block: Int, _ all: Range<Int>, from source: LanePointer, into kept: MutableLanePointer?,
        pool: PairPool
    ) {
        let outputs = walk.outputs(ofBlock: block), columns = walk.columns / 2
        let rowsAtOnce = max(2, walk.rowsAtOnce / 2 * 2)
        for firstRow in stride(from: all.lowerBound, to: all.upperBound, by: rowsAtOnce) {
            let rows = firstRow..<min(all.upperBound, firstRow &+ rowsAtOnce)
            // Dropped rows all go to where the block's first rows would.
            let start = outputs.lowerBound &* walk.outputPlane &+ firstRow &* walk.outputRowStep
            let target = kept ?? frame.scratch - start
            compute(frame, group, block, rows, from: source, into: target)
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
    private func compute(
        _ frame: GroupFrame, _ group: Int, _ block: Int, _ rows: Range<Int>, from source: LanePointer, into output: MutableLanePointer
    ) {
        walk.run(
            block: block, rows: rows, source: source, weights: frame.floats(weights) + group * groups.weightStep,
            bias: bias.map { frame.floats($0) + group * walk.outputs }, output: output
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

/// The same with channels in the lanes.
struct ChannelWeightGradientStep: GroupStep {
    let gradient: ChannelWeightGradient
    let x: Slot, upstream: Slot, share: Slot
    /// Results are upstream here.
    let groups: ChannelGroups

    var parts: Int { groups.count * gradient.parts }
    var scratchLanes: Int { gradient.scratchLanes }

    func run(_ frame: GroupFrame, part: Int) {
        let (group, part) = part.quotientAndRemainder(dividingBy: gradient.parts)
        gradient.run(
            part: part, source: frame.lanes(x) + group &* groups.xStep, upstream: frame.lanes(upstream) + group &* groups.resultStep,
            images: frame.images, gradient: frame.floats(share) + group &* groups.weightStep, scratch: frame.scratch)
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
