import CLane
import StriateGraph
import StriateLanes

/// What pools and their gradients know of their geometry.
struct PoolGeometry: Sendable {
    let window: Window
    let input: Extent
    let output: Extent
    /// Channels, in the parts that a step does at once.
    let channels: Parts

    init(_ window: Window, input: Shape, output: Shape) {
        self.window = window
        self.input = Extent(input[1], input[2])
        self.output = Extent(output[1], output[2])
        channels = Parts(input[0], lanesEach: max(self.input.count, self.output.count))
    }

    /// Where a window lies along one axis.
    struct Span {
        /// The first tap's position; before 0 it is in the padding.
        let start: Int
        /// The taps that hit the picture.
        let taps: Range<Int>
        /// How many taps lie on the padded picture: a last window can reach beyond it.
        let padded: Int

        @inline(__always)
        init(start: Int, kernel: Int, dilation: Int, extent: Int, behind: Int) {
            self.start = start
            let last = start &+ (kernel &- 1) &* dilation
            if start >= 0 && last < extent {
                (taps, padded) = (0..<kernel, kernel)
                return
            }
            let first = start < 0 ? (-start &+ dilation &- 1) / dilation : 0
            let end = start >= extent ? 0 : min(kernel, (extent &- 1 &- start) / dilation &+ 1)
            taps = first..<max(first, end)
            padded = last < extent &+ behind ? kernel : (extent &+ behind &- 1 &- start) / dilation &+ 1
        }
    }

    @inline(__always)
    func rows(_ y: Int) -> Span {
        Span(
            start: y &* window.stride.rows &- window.padding.top, kernel: window.kernel.rows, dilation: window.dilation.rows,
            extent: input.rows, behind: window.padding.bottom)
    }

    @inline(__always)
    func columns(_ x: Int) -> Span {
        Span(
            start: x &* window.stride.columns &- window.padding.left, kernel: window.kernel.columns, dilation: window.dilation.columns,
            extent: input.columns, behind: window.padding.right)
    }

    /// The input pixels under a window.
    struct Taps {
        /// The first one's index.
        let first: Int
        let rows: Int, columns: Int
        let rowStep: Int, columnStep: Int

        /// Calls `body` with the index of each pixel, row by row.
        @inline(__always)
        func forEach(_ body: (_ position: Int) -> Void) {
            // With constants for the usual window the loops unroll.
            if rows == 3, columns == 3, columnStep == 1 {
                for i in 0..<3 { for j in 0..<3 { body(first &+ i &* rowStep &+ j) } }
            } else {
                for i in 0..<rows { for j in 0..<columns { body(first &+ i &* rowStep &+ j &* columnStep) } }
            }
        }
    }

    /// Calls `body` for each output pixel of a channel with its index, its window's spans, and the input pixels under it.
    @inline(__always)
    func forEachWindow(_ body: (_ output: Int, _ rows: Span, _ columns: Span, _ taps: Taps) -> Void) {
        let rowStep = window.dilation.rows &* input.columns, columnStep = window.dilation.columns
        for y in 0..<output.rows {
            let rows = rows(y)
            let row = rows.start &* input.columns &+ rows.taps.lowerBound &* rowStep
            for x in 0..<output.columns {
                let columns = columns(x)
                let taps = Taps(
                    first: row &+ columns.start &+ columns.taps.lowerBound &* columnStep, rows: rows.taps.count,
                    columns: columns.taps.count, rowStep: rowStep, columnStep: columnStep)
                body(y &* output.columns &+ x, rows, columns, taps)
            }
        }
    }

    /// What a mean divides by.
    @inline(__always)
    static func count(_ rows: Span, _ columns: Span, countsPadding: Bool) -> Float {
        Float(countsPadding ? rows.padded &* columns.padded : rows.taps.count &* columns.taps.count)
    }

    /// 2×2 windows, each wholly on the picture: nearly every network's pools.
    var isPlainPair: Bool {
        let plain = Window(kernel: window.kernel, stride: window.stride, dilation: window.dilation)
        return plain == Window(kernel: 2, stride: 2) && window.padding.isEmpty && output.rows * 2 <= input.rows && output.columns * 2 <= input.columns
    }
}

/// Pools two rows by pairs of columns: the 2×2 windows that nearly every network's pools are.
@inline(__always)
func poolPairs(_ kind: Pool.Kind, _ upper: LanePointer, _ lower: LanePointer, into result: MutableLanePointer, count: Int) {
    switch kind {
    case .max:
        for i in 0..<count {
            result[i] = larger(larger(upper[2 &* i], upper[2 &* i &+ 1]), larger(lower[2 &* i], lower[2 &* i &+ 1]))
        }
    case .average:
        for i in 0..<count {
            result[i] = ((upper[2 &* i] + upper[2 &* i &+ 1]) + (lower[2 &* i] + lower[2 &* i &+ 1])) * 0.25
        }
    }
}

struct PoolStep: GroupStep {
    let pool: Pool
    let geometry: PoolGeometry
    let x: Slot, result: Slot

    var parts: Int { geometry.channels.count }

    func run(_ frame: GroupFrame, part: Int) { for channel in geometry.channels[part] { run(frame, channel: channel) } }

    @inline(__always)
    private func run(_ frame: GroupFrame, channel: Int) {
        let x = frame.lanes(x) + channel &* geometry.input.count, result = frame.lanes(result) + channel &* geometry.output.count
        if geometry.isPlainPair {
            let row = geometry.input.columns
            for y in 0..<geometry.output.rows {
                let upper = x + 2 &* y &* row, target = result + y &* geometry.output.columns
                poolPairs(pool.kind, upper, upper + row, into: target, count: geometry.output.columns)
            }
            return
        }
        switch pool.kind {
        case .max:
            geometry.forEachWindow { output, _, _, taps in
                var best = Lane(repeating: -.infinity)
                taps.forEach { best = larger(best, x[$0]) }
                result[output] = best
            }
        case .average:
            geometry.forEachWindow { output, rows, columns, taps in
                var sum = Lane.zero
                taps.forEach { sum += x[$0] }
                result[output] = sum / PoolGeometry.count(rows, columns, countsPadding: pool.countsPadding)
            }
        }
    }
}

struct MaxPoolGradientStep: GroupStep {
    let geometry: PoolGeometry
    let x: Slot, y: Slot, upstream: Slot, result: Slot

    var parts: Int { geometry.channels.count }

    func run(_ frame: GroupFrame, part: Int) { for channel in geometry.channels[part] { run(frame, channel: channel) } }

    @inline(__always)
    private func run(_ frame: GroupFrame, channel: Int) {
        let inputs = geometry.input.count, outputs = geometry.output.count
        let x = frame.lanes(x) + channel &* inputs, result = frame.lanes(result) + channel &* inputs
        let y = frame.lanes(y) + channel &* outputs, upstream = frame.lanes(upstream) + channel &* outputs
        result.update(repeating: .zero, count: inputs)
        geometry.forEachWindow { output, _, _, taps in
            let best = y[output]
            // The first of equals takes all: what it took is 0 for the next.
            var left = upstream[output]
            taps.forEach { position in
                let hit = lane_equal(x[position], best) | lane_is_nan(x[position])
                result[position] += lane_select(hit, left, .zero)
                left = lane_select(hit, .zero, left)
            }
        }
    }
}

struct AveragePoolGradientStep: GroupStep {
    let geometry: PoolGeometry
    let countsPadding: Bool
    let upstream: Slot, result: Slot

    var parts: Int { geometry.channels.count }

    func run(_ frame: GroupFrame, part: Int) { for channel in geometry.channels[part] { run(frame, channel: channel) } }

    @inline(__always)
    private func run(_ frame: GroupFrame, channel: Int) {
        let inputs = geometry.input.count
        let result = frame.lanes(result) + channel &* inputs
        let upstream = frame.lanes(upstream) + channel &* geometry.output.count
        result.update(repeating: .zero, count: inputs)
        geometry.forEachWindow { output, rows, columns, taps in
            let share = upstream[output] / PoolGeometry.count(rows, columns, countsPadding: countsPadding)
            taps.forEach { result[$0] += share }
        }
    }
}

/// A pool's gradient and the activation's before it, for windows that tile the picture.
struct PoolActivationGradientStep: GroupStep {
    let pool: Pool.Kind
    let activation: Activation.Kind
    let geometry: PoolGeometry
    let y: Slot, upstream: Slot, pooled: Slot?, result: Slot

    var parts: Int { geometry.channels.count }

    func run(_ frame: GroupFrame, part: Int) { for channel in geometry.channels[part] { run(frame, channel: channel) } }

    @inline(__always)
    private func run(_ frame: GroupFrame, channel: Int) {
        // With constants for the usual window its loops unroll.
        if geometry.isPlainPair {
            run(frame, channel, height: 2, width: 2)
        } else {
            run(frame, channel, height: geometry.window.kernel.rows, width: geometry.window.kernel.columns)
        }
    }

    @inline(__always)
    private func run(_ frame: GroupFrame, _ channel: Int, height: Int, width: Int) {
        let inputs = geometry.input.count, outputs = geometry.output.count, row = geometry.input.columns
        let columns = geometry.output.columns
        let y = frame.lanes(y) + channel &* inputs, result = frame.lanes(result) + channel &* inputs
        let upstream = frame.lanes(upstream) + channel &* outputs
        let pooled = pooled.map { frame.lanes($0) + channel &* outputs }
        let share = Lane(repeating: 1 / Float(height &* width))
        withGradient(of: activation) { gradient in
            for r in 0..<geometry.output.rows {
                var y = y + r &* height &* row, result = result + r &* height &* row
                for output in r &* columns..<(r &+ 1) &* columns {
                    if let pooled {
                        let best = pooled[output]
                        var left = upstream[output]
                        for i in 0..<height {
                            for j in 0..<width {
                                // The first of equals takes all: what it took is 0 for the next.
                                let v = y[i &* row &+ j], hit = lane_equal(v, best) | lane_is_nan(v)
                                result[i &* row &+ j] = gradient(v, lane_select(hit, left, .zero))
                                left = lane_select(hit, .zero, left)
                            }
                        }
                    } else {
                        let each = upstream[output] * share
                        for i in 0..<height {
                            for j in 0..<width { result[i &* row &+ j] = gradient(y[i &* row &+ j], each) }
                        }
                    }
                    y += width
                    result += width
                }
            }
        }
    }
}
