import CLane

/// Blocks of output channels × pixels of a ``ChannelWalk``: the mirror image of ``WalkTile``. A lane holds neighbouring output channels
/// of one pixel, so the weights are lanes, and each float of the source is spread over one.
struct ChannelTile {
    var source: UnsafePointer<Float>
    var weights: LanePointer
    /// A lane for each block; nil where sums begin with 0.
    var bias: LanePointer?
    /// What is added to the sums, laid out as pixels; may be the output itself.
    var addend: LanePointer?
    var addendPlane: Int
    var output: MutableLanePointer
    var outputPlane: Int
    /// No result is less: 0 makes a rectified linear unit, −∞ changes nothing.
    var floor: Float
    /// How many tiles lie side by side.
    var tiles: Int
    var pixelStep: Int
    var channelBlocks: Int
    var channelBlockStep: Int
    var tapRows: Int
    var tapRowStep: Int
    /// Lanes of weights that belong to tap rows which are left out.
    var skippedWeights: Int
    var tapColumns: Int
    var tapColumnStep: Int
    /// Neighbouring floats of the source.
    var channels: Int

    /// Every tile extent that is compiled: for so many blocks up to so many pixels. More sums than these spill.
    static let shapes: [(blocks: Int, pixels: Int)] = [(8, 2), (4, 6), (3, 8), (2, 10), (1, 14)]

    @inline(never)
    func run(blocks: Int, pixels: Int) {
        switch (blocks, pixels) {
        case (1, 1): run(InlineArray<1, Void>.self, InlineArray<1, Void>.self)
        case (1, 2): run(InlineArray<1, Void>.self, InlineArray<2, Void>.self)
        case (1, 3): run(InlineArray<1, Void>.self, InlineArray<3, Void>.self)
        case (1, 4): run(InlineArray<1, Void>.self, InlineArray<4, Void>.self)
        case (1, 5): run(InlineArray<1, Void>.self, InlineArray<5, Void>.self)
        case (1, 6): run(InlineArray<1, Void>.self, InlineArray<6, Void>.self)
        case (1, 7): run(InlineArray<1, Void>.self, InlineArray<7, Void>.self)
        case (1, 8): run(InlineArray<1, Void>.self, InlineArray<8, Void>.self)
        case (1, 9): run(InlineArray<1, Void>.self, InlineArray<9, Void>.self)
        case (1, 10): run(InlineArray<1, Void>.self, InlineArray<10, Void>.self)
        case (1, 11): run(InlineArray<1, Void>.self, InlineArray<11, Void>.self)
        case (1, 12): run(InlineArray<1, Void>.self, InlineArray<12, Void>.self)
        case (1, 13): run(InlineArray<1, Void>.self, InlineArray<13, Void>.self)
        case (1, 14): run(InlineArray<1, Void>.self, InlineArray<14, Void>.self)
        case (2, 1): run(InlineArray<2, Void>.self, InlineArray<1, Void>.self)
        case (2, 2): run(InlineArray<2, Void>.self, InlineArray<2, Void>.self)
        case (2, 3): run(InlineArray<2, Void>.self, InlineArray<3, Void>.self)
        case (2, 4): run(InlineArray<2, Void>.self, InlineArray<4, Void>.self)
        case (2, 5): run(InlineArray<2, Void>.self, InlineArray<5, Void>.self)
        case (2, 6): run(InlineArray<2, Void>.self, InlineArray<6, Void>.self)
        case (2, 7): run(InlineArray<2, Void>.self, InlineArray<7, Void>.self)
        case (2, 8): run(InlineArray<2, Void>.self, InlineArray<8, Void>.self)
        case (2, 9): run(InlineArray<2, Void>.self, InlineArray<9, Void>.self)
        case (2, 10): run(InlineArray<2, Void>.self, InlineArray<10, Void>.self)
        case (3, 1): run(InlineArray<3, Void>.self, InlineArray<1, Void>.self)
        case (3, 2): run(InlineArray<3, Void>.self, InlineArray<2, Void>.self)
        case (3, 3): run(InlineArray<3, Void>.self, InlineArray<3, Void>.self)
        case (3, 4): run(InlineArray<3, Void>.self, InlineArray<4, Void>.self)
        case (3, 5): run(InlineArray<3, Void>.self, InlineArray<5, Void>.self)
        case (3, 6): run(InlineArray<3, Void>.self, InlineArray<6, Void>.self)
        case (3, 7): run(InlineArray<3, Void>.self, InlineArray<7, Void>.self)
        case (3, 8): run(InlineArray<3, Void>.self, InlineArray<8, Void>.self)
        case (4, 1): run(InlineArray<4, Void>.self, InlineArray<1, Void>.self)
        case (4, 2): run(InlineArray<4, Void>.self, InlineArray<2, Void>.self)
        case (4, 3): run(InlineArray<4, Void>.self, InlineArray<3, Void>.self)
        case (4, 4): run(InlineArray<4, Void>.self, InlineArray<4, Void>.self)
        case (4, 5): run(InlineArray<4, Void>.self, InlineArray<5, Void>.self)
        case (4, 6): run(InlineArray<4, Void>.self, InlineArray<6, Void>.self)
        case (8, 1): run(InlineArray<8, Void>.self, InlineArray<1, Void>.self)
        case (8, 2): run(InlineArray<8, Void>.self, InlineArray<2, Void>.self)
        default: fatalError("no tile of \(blocks) blocks × \(pixels) pixels")
        }
    }

    @inline(__always)
    private func run<let Blocks: Int, let Pixels: Int>(_: InlineArray<Blocks, Void>.Type, _: InlineArray<Pixels, Void>.Type) {
        let (channels, tapColumns, pixelStep) = (channels, tapColumns, pixelStep)
        let floor = Lane(repeating: floor)
        var tileSource = source, output = output, addend = addend
        for _ in 0..<tiles {
            var sums: Sums<Blocks, Pixels> = zeroSums()
            if let bias {
                for b in 0..<Blocks { for p in 0..<Pixels { sums[unchecked: b][unchecked: p] = bias[b] } }
            }
            var blockSource = tileSource, weights = weights
            for _ in 0..<channelBlocks {
                var rowSource = blockSource
                for _ in 0..<tapRows {
                    var columnSource = rowSource
                    for _ in 0..<tapColumns {
                        var source = columnSource
                        for _ in 0..<channels {
                            for p in 0..<Pixels {
                                let pixel = Lane(repeating: source[p &* pixelStep])
                                for b in 0..<Blocks {
                                    sums[unchecked: b][unchecked: p] = lane_fma(pixel, weights[b], sums[unchecked: b][unchecked: p])
                                }
                            }
                            source += 1
                            weights += Blocks
                        }
                        columnSource += tapColumnStep
                    }
                    rowSource += tapRowStep
                }
                weights += skippedWeights
                blockSource += channelBlockStep
            }
            if let addend {
                for b in 0..<Blocks { for p in 0..<Pixels { sums[unchecked: b][unchecked: p] += addend[b &* addendPlane &+ p] } }
            }
            // The sum second: NaN stays NaN.
            for b in 0..<Blocks { for p in 0..<Pixels { output[b &* outputPlane &+ p] = lane_max(floor, sums[unchecked: b][unchecked: p]) } }
            tileSource += Pixels &* pixelStep
            output += Pixels
            addend = addend.map { $0 + Pixels }
        }
    }
}
