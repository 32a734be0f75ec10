import CLane

/// A 3×3 convolution with stride 1 by Winograd's F(4×4, 3×3): a quarter of the products of the direct sum, for a few additions before
/// and after. On lanes of images the transforms are plain code, and the products of each of the 36 positions are a ``Walk`` whose
/// pixels are tiles.
public struct Winograd: Sendable {
    public let geometry: Geometry
    /// The products of one position: outputs × tiles at once.
    private let products: Walk
    private let tilesAtOnce: Int
    /// Of the output channels' blocks, how many a part computes.
    private let blocksInPart: Int
    /// What one convolution takes, estimated, in cycles.
    public let cycles: Double

    public init(_ geometry: Geometry) {
        self.geometry = geometry
        let (tilesAtOnce, cycles) = Winograd.cheapest(geometry)
        self.tilesAtOnce = tilesAtOnce
        self.cycles = cycles
        products = Winograd.products(geometry, tiles: tilesAtOnce)
        let chunks = (geometry.tiles + tilesAtOnce - 1) / tilesAtOnce
        let wanted = max(1, min(8, Int(cycles) / 50_000)), blocks = products.blocks
        let blockParts = min(blocks, (wanted + chunks - 1) / chunks)
        blocksInPart = (blocks + blockParts - 1) / blockParts
    }

    private static func products(_ geometry: Geometry, tiles: Int) -> Walk {
        let one = Walk.Axis(count: 1, sourceStep: 0, weightStep: 0)
        return Walk(
            layout: .packed, channels: one, tapRows: one,
            tapColumns: .init(count: geometry.channels, sourceStep: tiles, weightStep: 1), outputs: geometry.outputs, rows: 1,
            columns: tiles, sourceRowStep: 0, sourceColumnStep: 1, outputPlane: tiles, outputRowStep: tiles, outputColumnStep: 1)
    }

    /// How many tiles to transform before they are multiplied, and what the whole then takes.
    private static func cheapest(_ geometry: Geometry) -> (tiles: Int, cycles: Double) {
        let weights = WinogradTransform.positions * geometry.channels * geometry.outputs
        // Weights are read again for each chunk, from the last-level cache or from memory.
        let weightCycles = weights > mostCachedWeights ? 0.7 : 0.08
        var best = (tiles: 1, cycles: Double.infinity)
        for tiles in 1...max(1, min(geometry.tiles, 16)) {
            let chunks = Double((geometry.tiles + tiles - 1) / tiles)
            let tiling = Tiling(rows: geometry.outputs, columns: tiles)
            let calls = Double(tiling.rows.count * tiling.columns.count) * callCycles
            let products = Double(WinogradTransform.positions) * (tiling.cycles * Double(geometry.channels) + calls)
            let transforms = Double(tiles) * (Double(geometry.channels) * inputCycles + Double(geometry.outputs) * resultCycles)
            // Transformed inputs and products are written once and read once.
            let lanes = WinogradTransform.positions * (geometry.channels + geometry.outputs) * tiles
            let spill = lanes > mostCachedLanes ? 4 * Double(lanes) * spillCycles : 0
            let cycles = chunks * (products + transforms + Double(weights) * weightCycles + spill)
            if cycles < best.cycles { best = (tiles, cycles) }
        }
        return best
    }

    // Measured: a tile's transforms for one channel, the start of a product's tile, and a lane that does not stay in the second-level cache.
    private static let inputCycles = 90.0
    private static let resultCycles = 90.0
    private static let callCycles = 25.0
    private static let spillCycles = 3.5
    private static let mostCachedLanes = 5 * 512 * 1024 / (4 * Lane.width)
    private static let mostCachedWeights = 16 * 1024 * 1024 / 4

    /// What the direct sum would take, estimated.
    public var directCycles: Double {
        let tiling = Tiling(rows: geometry.outputs, columns: geometry.outputColumns)
        return tiling.cycles * Double(9 * geometry.channels * geometry.outputRows)
    }

    private var positionStepOfInputs: Int { geometry.channels * tilesAtOnce | 1 }
    private var positionStepOfProducts: Int { geometry.outputs * tilesAtOnce | 1 }
    private var chunks: Int { (geometry.tiles + tilesAtOnce - 1) / tilesAtOnce }
    private var blockParts: Int { (products.blocks + blocksInPart - 1) / blocksInPart }

    /// What can be computed apart.
    public var parts: Int { chunks * blockParts }

    /// Lanes of scratch that ``run(part:source:weights:scratch:write:)`` needs.
    public var scratchLanes: Int {
        WinogradTransform.positions * (positionStepOfInputs + positionStepOfProducts) + Winograd.temporaryLanes
    }

    private static let temporaryLanes = 36 + 36

    /// Computes some tiles of some output channels and hands them over one by one.
    ///
    /// - Parameters:
    ///   - source: The picture, channels after one another.
    ///   - weights: What ``pack(block:_:layout:into:)`` made.
    ///   - write: Takes 16 results, row by row, of the output channel and of the tile at this row and column. Those beyond the
    ///     picture's edge count for nothing.
    @inline(__always)
    public func run(
        part: Int, source: LanePointer, weights: UnsafePointer<Float>, scratch: MutableLanePointer,
        write: (_ results: MutableLanePointer, _ output: Int, _ row: Int, _ column: Int) -> Void
    ) {
        let first = part / blockParts * tilesAtOnce, tiles = first..<min(geometry.tiles, first + tilesAtOnce)
        let firstBlock = part % blockParts * blocksInPart, blocks = firstBlock..<min(products.blocks, firstBlock + blocksInPart)
        let inputs = scratch, results = inputs + WinogradTransform.positions * positionStepOfInputs
        let temporary = results + WinogradTransform.positions * positionStepOfProducts
        transform(tiles, from: source, into: inputs, temporary: temporary)
        multiply(blocks, inputs: inputs, weights: weights, into: results)
        let outputs = products.outputs(ofBlock: blocks.lowerBound).lowerBound..<products.outputs(ofBlock: blocks.upperBound - 1).upperBound
        for output in outputs {
            var (row, column) = tiles.lowerBound.quotientAndRemainder(dividingBy: geometry.tileColumns)
            for tile in 0..<tiles.count {
                finish(results + (output &* tilesAtOnce &+ tile), temporary: temporary)
                write(temporary, output, row &* WinogradTransform.results, column &* WinogradTransform.results)
                column += 1
                if column == geometry.tileColumns { (row, column) = (row &+ 1, 0) }
            }
        }
    }

    /// The results of one tile come to lie in the first 16 lanes of `temporary`.
    @inline(never)
    private func finish(_ products: MutableLanePointer, temporary: MutableLanePointer) {
        WinogradTransform.result(products, step: positionStepOfProducts, into: temporary, temporary: temporary + 36)
    }

    @inline(never)
    private func transform(_ tiles: Range<Int>, from source: LanePointer, into inputs: MutableLanePointer, temporary: MutableLanePointer) {
        let step = positionStepOfInputs, plane = geometry.inputRows &* geometry.inputColumns
        for channel in 0..<geometry.channels {
            var (row, column) = tiles.lowerBound.quotientAndRemainder(dividingBy: geometry.tileColumns)
            var target = inputs + channel &* tilesAtOnce
            let picture = source + channel &* plane
            for _ in tiles {
                geometry.transformInput(picture, row: row, column: column, into: target, step: step, temporary: temporary)
                target += 1
                column += 1
                if column == geometry.tileColumns { (row, column) = (row &+ 1, 0) }
            }
        }
        // What a last, smaller chunk leaves open is multiplied too, and dropped.
        guard tiles.count < tilesAtOnce else { return }
        for position in 0..<WinogradTransform.positions {
            for channel in 0..<geometry.channels {
                let start = inputs + (position &* step &+ channel &* tilesAtOnce)
                for tile in tiles.count..<tilesAtOnce { start[tile] = .zero }
            }
        }
    }

    @inline(never)
    private func multiply(_ blocks: Range<Int>, inputs: MutableLanePointer, weights: UnsafePointer<Float>, into results: MutableLanePointer) {
        for position in 0..<WinogradTransform.positions {
            for block in blocks {
                products.run(
                    block: block, rows: 0..<1, source: inputs + position &* positionStepOfInputs,
                    weights: weights + position &* packedPosition, bias: nil, output: results + position &* positionStepOfProducts
                ) { _, _ in }
            }
        }
    }

    // MARK: - Weights

    /// How a convolution's weights lie, in floats.
    public struct WeightLayout: Hashable, Sendable {
        /// From one output channel of the walk to the next, and from one channel.
        public var outputStep: Int
        public var channelStep: Int
        /// The taps are read from the last to the first: an input gradient turns the kernel round.
        public var isTurned: Bool

        public init(outputStep: Int, channelStep: Int, isTurned: Bool) {
            self.outputStep = outputStep
            self.channelStep = channelStep
            self.isTurned = isTurned
        }
    }

    /// Floats from one position's weights to the next: not a power of two, or all positions would meet in few cache sets.
    private var packedPosition: Int { (geometry.outputs * geometry.channels + 15) / 16 * 16 + 16 }

    /// Floats that the packed weights take.
    public var packedCount: Int { WinogradTransform.positions * packedPosition }
    public var blocks: Int { products.blocks }
    /// The cut that the packed weights depend on.
    public var packing: Tiling { products.tiling }

    /// Transforms the weights of one block of output channels. Up to a lane behind the last weight is read, and dropped.
    @inline(never)
    public func pack(block: Int, _ weights: UnsafePointer<Float>, layout: WeightLayout, into packed: UnsafeMutablePointer<Float>) {
        let outputs = products.outputs(ofBlock: block), count = outputs.count
        withUnsafeTemporaryAllocation(byteCount: (16 + 36 + 18) * MemoryLayout<Lane>.stride, alignment: 64) { memory in
            let taps = memory.baseAddress!.assumingMemoryBound(to: Lane.self), positions = taps + 16, temporary = positions + 36
            let tapFloats = memory.baseAddress!.assumingMemoryBound(to: Float.self)
            for channel in 0..<geometry.channels {
                for first in stride(from: 0, to: count, by: Lane.width) {
                    let held = min(Lane.width, count &- first)
                    let source = weights + ((outputs.lowerBound &+ first) &* layout.outputStep &+ channel &* layout.channelStep)
                    if Lane.width == 16, outputs.lowerBound &+ first &+ Lane.width <= geometry.outputs {
                        // Sixteen outputs' taps at once, and what lies behind the ninth.
                        lane_transpose(source, layout.outputStep, tapFloats, Lane.width)
                        if layout.isTurned { for tap in 0..<4 { swap(&taps[tap], &taps[8 &- tap]) } }
                    } else {
                        for o in 0..<held {
                            for tap in 0..<9 {
                                tapFloats[tap &* Lane.width &+ o] = source[o &* layout.outputStep &+ (layout.isTurned ? 8 &- tap : tap)]
                            }
                        }
                    }
                    WinogradTransform.weights(taps, into: positions, temporary: temporary)
                    let target = packed + (outputs.lowerBound &* geometry.channels &+ channel &* count &+ first)
                    for position in 0..<WinogradTransform.positions {
                        lane_store_first(target + position &* packedPosition, positions[position], Int32(held))
                    }
                }
            }
        }
    }
}
