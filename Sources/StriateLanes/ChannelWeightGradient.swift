import CLane

/// The weight gradient of a convolution for one group of images, with channels in the lanes: a sum over pixels and images alike.
///
///     dW[o][c][i][j] = Σ over images n and pixels (y, x) of upstream[o][y][x][n] · source[c][y·stride + i][x·stride + j][n]
///
/// A sum over images is what lanes of images are bad at. So the source is turned, a block of it at a time, until neighbouring
/// channels fill a register; the upstream value of one image is one float of its lane. No sum is ever spread over a lane.
public struct ChannelWeightGradient: Sendable {
    /// Operands are rounded to bfloat16, and images multiplied in pairs.
    public let isPaired: Bool
    public let channels: Int
    public let outputs: Int
    public let rows: Int
    public let columns: Int
    public let tapRows: BlockedWalk.Taps
    public let tapColumns: BlockedWalk.Taps

    /// What some output rows read, of the channels of one part; its lanes are counted before they are turned.
    private let block: SourceBlock
    private let division: WeightGradientParts

    public init(
        channels: Int, isPaired: Bool = false, rows: SourceBlock.Axis, columns: SourceBlock.Axis, tapRows: BlockedWalk.Taps,
        tapColumns: BlockedWalk.Taps, outputs: Int, outputRows: Int, outputColumns: Int
    ) {
        self.isPaired = isPaired
        self.channels = channels
        self.outputs = outputs
        self.rows = outputRows
        self.columns = outputColumns
        self.tapRows = tapRows
        self.tapColumns = tapColumns
        let all = (channels + Lane.width - 1) / Lane.width, width = columns.count(outputs: outputColumns)
        // The lanes of channels that cost least, of those with which the block for a row stays in the second-level cache.
        let fitting = max(1, min(6, ChannelWeightGradient.cachedLanes / max(1, rows.reach * width * Lane.width)))
        func cyclesOfLane(_ lanes: Int) -> Double {
            let whole = all / lanes, left = all % lanes
            let cycles = Double(whole) * Tiling(rows: outputs, columns: lanes).cycles
            return cycles + (left > 0 ? Tiling(rows: outputs, columns: left).cycles : 0) + Double(whole) * 4
        }
        let lanesInPart = (1...min(fitting, all)).min { cyclesOfLane($0) < cyclesOfLane($1) } ?? 1
        let rowsInCache = (ChannelWeightGradient.cachedLanes / max(1, lanesInPart * Lane.width * width) - rows.reach) / max(1, rows.outputStep) + 1
        block = SourceBlock(
            channels: lanesInPart * Lane.width, rows: rows, columns: columns, outputRows: max(1, min(outputRows, rowsInCache)),
            outputColumns: outputColumns)
        let channelParts = (all + lanesInPart - 1) / lanesInPart
        let wanted = max(1, min(8, outputs * channels * outputRows * outputColumns * tapRows.count * tapColumns.count / 100_000))
        let outputParts = min((outputs + 15) / 16, (wanted + channelParts - 1) / channelParts)
        division = WeightGradientParts(
            channels: channels, outputs: outputs, lanesInPart: lanesInPart, outputsInPart: (outputs + outputParts - 1) / outputParts)
    }

    private static let cachedLanes = 448 * 1024 / (4 * Lane.width)

    private var taps: Int { tapRows.count * tapColumns.count }
    private var sumLanes: Int { taps * division.outputsInPart * division.lanesInPart }

    /// What can be computed apart.
    public var parts: Int { division.count }

    /// Images, or pairs of them, for which a pixel has room.
    private var pixelStep: Int { isPaired ? Lane.width / 2 : Lane.width }
    private var turnedLanes: Int { block.rows.count(outputs: block.outputRows) * block.width * division.lanesInPart * pixelStep }
    /// Upstream pixels of a block of rows, as pairs.
    private var pairedLanes: Int { isPaired ? (division.outputsInPart * block.outputRows * columns + 1) / 2 : 0 }
    /// Lanes of scratch that ``run(part:source:upstream:images:gradient:scratch:)`` needs.
    public var scratchLanes: Int { turnedLanes + sumLanes + pairedLanes }

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
        let firstChannel = division.channels(of: part).lowerBound, firstOutput = division.outputs(of: part).lowerBound
        let channels = division.channels(of: part).count, outputs = division.outputs(of: part).count
        let lanes = (channels + Lane.width - 1) / Lane.width
        let tiling = Tiling(rows: outputs, columns: lanes)
        let turned = scratch, sums = turned + turnedLanes
        let pairs = UnsafeMutableRawPointer(sums + sumLanes).assumingMemoryBound(to: Float.self)
        let source = source + firstChannel * block.rows.extent * block.columns.extent
        let upstream = upstream + firstOutput * rows * columns
        sums.update(repeating: .zero, count: taps * outputs * lanes)
        for firstRow in stride(from: 0, to: rows, by: block.outputRows) {
            let chunk = firstRow..<min(rows, firstRow + block.outputRows)
            block.turn(outputs: chunk, channels: channels, images: isPaired ? images : nil, from: source, into: turned)
            let pixels = chunk.count * columns
            var gradients = UnsafeRawPointer(upstream + firstRow * columns).assumingMemoryBound(to: Float.self)
            if isPaired {
                for output in 0..<outputs {
                    let from = upstream + (output * rows + firstRow) * columns, to = pairs + output * pixels * pixelStep
                    if images == Lane.width {
                        for i in 0..<pixels { lane_store_pairs(to + i &* pixelStep, from[i]) }
                    } else {
                        for i in 0..<pixels { lane_store_pairs(to + i &* pixelStep, from[i].keeping(first: images)) }
                    }
                }
                gradients = UnsafePointer(pairs)
            }
            let planeStep = isPaired ? pixels * pixelStep : rows * columns * pixelStep
            for i in 0..<tapRows.count {
                for j in 0..<tapColumns.count {
                    let tapSource = turned + (i * tapRows.step * block.width + j * tapColumns.step) * lanes * pixelStep
                    let tapSums = sums + (i * tapColumns.count + j) * outputs * lanes
                    for row in tiling.rows {
                        for column in tiling.columns {
                            ChannelWeightGradientTile(
                                isPaired: isPaired, source: tapSource + column.start,
                                rowStep: block.rows.outputStep * block.width * lanes * pixelStep,
                                columnStep: block.columns.outputStep * lanes * pixelStep, imageStep: lanes,
                                upstream: gradients + row.start * planeStep, pixelStep: pixelStep, planeStep: planeStep,
                                rows: chunk.count, columns: columns, images: isPaired ? (images + 1) / 2 : images,
                                sums: tapSums + tiling.firstSum(row, column, columns: lanes)
                            ).run(outputs: row.count, lanes: column.count)
                        }
                    }
                }
            }
        }
        let target = gradient + (firstOutput * self.channels + firstChannel) * taps
        for tap in 0..<taps {
            let tapSums = sums + tap * outputs * lanes
            tiling.forEachSum(columns: lanes) { sum, output, lane in
                let values = UnsafeRawPointer(tapSums + sum).assumingMemoryBound(to: Float.self)
                let first = lane * Lane.width, place = target + (output * self.channels + first) * taps + tap
                for c in 0..<min(Lane.width, channels - first) { place[c &* taps] = values[c] }
            }
        }
    }
}

extension SourceBlock {
    /// Like ``copy(outputs:from:into:)``, but turned: for each position and image its channels in whole lanes, the last filled up with zeros.
    ///
    /// - Parameter images: Not nil makes pairs of neighbouring images, of so many; the others are zeros.
    @inline(never)
    func turn(outputs: Range<Int>, channels: Int, images: Int?, from picture: LanePointer, into block: MutableLanePointer) {
        let count = rows.count(outputs: outputs.count)
        let rowsInside = rows.inside(count, from: outputs.lowerBound), columnsInside = columns.inside(width, from: 0)
        let picturePlane = rows.extent &* columns.extent, lanes = (channels + Lane.width - 1) / Lane.width
        let pixel = lanes &* (images == nil ? Lane.width : Lane.width / 2), floatsInPixel = lanes &* Lane.width
        for row in 0..<count {
            let target = block + row &* width &* pixel
            guard rowsInside.contains(row) else {
                target.update(repeating: .zero, count: width &* pixel)
                continue
            }
            target.update(repeating: .zero, count: columnsInside.lowerBound &* pixel)
            (target + columnsInside.upperBound &* pixel).update(repeating: .zero, count: (width &- columnsInside.upperBound) &* pixel)
            let pictureRow = rows.start &+ (outputs.lowerBound &* rows.outputStep &+ row) &* rows.step
            let source = picture + (pictureRow &* columns.extent &+ columns.start)
            for lane in 0..<lanes {
                let first = lane &* Lane.width, held = min(Lane.width, channels &- first)
                for column in columnsInside {
                    let from = source + (first &* picturePlane &+ column &* columns.step)
                    let to = UnsafeMutableRawPointer(target + (column &* pixel &+ lane)).assumingMemoryBound(to: Float.self)
                    if held == Lane.width, images == nil {
                        lane_transpose(
                            UnsafeRawPointer(from).assumingMemoryBound(to: Float.self), picturePlane &* Lane.width, to, floatsInPixel)
                    } else {
                        withSquare { square, floats in
                            if held == Lane.width {
                                lane_transpose(
                                    UnsafeRawPointer(from).assumingMemoryBound(to: Float.self), picturePlane &* Lane.width, floats, Lane.width)
                            } else {
                                for c in 0..<held { square[c] = from[c &* picturePlane] }
                                lane_transpose(floats, Lane.width, floats, Lane.width)
                            }
                            guard let images else {
                                for image in 0..<Lane.width { target[column &* pixel &+ image &* lanes &+ lane] = square[image] }
                                return
                            }
                            if images < Lane.width { for image in images..<Lane.width { square[image] = .zero } }
                            for pair in 0..<Lane.width / 2 {
                                target[column &* pixel &+ pair &* lanes &+ lane] = lane_pair(square[2 &* pair], square[2 &* pair &+ 1])
                            }
                        }
                    }
                }
            }
        }
    }
}
