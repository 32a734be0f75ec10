import StriateGraph
import StriateLanes

/// A convolution's numbers, for one of its groups of channels.
struct ConvolutionGeometry {
    let window: Window
    let groups: Int
    /// Channels of the input and of the output in one group of channels.
    let channels: Int
    let outputs: Int
    let input: Extent
    let output: Extent
    /// Operands are rounded to bfloat16, as the graph allows and the processor can.
    let isPaired: Bool

    init(_ window: Window, groups: Int, input: Shape, output: Shape, precision: Precision) {
        self.window = window
        isPaired = precision == .bfloat16 && LaneEngine.hasBFloat16
        self.groups = groups
        channels = input[0] / groups
        outputs = output[0] / groups
        self.input = Extent(input[1], input[2])
        self.output = Extent(output[1], output[2])
    }

    var taps: Int { window.kernel.count }

    /// One output pixel whose kernel covers the whole picture: a linear layer in other words, with the weights in the same order.
    var isLinear: Bool { output.count == 1 && window.kernel == input && window.padding.isEmpty && window.dilation == 1 && groups == 1 }

    /// Each pixel by itself.
    var isPointwise: Bool { taps == 1 && window.stride == 1 && window.padding.isEmpty }

    /// Where a result's positions read the picture.
    private var sourceRows: SourceBlock.Axis {
        ConvolutionGeometry.source(
            input.rows, padding: window.padding.top, kernel: window.kernel.rows, stride: window.stride.rows, dilation: window.dilation.rows)
    }

    private var sourceColumns: SourceBlock.Axis {
        ConvolutionGeometry.source(
            input.columns, padding: window.padding.left, kernel: window.kernel.columns, stride: window.stride.columns,
            dilation: window.dilation.columns)
    }

    private static func source(_ extent: Int, padding: Int, kernel: Int, stride: Int, dilation: Int) -> SourceBlock.Axis {
        // With one tap only every stride-th position is read at all.
        kernel == 1
            ? .init(extent: extent, start: -padding, step: stride, outputStep: 1, reach: 1)
            : .init(extent: extent, start: -padding, step: 1, outputStep: stride, reach: (kernel - 1) * dilation + 1)
    }

    private var tapRows: BlockedWalk.Taps {
        .init(count: window.kernel.rows, step: window.dilation.rows, inside: ConvolutionGeometry.inside(
            output.rows, step: window.stride.rows, taps: window.kernel.rows, tapStep: window.dilation.rows,
            start: -window.padding.top, extent: input.rows))
    }

    private var tapColumns: BlockedWalk.Taps {
        .init(count: window.kernel.columns, step: window.dilation.columns, inside: ConvolutionGeometry.inside(
            output.columns, step: window.stride.columns, taps: window.kernel.columns, tapStep: window.dilation.columns,
            start: -window.padding.left, extent: input.columns))
    }

    /// The forward convolution.
    ///
    /// - Parameter pools: Pairs of rows of the result are wanted as the picture has them.
    func forward(pools: Bool = false) -> BlockedWalk {
        if isPointwise, !pools { return pointwise() }
        return BlockedWalk(
            channels: channels, isPaired: isPaired, rows: sourceRows, columns: sourceColumns, tapRows: tapRows, tapColumns: tapColumns,
            outputs: outputs, outputRows: output.rows, outputColumns: output.columns,
            outputPlane: output.count, outputRowStep: output.columns, outputColumnStep: 1, rowsInPair: pools ? 2 : 1)
    }

    /// The forward convolution by Winograd's products, where that is expected to take less time than the direct sum.
    var winograd: Winograd? {
        forwardTiles.map(Winograd.init).flatMap { isFaster($0.cycles, than: $0.directCycles) ? $0 : nil }
    }

    /// The input gradient likewise: a convolution of upstream with the kernel turned round.
    var inputGradientWinograd: Winograd? {
        guard hasWinograd else { return nil }
        let winograd = Winograd(.init(
            channels: outputs, outputs: channels, inputRows: output.rows, inputColumns: output.columns, outputRows: input.rows,
            outputColumns: input.columns, top: 2 - window.padding.top, left: 2 - window.padding.left))
        return isFaster(winograd.cycles, than: winograd.directCycles) ? winograd : nil
    }

    var weightGradientWinograd: WinogradWeightGradient? {
        forwardTiles.map(WinogradWeightGradient.init).flatMap { isFaster($0.cycles, than: $0.directCycles) ? $0 : nil }
    }

    /// Pairs halve the direct sum's products.
    private func isFaster(_ winograd: Double, than direct: Double) -> Bool { winograd < (isPaired ? 0.55 * direct : direct) }

    private var hasWinograd: Bool { window.kernel == 3 && window.stride == 1 && window.dilation == 1 && groups == 1 }

    private var forwardTiles: Winograd.Geometry? {
        guard hasWinograd else { return nil }
        return .init(
            channels: channels, outputs: outputs, inputRows: input.rows, inputColumns: input.columns, outputRows: output.rows,
            outputColumns: output.columns, top: window.padding.top, left: window.padding.left)
    }

    /// The weight gradient, with images in the lanes or with channels.
    var weightGradient: WeightGradient {
        WeightGradient(
            channels: channels, rows: sourceRows, columns: sourceColumns, tapRows: tapRows, tapColumns: tapColumns, outputs: outputs,
            outputRows: output.rows, outputColumns: output.columns)
    }

    var channelWeightGradient: ChannelWeightGradient {
        ChannelWeightGradient(
            channels: channels, isPaired: isPaired, rows: sourceRows, columns: sourceColumns, tapRows: tapRows, tapColumns: tapColumns,
            outputs: outputs, outputRows: output.rows, outputColumns: output.columns)
    }

    /// Whether channels fill lanes well enough that sums over a lane are better avoided.
    var hasChannelsForLanes: Bool {
        let filled = (channels + Lane.width - 1) / Lane.width * Lane.width
        return channels >= Lane.width && filled * 4 <= channels * 5
    }

    /// A walk in which each pixel of the result reads the same pixel of the picture: any cut into rows will do.
    func pointwise() -> BlockedWalk {
        let planes = isPaired ? (channels + 1) / 2 : channels
        let columns = BlockedWalk.columns(forRows: output.rows, columns: output.columns, channels: planes, outputs: outputs)
        let rows = output.count / columns
        return BlockedWalk(
            channels: channels, isPaired: isPaired,
            rows: .init(extent: rows, start: 0, step: 1, outputStep: 1, reach: 1),
            columns: .init(extent: columns, start: 0, step: 1, outputStep: 1, reach: 1),
            tapRows: .init(count: 1, step: 1), tapColumns: .init(count: 1, step: 1),
            outputs: outputs, outputRows: rows, outputColumns: columns,
            outputPlane: output.count, outputRowStep: columns, outputColumnStep: 1)
    }

    /// The order in which ``forward(pools:)`` reads the weights of an output channel: as they are.
    var forwardTaps: [Int] { Array(0..<channels * taps) }

    /// For each position the taps that fall inside an axis: position p, tap t lies at `start + p·step + t·tapStep`.
    static func inside(_ positions: Int, step: Int, taps: Int, tapStep: Int, start: Int, extent: Int) -> [Range<Int>] {
        (0..<positions).map { position in
            let hits = (0..<taps).filter { (0..<extent).contains(start + position * step + $0 * tapStep) }
            guard let first = hits.first, let last = hits.last else { return 0..<0 }
            return first..<last + 1
        }
    }
}

/// The input gradient of a convolution: for each of the `stride` phases of rows and of columns, a convolution of the upstream
/// gradient with every stride-th tap of the kernel, turned round.
struct InputGradientGeometry {
    /// One axis of one phase: input positions `phase, phase + stride, …` read upstream position `t + first − m·step` for tap m.
    struct AxisPhase {
        let phase: Int
        /// How many input positions the phase has.
        let positions: Int
        /// The kernel's tap for m = 0, and how far apart the taps are.
        let tap: Int
        let tapStep: Int
        let count: Int
        /// The upstream position of tap 0 for the phase's first input position, and the distance to the next tap's.
        let first: Int
        let step: Int
        let upstream: Int

        init(phase: Int, extent: Int, upstream: Int, kernel: Int, stride: Int, padding: Int, dilation: Int) {
            self.phase = phase
            self.upstream = upstream
            positions = (extent - phase + stride - 1) / stride
            let taps = (0..<kernel).filter { (phase + padding - $0 * dilation) % stride == 0 }
            tap = taps.first ?? 0
            tapStep = taps.count > 1 ? taps[1] - taps[0] : 1
            count = taps.count
            first = count > 0 ? (phase + padding - tap * dilation) / stride : 0
            step = tapStep * dilation / stride
        }

        /// Taps in the order in which they lie in upstream, the last tap first.
        var taps: BlockedWalk.Taps {
            .init(count: count, step: step, inside: ConvolutionGeometry.inside(
                positions, step: 1, taps: count, tapStep: step, start: first - (count - 1) * step, extent: upstream))
        }

        var source: SourceBlock.Axis {
            .init(
                extent: upstream, start: first - max(0, count - 1) * step, step: 1, outputStep: 1, reach: max(0, count - 1) * step + 1)
        }
    }

    let geometry: ConvolutionGeometry
    let rowPhases: [AxisPhase]
    let columnPhases: [AxisPhase]

    init(_ geometry: ConvolutionGeometry) {
        self.geometry = geometry
        let window = geometry.window
        rowPhases = (0..<min(window.stride.rows, geometry.input.rows)).map {
            AxisPhase(
                phase: $0, extent: geometry.input.rows, upstream: geometry.output.rows, kernel: window.kernel.rows,
                stride: window.stride.rows, padding: window.padding.top, dilation: window.dilation.rows)
        }
        columnPhases = (0..<min(window.stride.columns, geometry.input.columns)).map {
            AxisPhase(
                phase: $0, extent: geometry.input.columns, upstream: geometry.output.columns, kernel: window.kernel.columns,
                stride: window.stride.columns, padding: window.padding.left, dilation: window.dilation.columns)
        }
    }

    /// The walk of one phase, with the order of its weights and where it starts to write.
    func walk(_ row: AxisPhase, _ column: AxisPhase) -> (walk: BlockedWalk, taps: [Int], resultOffset: Int) {
        let kernel = geometry.window.kernel
        var taps = [Int]()
        for output in 0..<geometry.outputs {
            for i in (0..<row.count).reversed() {
                for j in (0..<column.count).reversed() {
                    let tap = (row.tap + i * row.tapStep) * kernel.columns + column.tap + j * column.tapStep
                    taps.append(output * geometry.channels * geometry.taps + tap)
                }
            }
        }
        if geometry.isPointwise {
            let turned = ConvolutionGeometry(
                geometry.window, groups: 1, input: [geometry.outputs, geometry.output.rows, geometry.output.columns],
                output: [geometry.channels, geometry.input.rows, geometry.input.columns],
                precision: geometry.isPaired ? .bfloat16 : .float32)
            return (turned.pointwise(), taps, 0)
        }
        let walk = BlockedWalk(
            channels: geometry.outputs, isPaired: geometry.isPaired, rows: row.source, columns: column.source, tapRows: row.taps, tapColumns: column.taps,
            outputs: geometry.channels, outputRows: row.positions, outputColumns: column.positions,
            outputPlane: geometry.input.count, outputRowStep: geometry.window.stride.rows * geometry.input.columns,
            outputColumnStep: geometry.window.stride.columns)
        return (walk, taps, resultOffset: row.phase * geometry.input.columns + column.phase)
    }
}
