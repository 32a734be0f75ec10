import CLane

// A tile's sums stay in registers only if the compiler sees through all that is done to them. Hence the entry points that are
// not inlined elsewhere, the plain loops, and ``zeroSums()``. `Benchmarks/spills` tells whether they do.

/// A computation on a register tile of `Rows × Columns` sums.
private protocol TileKernel {
    func run<let Rows: Int, let Columns: Int>(rows: InlineArray<Rows, Void>.Type, columns: InlineArray<Columns, Void>.Type)
}

/// The sums of a tile.
typealias Sums<let Rows: Int, let Columns: Int> = InlineArray<Rows, InlineArray<Columns, Lane>>

/// Sums that start from 0. In a package build `init(repeating:)` of a longer array is a call into another object file, and
/// whatever is once handed to a call stays in memory; zeros that are loaded are known to be zeros.
@inline(__always)
func zeroSums<let Rows: Int, let Columns: Int>() -> Sums<Rows, Columns> { lane_zeros().load(as: Sums<Rows, Columns>.self) }

/// Picks the tile that was compiled for these extents (see ``Tiling/shapes``): all loops over its sums unroll.
@inline(__always)
private func runTile(rows: Int, columns: Int, _ kernel: some TileKernel) {
    switch (columns, rows) {
    case (1, 16): kernel.run(rows: InlineArray<16, Void>.self, columns: InlineArray<1, Void>.self)
    case (1, 12): kernel.run(rows: InlineArray<12, Void>.self, columns: InlineArray<1, Void>.self)
    case (1, 8): kernel.run(rows: InlineArray<8, Void>.self, columns: InlineArray<1, Void>.self)
    case (1, 6): kernel.run(rows: InlineArray<6, Void>.self, columns: InlineArray<1, Void>.self)
    case (1, 4): kernel.run(rows: InlineArray<4, Void>.self, columns: InlineArray<1, Void>.self)
    case (1, 3): kernel.run(rows: InlineArray<3, Void>.self, columns: InlineArray<1, Void>.self)
    case (1, 2): kernel.run(rows: InlineArray<2, Void>.self, columns: InlineArray<1, Void>.self)
    case (1, 1): kernel.run(rows: InlineArray<1, Void>.self, columns: InlineArray<1, Void>.self)
    case (2, 8): kernel.run(rows: InlineArray<8, Void>.self, columns: InlineArray<2, Void>.self)
    case (2, 6): kernel.run(rows: InlineArray<6, Void>.self, columns: InlineArray<2, Void>.self)
    case (2, 4): kernel.run(rows: InlineArray<4, Void>.self, columns: InlineArray<2, Void>.self)
    case (2, 3): kernel.run(rows: InlineArray<3, Void>.self, columns: InlineArray<2, Void>.self)
    case (2, 2): kernel.run(rows: InlineArray<2, Void>.self, columns: InlineArray<2, Void>.self)
    case (2, 1): kernel.run(rows: InlineArray<1, Void>.self, columns: InlineArray<2, Void>.self)
    case (3, 8): kernel.run(rows: InlineArray<8, Void>.self, columns: InlineArray<3, Void>.self)
    case (3, 6): kernel.run(rows: InlineArray<6, Void>.self, columns: InlineArray<3, Void>.self)
    case (3, 4): kernel.run(rows: InlineArray<4, Void>.self, columns: InlineArray<3, Void>.self)
    case (3, 3): kernel.run(rows: InlineArray<3, Void>.self, columns: InlineArray<3, Void>.self)
    case (3, 2): kernel.run(rows: InlineArray<2, Void>.self, columns: InlineArray<3, Void>.self)
    case (3, 1): kernel.run(rows: InlineArray<1, Void>.self, columns: InlineArray<3, Void>.self)
    case (4, 6): kernel.run(rows: InlineArray<6, Void>.self, columns: InlineArray<4, Void>.self)
    case (4, 4): kernel.run(rows: InlineArray<4, Void>.self, columns: InlineArray<4, Void>.self)
    case (4, 3): kernel.run(rows: InlineArray<3, Void>.self, columns: InlineArray<4, Void>.self)
    case (4, 2): kernel.run(rows: InlineArray<2, Void>.self, columns: InlineArray<4, Void>.self)
    case (4, 1): kernel.run(rows: InlineArray<1, Void>.self, columns: InlineArray<4, Void>.self)
    case (6, 4): kernel.run(rows: InlineArray<4, Void>.self, columns: InlineArray<6, Void>.self)
    case (6, 3): kernel.run(rows: InlineArray<3, Void>.self, columns: InlineArray<6, Void>.self)
    case (6, 2): kernel.run(rows: InlineArray<2, Void>.self, columns: InlineArray<6, Void>.self)
    case (6, 1): kernel.run(rows: InlineArray<1, Void>.self, columns: InlineArray<6, Void>.self)
    case (8, 3): kernel.run(rows: InlineArray<3, Void>.self, columns: InlineArray<8, Void>.self)
    case (8, 2): kernel.run(rows: InlineArray<2, Void>.self, columns: InlineArray<8, Void>.self)
    case (8, 1): kernel.run(rows: InlineArray<1, Void>.self, columns: InlineArray<8, Void>.self)
    default: fatalError("no tile of \(rows)×\(columns)")
    }
}

/// How two lanes are multiplied and added to a third.
private protocol LaneProduct {
    static func added(_ a: Lane, _ b: Lane, to sum: Lane) -> Lane
}

private enum SingleProduct: LaneProduct {
    @inline(__always) static func added(_ a: Lane, _ b: Lane, to sum: Lane) -> Lane { lane_fma(a, b, sum) }
}

/// Pairs of bfloat16 numbers.
private enum PairProduct: LaneProduct {
    @inline(__always) static func added(_ a: Lane, _ b: Lane, to sum: Lane) -> Lane { lane_dot(a, b, sum) }
}

/// Output channels × pixels of a ``Walk``.
struct WalkTile {
    var isPaired: Bool
    var source: LanePointer
    var weights: UnsafePointer<Float>
    var bias: UnsafePointer<Float>?
    var output: MutableLanePointer
    /// How many tiles lie side by side.
    var tiles: Int
    var channels: Int
    var channelSourceStep: Int
    var channelWeightStep: Int
    var tapRows: Int
    var rowSourceStep: Int
    var rowWeightStep: Int
    var tapColumns: Int
    var columnSourceStep: Int
    var columnWeightStep: Int
    var pixelStep: Int
    var outputPlane: Int
    var outputColumnStep: Int

    @inline(never)
    func run(outputs: Int, pixels: Int) { runTile(rows: outputs, columns: pixels, self) }
}

extension WalkTile: TileKernel {
    @inline(__always)
    fileprivate func run<let Outputs: Int, let Pixels: Int>(
        rows outputs: InlineArray<Outputs, Void>.Type, columns pixels: InlineArray<Pixels, Void>.Type
    ) {
        // Neighbouring pixels are the common case; knowing it, the compiler folds their distance into the addresses.
        switch (isPaired, pixelStep == 1) {
        case (false, true): sum(outputs: outputs, pixels: pixels, pixelStep: 1, SingleProduct.self)
        case (false, false): sum(outputs: outputs, pixels: pixels, pixelStep: pixelStep, SingleProduct.self)
        case (true, true): sum(outputs: outputs, pixels: pixels, pixelStep: 1, PairProduct.self)
        case (true, false): sum(outputs: outputs, pixels: pixels, pixelStep: pixelStep, PairProduct.self)
        }
    }

    @inline(__always)
    private func sum<let Outputs: Int, let Pixels: Int, Product: LaneProduct>(
        outputs: InlineArray<Outputs, Void>.Type, pixels: InlineArray<Pixels, Void>.Type, pixelStep: Int, _ product: Product.Type
    ) {
        let (columnSourceStep, columnWeightStep, tapColumns) = (columnSourceStep, columnWeightStep, tapColumns)
        let ahead = 32 &* columnWeightStep
        var tileSource = source, output = output
        for _ in 0..<tiles {
            var sums: Sums<Outputs, Pixels> = zeroSums()
            if let bias {
                for o in 0..<Outputs {
                    let start = Lane(repeating: bias[o])
                    for p in 0..<Pixels { sums[unchecked: o][unchecked: p] = start }
                }
            }
            var channelSource = tileSource, channelWeights = weights
            for _ in 0..<channels {
                var rowSource = channelSource, rowWeights = channelWeights
                for _ in 0..<tapRows {
                    var source = rowSource, weights = rowWeights
                    for _ in 0..<tapColumns {
                        // One pixel uses each weight once: they stream from far, and no neighbour's work hides the way.
                        if Pixels == 1 { lane_prefetch(weights + ahead) }
                        for o in 0..<Outputs {
                            let weight = Lane(repeating: weights[o])
                            for p in 0..<Pixels {
                                sums[unchecked: o][unchecked: p] = Product.added(source[p &* pixelStep], weight, to: sums[unchecked: o][unchecked: p])
                            }
                        }
                        source += columnSourceStep
                        weights += columnWeightStep
                    }
                    rowSource += rowSourceStep
                    rowWeights += rowWeightStep
                }
                channelSource += channelSourceStep
                channelWeights += channelWeightStep
            }
            for o in 0..<Outputs {
                for p in 0..<Pixels { output[o &* outputPlane &+ p &* outputColumnStep] = sums[unchecked: o][unchecked: p] }
            }
            tileSource += Pixels &* pixelStep
            output += Pixels &* outputColumnStep
        }
    }
}

/// Output channels × weights of a ``WeightGradient``.
struct WeightGradientTile {
    var source: LanePointer
    var offsets: UnsafePointer<Int>
    var upstream: LanePointer
    var upstreamPlane: Int
    var rows: Int
    var columns: Int
    var rowStep: Int
    var columnStep: Int
    /// The tile's sums: read first, written last, nothing else in between or after, so that they stay in registers.
    var sums: MutableLanePointer

    @inline(never)
    func run(outputs: Int, weights: Int) { runTile(rows: outputs, columns: weights, self) }
}

extension WeightGradientTile: TileKernel {
    @inline(__always)
    fileprivate func run<let Outputs: Int, let Weights: Int>(
        rows outputs: InlineArray<Outputs, Void>.Type, columns weights: InlineArray<Weights, Void>.Type
    ) {
        let memory = self.sums
        var sums = UnsafeRawPointer(memory).load(as: Sums<Outputs, Weights>.self)
        let (columnStep, upstreamPlane, columns) = (columnStep, upstreamPlane, columns)
        var sources = InlineArray<Weights, LanePointer>(repeating: source)
        for w in 0..<Weights { sources[unchecked: w] = source + offsets[w] }
        var upstream = upstream
        for row in 0..<rows {
            var position = row &* rowStep
            for _ in 0..<columns {
                for o in 0..<Outputs {
                    let gradient = upstream[o &* upstreamPlane]
                    for w in 0..<Weights {
                        sums[unchecked: o][unchecked: w] = lane_fma(gradient, sources[unchecked: w][position], sums[unchecked: o][unchecked: w])
                    }
                }
                upstream += 1
                position &+= columnStep
            }
        }
        for o in 0..<Outputs { for w in 0..<Weights { memory[o &* Weights &+ w] = sums[unchecked: o][unchecked: w] } }
    }
}

/// Outputs × lanes of inputs of an ``OuterProduct``.
struct OuterProductTile {
    var x: LanePointer
    /// Lanes of one image.
    var row: Int
    var xStep: Int
    var upstream: LanePointer
    var upstreamStep: Int
    var images: Int
    var sums: MutableLanePointer

    @inline(never)
    func run(outputs: Int, lanes: Int) { runTile(rows: outputs, columns: lanes, self) }
}

extension OuterProductTile: TileKernel {
    @inline(__always)
    fileprivate func run<let Outputs: Int, let Lanes: Int>(
        rows outputs: InlineArray<Outputs, Void>.Type, columns lanes: InlineArray<Lanes, Void>.Type
    ) {
        var sums: Sums<Outputs, Lanes> = zeroSums()
        var groupX = x, groupUpstream = upstream, left = images
        let row = row
        while left > 0 {
            var x = groupX
            var floats = UnsafeRawPointer(groupUpstream).assumingMemoryBound(to: Float.self)
            for _ in 0..<min(left, Lane.width) {
                for o in 0..<Outputs {
                    let gradient = Lane(repeating: floats[o &* Lane.width])
                    for l in 0..<Lanes { sums[unchecked: o][unchecked: l] = lane_fma(x[l], gradient, sums[unchecked: o][unchecked: l]) }
                }
                x += row
                floats += 1
            }
            groupX += xStep
            groupUpstream += upstreamStep
            left &-= Lane.width
        }
        let memory = self.sums
        for o in 0..<Outputs { for l in 0..<Lanes { memory[o &* Lanes &+ l] = sums[unchecked: o][unchecked: l] } }
    }
}

/// Output channels × lanes of channels of a ``ChannelWeightGradient``.
struct ChannelWeightGradientTile {
    /// Source and upstream hold pairs of images in the place of one.
    var isPaired = false
    /// Channels in lanes.
    var source: LanePointer
    var rowStep: Int
    var columnStep: Int
    var imageStep: Int
    /// For each output and pixel its images, or pairs of them, and how many there is room for.
    var upstream: UnsafePointer<Float>
    var pixelStep: Int
    var planeStep: Int
    var rows: Int
    var columns: Int
    /// Images, or pairs of them.
    var images: Int
    /// The tile's sums so far.
    var sums: MutableLanePointer

    @inline(never)
    func run(outputs: Int, lanes: Int) { runTile(rows: outputs, columns: lanes, self) }
}

extension ChannelWeightGradientTile: TileKernel {
    @inline(__always)
    fileprivate func run<let Outputs: Int, let Lanes: Int>(
        rows outputs: InlineArray<Outputs, Void>.Type, columns lanes: InlineArray<Lanes, Void>.Type
    ) {
        if isPaired { sum(outputs: outputs, lanes: lanes, PairProduct.self) } else { sum(outputs: outputs, lanes: lanes, SingleProduct.self) }
    }

    @inline(__always)
    private func sum<let Outputs: Int, let Lanes: Int, Product: LaneProduct>(
        outputs: InlineArray<Outputs, Void>.Type, lanes: InlineArray<Lanes, Void>.Type, _ product: Product.Type
    ) {
        let memory = self.sums
        var sums = UnsafeRawPointer(memory).load(as: Sums<Outputs, Lanes>.self)
        // Where images of neighbouring pixels follow one another, they are one loop.
        let isDense = images == pixelStep && columnStep == pixelStep &* imageStep
        let (stretches, count) = isDense ? (1, columns &* pixelStep) : (columns, images)
        let (imageStep, columnStep, plane) = (imageStep, columnStep, planeStep)
        var rowSource = source, gradients = upstream
        for _ in 0..<rows {
            var stretchSource = rowSource, stretchGradients = gradients
            for _ in 0..<stretches {
                var source = stretchSource, floats = stretchGradients
                for _ in 0..<count {
                    for o in 0..<Outputs {
                        let gradient = Lane(repeating: floats[o &* plane])
                        for l in 0..<Lanes {
                            sums[unchecked: o][unchecked: l] = Product.added(source[l], gradient, to: sums[unchecked: o][unchecked: l])
                        }
                    }
                    source += imageStep
                    floats += 1
                }
                stretchSource += columnStep
                stretchGradients += pixelStep
            }
            rowSource += rowStep
            gradients += columns &* pixelStep
        }
        for o in 0..<Outputs { for l in 0..<Lanes { memory[o &* Lanes &+ l] = sums[unchecked: o][unchecked: l] } }
    }
}

/// Results × groups of images of a ``StreamedMatrix``'s product.
struct MatrixTile {
    var source: LanePointer
    /// Lanes from one group to the next.
    var sourceStep: Int
    var weights: UnsafePointer<Float>
    /// Floats from one result's weights to the next one's, and from one source's to the next one's.
    var resultWeightStep: Int
    var weightStep: Int
    var count: Int
    /// Asks for the weights that lie so many floats further; 0 for none.
    var ahead: Int
    var results: MutableLanePointer
    var resultStep: Int
    /// Goes on from the sums that are there.
    var continues: Bool

    @inline(never)
    func run(results: Int, groups: Int) { runTile(rows: results, columns: groups, self) }
}

extension MatrixTile: TileKernel {
    @inline(__always)
    fileprivate func run<let Results: Int, let Groups: Int>(
        rows results: InlineArray<Results, Void>.Type, columns groups: InlineArray<Groups, Void>.Type
    ) {
        if resultWeightStep == 1 {
            sum(results, groups, resultWeightStep: 1)
        } else {
            sum(results, groups, resultWeightStep: resultWeightStep)
        }
    }

    @inline(__always)
    private func sum<let Results: Int, let Groups: Int>(
        _: InlineArray<Results, Void>.Type, _: InlineArray<Groups, Void>.Type, resultWeightStep: Int
    ) {
        var sums: Sums<Results, Groups> = zeroSums()
        if continues {
            for r in 0..<Results { for g in 0..<Groups { sums[unchecked: r][unchecked: g] = results[r &+ g &* resultStep] } }
        }
        let (sourceStep, weightStep, ahead) = (sourceStep, weightStep, ahead)
        var source = source, weights = weights
        for _ in 0..<count {
            if ahead != 0 { lane_prefetch(weights + ahead) }
            for r in 0..<Results {
                let weight = Lane(repeating: weights[r &* resultWeightStep])
                for g in 0..<Groups { sums[unchecked: r][unchecked: g] = lane_fma(source[g &* sourceStep], weight, sums[unchecked: r][unchecked: g]) }
            }
            source += 1
            weights += weightStep
        }
        for r in 0..<Results { for g in 0..<Groups { results[r &+ g &* resultStep] = sums[unchecked: r][unchecked: g] } }
    }
}
