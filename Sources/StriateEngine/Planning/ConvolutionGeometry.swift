import StriateGraph
import StriateLanes

/// A convolution's numbers, and the walks that compute it and its gradients for one of its groups of channels.
struct ConvolutionGeometry {
    let window: Window
    let groups: Int
    /// Channels of the input and of the output in one group of channels.
    let channels: Int
    let outputs: Int
    let input: Extent
    let output: Extent

    init(_ window: Window, groups: Int, input: Shape, output: Shape) {
        self.window = window
        self.groups = groups
        channels = input[0] / groups
        outputs = output[0] / groups
        self.input = Extent(input[1], input[2])
        self.output = Extent(output[1], output[2])
    }

    var taps: Int { window.kernel.count }

    /// One output pixel whose kernel covers the whole picture: a linear layer in other words, with the weights in the same order.
    var isLinear: Bool { output.count == 1 && window.kernel == input && window.padding.isEmpty && window.dilation == 1 && groups == 1 }

    /// Zeros around the input.
    var inputMargins: Padding { window.padding }

    private var paddedInput: Extent {
        Extent(input.rows + window.padding.top + window.padding.bottom, input.columns + window.padding.left + window.padding.right)
    }

    /// Lanes from one channel of the input, padded where it has to be, to the next.
    private var inputPlane: Int {
        inputMargins.isEmpty ? input.count : PadStep.planeStep(rows: paddedInput.rows, columns: paddedInput.columns)
    }

    /// The forward convolution, reading the padded input.
    func forward() -> Walk {
        let padded = paddedInput
        return Walk(
            layout: .packed,
            channels: .init(count: channels, sourceStep: inputPlane, weightStep: taps),
            tapRows: .init(count: window.kernel.rows, sourceStep: window.dilation.rows * padded.columns, weightStep: window.kernel.columns),
            tapColumns: .init(count: window.kernel.columns, sourceStep: window.dilation.columns, weightStep: 1),
            outputs: outputs, rows: output.rows, columns: output.columns,
            sourceRowStep: window.stride.rows * padded.columns, sourceColumnStep: window.stride.columns,
            outputPlane: output.count, outputRowStep: output.columns, outputColumnStep: 1,
            rowTaps: ConvolutionGeometry.inside(
                output.rows, step: window.stride.rows, taps: window.kernel.rows, tapStep: window.dilation.rows,
                start: -window.padding.top, extent: input.rows),
            columnTaps: ConvolutionGeometry.inside(
                output.columns, step: window.stride.columns, taps: window.kernel.columns, tapStep: window.dilation.columns,
                start: -window.padding.left, extent: input.columns)
        ).merged()
    }

    /// The order in which ``forward()`` reads the weights of an output channel: as they are.
    var forwardTaps: [Int] { Array(0..<channels * taps) }

    /// For each position the taps that fall inside an axis: position p, tap t lies at `start + p·step + t·tapStep`.
    static func inside(_ positions: Int, step: Int, taps: Int, tapStep: Int, start: Int, extent: Int) -> [Range<Int>] {
        (0..<positions).map { position in
            let hits = (0..<taps).filter { (0..<extent).contains(start + position * step + $0 * tapStep) }
            guard let first = hits.first, let last = hits.last else { return 0..<0 }
            return first..<last + 1
        }
    }

    /// The weight gradient of one group, reading the padded input.
    func weightGradient() -> WeightGradient {
        let padded = paddedInput
        var offsets = [Int](), rowsInside = [Range<Int>]()
        for channel in 0..<channels {
            for row in 0..<window.kernel.rows {
                // The output rows for which this tap lies on the picture.
                let start = row * window.dilation.rows - window.padding.top
                let hits = (0..<output.rows).filter { (0..<input.rows).contains(start + $0 * window.stride.rows) }
                let inside = hits.isEmpty ? 0..<0 : hits[0]..<hits[hits.count - 1] + 1
                for column in 0..<window.kernel.columns {
                    offsets.append(channel * inputPlane + row * window.dilation.rows * padded.columns + column * window.dilation.columns)
                    rowsInside.append(inside)
                }
            }
        }
        return WeightGradient(
            offsets: offsets, rowsInside: rowsInside, outputs: outputs, rows: output.rows, columns: output.columns,
            sourceRowStep: window.stride.rows * padded.columns, sourceColumnStep: window.stride.columns, upstreamPlane: output.count)
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
        let inside: [Range<Int>]

        init(phase: Int, extent: Int, upstream: Int, kernel: Int, stride: Int, padding: Int, dilation: Int) {
            self.phase = phase
            positions = (extent - phase + stride - 1) / stride
            let taps = (0..<kernel).filter { (phase + padding - $0 * dilation) % stride == 0 }
            tap = taps.first ?? 0
            tapStep = taps.count > 1 ? taps[1] - taps[0] : 1
            count = taps.count
            first = count > 0 ? (phase + padding - tap * dilation) / stride : 0
            step = tapStep * dilation / stride
            inside = ConvolutionGeometry.inside(positions, step: 1, taps: count, tapStep: -step, start: first, extent: upstream)
        }

        /// How far the taps of any position reach outside upstream, before and behind.
        func overhang(_ upstream: Int) -> (before: Int, behind: Int) {
            guard count > 0, positions > 0 else { return (0, 0) }
            return (max(0, (count - 1) * step - first), max(0, positions - 1 + first - (upstream - 1)))
        }
    }

    let geometry: ConvolutionGeometry
    let rowPhases: [AxisPhase]
    let columnPhases: [AxisPhase]
    /// Zeros around upstream, so that tiles may reach over its edge.
    let margins: Padding

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
        // Rows outside upstream are skipped; columns are read, since a tile's pixels share their taps.
        let columns = columnPhases.map { $0.overhang(geometry.output.columns) }
        margins = Padding(left: columns.map(\.before).max() ?? 0, right: columns.map(\.behind).max() ?? 0)
    }

    private var paddedColumns: Int { margins.left + geometry.output.columns + margins.right }

    /// Lanes from one channel of upstream, padded where it has to be, to the next.
    private var upstreamPlane: Int {
        margins.isEmpty ? geometry.output.count : PadStep.planeStep(rows: geometry.output.rows, columns: paddedColumns)
    }

    /// The walk of one phase, with the order of its weights and where it starts to read and to write.
    func walk(_ row: AxisPhase, _ column: AxisPhase) -> (walk: Walk, taps: [Int], sourceOffset: Int, resultOffset: Int) {
        let width = paddedColumns, kernel = geometry.window.kernel
        let walk = Walk(
            layout: .packed,
            channels: .init(count: geometry.outputs, sourceStep: upstreamPlane, weightStep: row.count * column.count),
            tapRows: .init(count: row.count, sourceStep: -row.step * width, weightStep: column.count),
            tapColumns: .init(count: column.count, sourceStep: -column.step, weightStep: 1),
            outputs: geometry.channels, rows: row.positions, columns: column.positions,
            sourceRowStep: width, sourceColumnStep: 1,
            outputPlane: geometry.input.count, outputRowStep: geometry.window.stride.rows * geometry.input.columns,
            outputColumnStep: geometry.window.stride.columns,
            rowTaps: row.inside, columnTaps: column.inside)
        var taps = [Int]()
        for output in 0..<geometry.outputs {
            for i in 0..<row.count {
                for j in 0..<column.count {
                    let tap = (row.tap + i * row.tapStep) * kernel.columns + column.tap + j * column.tapStep
                    taps.append(output * geometry.channels * geometry.taps + tap)
                }
            }
        }
        return (
            walk.merged(), taps, sourceOffset: row.first * width + margins.left + column.first,
            resultOffset: row.phase * geometry.input.columns + column.phase
        )
    }
}
