import CLane

/// The weight gradient of a 3×3 convolution with stride 1 by the same 36 products as ``Winograd``:
///
///     dW = Gᵀ [ Σ over tiles and images of (A dY Aᵀ) ⊙ (Bᵀ d B) ] G
///
/// As in a ``ChannelWeightGradient`` channels lie in the lanes, so that no sum is spread over a lane.
public struct WinogradWeightGradient: Sendable {
    /// As of the forward convolution.
    public let geometry: Winograd.Geometry
    private let division: WeightGradientParts
    /// The tiles that are transformed at once.
    private let tilesAtOnce: Int
    /// What the whole takes, and what the direct sum would, estimated, in cycles.
    public let cycles: Double
    public let directCycles: Double

    public init(_ geometry: Winograd.Geometry) {
        self.geometry = geometry
        let lanes = (geometry.channels + Lane.width - 1) / Lane.width
        let channelParts = (lanes + WinogradWeightGradient.mostLanes - 1) / WinogradWeightGradient.mostLanes
        let lanesInPart = (lanes + channelParts - 1) / channelParts
        let fewest = (geometry.outputs + WinogradWeightGradient.mostOutputs - 1) / WinogradWeightGradient.mostOutputs
        let work = Double(geometry.outputs * lanes * Lane.width * geometry.tiles) * 18
        let wanted = max(1, min(4, Int(work / 200_000) / channelParts))
        let outputParts = min(max(fewest, wanted > 1 && channelParts < 4 ? (wanted + channelParts - 1) / channelParts : 1), geometry.outputs)
        let outputsInPart = (geometry.outputs + outputParts - 1) / outputParts
        division = WeightGradientParts(
            channels: geometry.channels, outputs: geometry.outputs, lanesInPart: lanesInPart, outputsInPart: outputsInPart)
        tilesAtOnce = max(1, min(geometry.tiles, 4))

        let tiling = Tiling(rows: outputsInPart, columns: lanesInPart)
        let parts = Double(channelParts * outputParts), positions = Double(WinogradTransform.positions)
        let products = positions * tiling.cycles * Double(Lane.width * geometry.tiles)
        let turns = Double(geometry.tiles * lanesInPart * Lane.width) * (90 + positions * 5)
        let upstream = Double(geometry.tiles * outputsInPart) * 90
        let chunks = Double((geometry.tiles + tilesAtOnce - 1) / tilesAtOnce)
        let sums = chunks * positions * Double(outputsInPart * lanesInPart) * 8
        cycles = parts * (products * 1.1 + turns + upstream + sums)
        directCycles = Double(geometry.channels * geometry.outputs * 9 * geometry.outputRows * geometry.outputColumns) / 2 * 1.2
    }

    private static let mostLanes = 8
    private static let mostOutputs = 256

    /// What can be computed apart.
    public var parts: Int { division.count }

    // Steps from one position to the next: odd, or the positions would meet in few cache sets.
    private var inputStep: Int { tilesAtOnce * Lane.width * division.lanesInPart | 1 }
    private var upstreamStep: Int { division.outputsInPart * tilesAtOnce | 1 }
    private var sumStep: Int { division.outputsInPart * division.lanesInPart | 1 }
    /// One by one they stay in the nearest cache; large pictures are better read a few neighbours at a time.
    private var tilesTurnedAtOnce: Int { geometry.inputRows * geometry.inputColumns <= 1024 ? 1 : tilesAtOnce }
    private var temporaryLanes: Int { (tilesTurnedAtOnce * Lane.width + 2) * 36 }

    /// Lanes of scratch that ``run(part:source:upstream:images:gradient:scratch:)`` needs.
    public var scratchLanes: Int {
        WinogradTransform.positions * (inputStep + upstreamStep + sumStep) + temporaryLanes
    }

    /// Computes the gradient of the weights of one part of the outputs and channels.
    ///
    /// - Parameters:
    ///   - source, upstream: Channels after one another.
    ///   - images: How many lanes hold an image; the others count for nothing.
    ///   - gradient: All weights' floats, of which this part's are written.
    @inline(never)
    public func run(
        part: Int, source: LanePointer, upstream: LanePointer, images: Int, gradient: UnsafeMutablePointer<Float>, scratch: MutableLanePointer
    ) {
        let channels = division.channels(of: part), outputs = division.outputs(of: part)
        let lanes = (channels.count + Lane.width - 1) / Lane.width
        let tiling = Tiling(rows: outputs.count, columns: lanes), positions = WinogradTransform.positions
        let inputs = scratch, products = inputs + positions * inputStep, sums = products + positions * upstreamStep
        let temporary = sums + positions * sumStep
        let floats = UnsafeRawPointer(products).assumingMemoryBound(to: Float.self)
        sums.update(repeating: .zero, count: positions * sumStep)
        for first in stride(from: 0, to: geometry.tiles, by: tilesAtOnce) {
            let tiles = first..<min(geometry.tiles, first + tilesAtOnce)
            turn(tiles, channels, from: source, into: inputs, temporary: temporary)
            transform(tiles, outputs, from: upstream, into: products, temporary: temporary)
            for position in 0..<positions {
                for row in tiling.rows {
                    for column in tiling.columns {
                        ChannelWeightGradientTile(
                            source: inputs + (position &* inputStep &+ column.start), rowStep: 0, columnStep: lanes &* Lane.width,
                            imageStep: lanes, upstream: floats + (position &* upstreamStep &+ row.start &* tilesAtOnce) &* Lane.width,
                            pixelStep: Lane.width, planeStep: tilesAtOnce &* Lane.width, rows: 1, columns: tiles.count, images: images,
                            sums: sums + (position &* sumStep &+ tiling.firstSum(row, column, columns: lanes))
                        ).run(outputs: row.count, lanes: column.count)
                    }
                }
            }
        }
        write(sums, tiling, lanes, channels, outputs, into: gradient, temporary: temporary)
    }

    /// Transformed inputs, turned: for each position, tile and image the channels in whole lanes.
    @inline(never)
    private func turn(
        _ tiles: Range<Int>, _ channels: Range<Int>, from source: LanePointer, into inputs: MutableLanePointer, temporary: MutableLanePointer
    ) {
        let plane = geometry.inputRows &* geometry.inputColumns, lanes = (channels.count &+ Lane.width &- 1) / Lane.width
        let work = temporary + tilesTurnedAtOnce &* Lane.width &* 36
        for lane in 0..<lanes {
            let first = channels.lowerBound &+ lane &* Lane.width, held = min(Lane.width, channels.upperBound &- first)
            for start in stride(from: 0, to: tiles.count, by: tilesTurnedAtOnce) {
                let some = start..<min(tiles.count, start &+ tilesTurnedAtOnce)
                for c in 0..<Lane.width {
                    for tile in some {
                        let target = temporary + ((tile &- start) &* Lane.width &+ c) &* 36
                        guard c < held else {
                            target.update(repeating: .zero, count: 36)
                            continue
                        }
                        let (row, column) = (tiles.lowerBound &+ tile).quotientAndRemainder(dividingBy: geometry.tileColumns)
                        geometry.transformInput(
                            source + (first &+ c) &* plane, row: row, column: column, into: target, step: 1, temporary: work)
                    }
                }
                for tile in some {
                    let positions = temporary + (tile &- start) &* Lane.width &* 36
                    let target = inputs + (tile &* Lane.width &* lanes &+ lane)
                    for position in 0..<36 {
                        lane_transpose(
                            UnsafeRawPointer(positions + position).assumingMemoryBound(to: Float.self), 36 &* Lane.width,
                            UnsafeMutableRawPointer(target + position &* inputStep).assumingMemoryBound(to: Float.self),
                            lanes &* Lane.width)
                    }
                }
            }
        }
    }

    @inline(never)
    private func transform(
        _ tiles: Range<Int>, _ outputs: Range<Int>, from upstream: LanePointer, into products: MutableLanePointer,
        temporary: MutableLanePointer
    ) {
        let (rows, columns) = (geometry.outputRows, geometry.outputColumns), edge = temporary + 36
        for output in outputs {
            let picture = upstream + output &* rows &* columns
            var target = products + (output &- outputs.lowerBound) &* tilesAtOnce
            for tile in tiles {
                var (top, left) = tile.quotientAndRemainder(dividingBy: geometry.tileColumns)
                (top, left) = (top &* 4, left &* 4)
                if top &+ 4 <= rows, left &+ 4 <= columns {
                    WinogradTransform.upstream(
                        picture + (top &* columns &+ left), rowStep: columns, into: target, step: upstreamStep, temporary: temporary)
                } else {
                    for y in 0..<4 {
                        for x in 0..<4 {
                            edge[4 &* y &+ x] = top &+ y < rows && left &+ x < columns ? picture[(top &+ y) &* columns &+ left &+ x] : .zero
                        }
                    }
                    WinogradTransform.upstream(edge, rowStep: 4, into: target, step: upstreamStep, temporary: temporary)
                }
                target += 1
            }
        }
    }

    @inline(never)
    private func write(
        _ sums: MutableLanePointer, _ tiling: Tiling, _ lanes: Int, _ channels: Range<Int>, _ outputs: Range<Int>,
        into gradient: UnsafeMutablePointer<Float>, temporary: MutableLanePointer
    ) {
        let values = UnsafeRawPointer(temporary).assumingMemoryBound(to: Float.self)
        tiling.forEachSum(columns: lanes) { sum, output, lane in
            WinogradTransform.taps(sums + sum, step: sumStep, into: temporary, temporary: temporary + 9)
            let first = channels.lowerBound &+ lane &* Lane.width
            let place = gradient + ((outputs.lowerBound &+ output) &* geometry.channels &+ first) &* 9
            for c in 0..<min(Lane.width, channels.upperBound &- first) {
                for tap in 0..<9 { place[9 &* c &+ tap] = values[tap &* Lane.width &+ c] }
            }
        }
    }
}
