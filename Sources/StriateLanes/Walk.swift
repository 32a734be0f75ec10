import CLane

/// A walk of kernel taps over source lanes that gives output lanes: a convolution, its input gradient, or a matrix product,
/// depending on the steps. Steps of the source count lanes.
///
/// For output channel o and pixel (y, x) the sum runs over channels c, tap rows i and tap columns j:
///
///     out[o][y][x] = bias[o] + Σ source[c][y·stride + i][x·stride + j] · weight[o][c][i][j]
public struct Walk: Sendable {
    /// The extent of one axis and how far apart its neighbours are, in the source and in the weights.
    public struct Axis: Sendable {
        public var count: Int
        public var sourceStep: Int
        public var weightStep: Int

        public init(count: Int, sourceStep: Int, weightStep: Int) {
            self.count = count
            self.sourceStep = sourceStep
            self.weightStep = weightStep
        }
    }

    /// How a tile finds its weights. Either way the weights of a tile's outputs are neighbours.
    public enum WeightLayout: Sendable {
        /// Rearranged by ``PackedWeights``; steps of the weights count taps.
        case packed
        /// As the tensor is, where its last axis runs over outputs; steps of the weights count floats.
        case natural
    }

    public let layout: WeightLayout
    /// Source and weights hold pairs of bfloat16 numbers: two channels in the place of one.
    public let isPaired: Bool
    public let channels: Axis
    public let tapRows: Axis
    public let tapColumns: Axis
    public let outputs: Int

    public let rows: Int
    public let columns: Int
    /// Lanes between the sources of neighbouring output pixels.
    public let sourceRowStep: Int
    public let sourceColumnStep: Int
    /// Lanes between output channels, rows and columns.
    public let outputPlane: Int
    public let outputRowStep: Int
    public let outputColumnStep: Int

    /// For each output row, and for each output column, the taps that do not fall wholly on padding.
    public let rowTaps: [Range<Int>]
    public let columnTaps: [Range<Int>]

    let tiling: Tiling
    /// Neighbouring tiles of one width that have the same taps.
    private struct Run {
        let start: Int
        let width: Int
        /// The taps that any of a tile's pixels has.
        let taps: Range<Int>
        var tiles = 1
    }

    private let runs: [Run]

    public init(
        layout: WeightLayout, isPaired: Bool = false, channels: Axis, tapRows: Axis, tapColumns: Axis, outputs: Int, rows: Int, columns: Int,
        sourceRowStep: Int, sourceColumnStep: Int, outputPlane: Int, outputRowStep: Int, outputColumnStep: Int,
        rowTaps: [Range<Int>]? = nil, columnTaps: [Range<Int>]? = nil
    ) {
        self.layout = layout
        self.isPaired = isPaired
        self.channels = channels
        self.tapRows = tapRows
        self.tapColumns = tapColumns
        self.outputs = outputs
        self.rows = rows
        self.columns = columns
        self.sourceRowStep = sourceRowStep
        self.sourceColumnStep = sourceColumnStep
        self.outputPlane = outputPlane
        self.outputRowStep = outputRowStep
        self.outputColumnStep = outputColumnStep
        let columnTaps = columnTaps ?? Array(repeating: 0..<tapColumns.count, count: columns)
        self.rowTaps = rowTaps ?? Array(repeating: 0..<tapRows.count, count: rows)
        self.columnTaps = columnTaps
        tiling = Tiling(rows: outputs, columnTaps: columnTaps)
        runs = tiling.columns.reduce(into: []) { runs, column in
            let taps = Tiling.union(columnTaps[column.start..<column.end])
            if let last = runs.last, last.width == column.count, last.taps == taps {
                runs[runs.count - 1].tiles += 1
            } else {
                runs.append(Run(start: column.start, width: column.count, taps: taps))
            }
        }
    }

    /// Blocks of output channels: what can be computed apart.
    public var blocks: Int { tiling.rows.count }

    /// The output channels of a block.
    public func outputs(ofBlock block: Int) -> Range<Int> { tiling.rows[block].start..<tiling.rows[block].end }

    /// Computes some rows of one block of output channels, and lets `finish` see some rows of a channel while they are in the nearest cache.
    ///
    /// - Parameters:
    ///   - rows: Output rows.
    ///   - source: Where tap (0, 0) of output pixel (0, 0) in channel 0 lies, or would lie.
    ///   - bias: One float for each output channel; nil starts the sums from 0.
    @inline(__always)
    public func run(
        block: Int, rows: Range<Int>, source: LanePointer, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        output: MutableLanePointer, finish: (_ rows: MutableLanePointer, _ count: Int) -> Void
    ) {
        let span = tiling.rows[block]
        let weights = weights + span.start &* (layout == .packed ? channels.count &* tapRows.count &* tapColumns.count : 1)
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
            let end = min(rows.upperBound, first &+ rowsAtOnce)
            let target = output + (span.start &* outputPlane &+ first &* outputRowStep)
            for row in first..<end {
                computeRow(
                    row, span: span, source: source + row &* sourceRowStep, weights: weights,
                    bias: bias.map { $0 + span.start }, output: target + (row &- first) &* outputRowStep)
            }
            if outputPlane == columns {
                finish(target, span.count &* columns)
            } else {
                for o in 0..<span.count { finish(target + o &* outputPlane, (end &- first) &* columns) }
            }
        }
    }

    /// Rows that are computed before they are finished: enough of them to be worth a call, few enough to stay in the nearest cache.
    public var rowsAtOnce: Int { outputRowStep == columns ? max(1, 64 / columns) : 1 }

    @inline(never)
    func computeRow(
        _ row: Int, span: Tiling.Span, source: LanePointer, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        output: MutableLanePointer
    ) {
        let taps = rowTaps[row]
        let scale = layout == .packed ? span.count : 1
        for run in runs {
            let columns = run.taps
            let tile = WalkTile(
                isPaired: isPaired, source: source + (run.start &* sourceColumnStep &+ taps.lowerBound &* tapRows.sourceStep &+ columns.lowerBound &* tapColumns.sourceStep),
                weights: weights + (taps.lowerBound &* tapRows.weightStep &+ columns.lowerBound &* tapColumns.weightStep) &* scale,
                bias: bias, output: output + run.start &* outputColumnStep, tiles: run.tiles,
                channels: channels.count, channelSourceStep: channels.sourceStep, channelWeightStep: channels.weightStep &* scale,
                tapRows: taps.count, rowSourceStep: tapRows.sourceStep, rowWeightStep: tapRows.weightStep &* scale,
                tapColumns: columns.count, columnSourceStep: tapColumns.sourceStep, columnWeightStep: tapColumns.weightStep &* scale,
                pixelStep: sourceColumnStep,
                outputPlane: outputPlane, outputColumnStep: outputColumnStep)
            tile.run(outputs: span.count, pixels: run.width)
        }
    }
}

extension Walk {
    /// Multiply-adds of lanes, those on padding included.
    public var multiplyAdds: Int { outputs * rows * columns * channels.count * tapRows.count * tapColumns.count }

    /// The same sums with as few axes as possible: where two axes follow each other without a gap in the source and in the
    /// weights, they are one. A 1×1 convolution and a linear layer then have one long inner loop.
    public func merged() -> Walk {
        let isWhole = rowTaps.allSatisfy { $0 == 0..<tapRows.count } && columnTaps.allSatisfy { $0 == 0..<tapColumns.count }
        guard isWhole else { return self }
        func merge(_ outer: Axis, _ inner: Axis) -> Axis? {
            if outer.count == 1 { return inner }
            if inner.count == 1 { return outer }
            let fits = outer.sourceStep == inner.count * inner.sourceStep && outer.weightStep == inner.count * inner.weightStep
            return fits ? Axis(count: outer.count * inner.count, sourceStep: inner.sourceStep, weightStep: inner.weightStep) : nil
        }
        let one = Axis(count: 1, sourceStep: 0, weightStep: 0)
        guard let taps = merge(tapRows, tapColumns) else { return self }
        let all = merge(channels, taps)
        return Walk(
            layout: layout, isPaired: isPaired, channels: all == nil ? channels : one, tapRows: one, tapColumns: all ?? taps, outputs: outputs,
            rows: rows, columns: columns, sourceRowStep: sourceRowStep, sourceColumnStep: sourceColumnStep,
            outputPlane: outputPlane, outputRowStep: outputRowStep, outputColumnStep: outputColumnStep)
    }
}
