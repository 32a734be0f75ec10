import CLane
import StriateGraph
import StriateLanes

/// What pools and their gradients know of their geometry.
struct PoolGeometry: Sendable {
    let window: Window
    let channels: Int
    let input: Extent
    let output: Extent

    init(_ window: Window, input: Shape, output: Shape) {
        self.window = window
        channels = input[0]
        self.input = Extent(input[1], input[2])
        self.output = Extent(output[1], output[2])
    }

    /// The kernel's taps along one axis that hit the picture when the window starts at `start`.
    @inline(__always)
    static func taps(start: Int, kernel: Int, dilation: Int, extent: Int) -> Range<Int> {
        let first = start < 0 ? (-start &+ dilation &- 1) / dilation : 0
        let end = start >= extent ? 0 : min(kernel, (extent &- 1 &- start) / dilation &+ 1)
        return first..<max(first, end)
    }

    @inline(__always)
    func rows(_ y: Int) -> (start: Int, taps: Range<Int>) {
        let start = y &* window.stride.rows &- window.padding.top
        return (start, PoolGeometry.taps(start: start, kernel: window.kernel.rows, dilation: window.dilation.rows, extent: input.rows))
    }

    @inline(__always)
    func columns(_ x: Int) -> (start: Int, taps: Range<Int>) {
        let start = x &* window.stride.columns &- window.padding.left
        return (start, PoolGeometry.taps(start: start, kernel: window.kernel.columns, dilation: window.dilation.columns, extent: input.columns))
    }

    /// Calls `body` for each output pixel of a channel with its index and the indices of the input pixels under its window.
    @inline(__always)
    func forEachWindow(_ body: (_ output: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ index: (Int, Int) -> Int) -> Void) {
        for y in 0..<output.rows {
            let (rowStart, rowTaps) = rows(y)
            for x in 0..<output.columns {
                let (columnStart, columnTaps) = columns(x)
                body(y &* output.columns &+ x, rowTaps, columnTaps) { i, j in
                    (rowStart &+ i &* window.dilation.rows) &* input.columns &+ columnStart &+ j &* window.dilation.columns
                }
            }
        }
    }

    /// 2×2 windows that tile the picture: nearly every network's pools.
    var isPlainPair: Bool { window == Window(kernel: 2, stride: 2) }
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

    var parts: Int { geometry.channels }

    func run(_ frame: GroupFrame, part channel: Int) {
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
            geometry.forEachWindow { output, rows, columns, index in
                var best = Lane(repeating: -.infinity)
                for i in rows { for j in columns { best = larger(best, x[index(i, j)]) } }
                result[output] = best
            }
        case .average:
            geometry.forEachWindow { output, rows, columns, index in
                var sum = Lane.zero
                for i in rows { for j in columns { sum += x[index(i, j)] } }
                result[output] = sum / Float(pool.countsPadding ? geometry.window.kernel.count : rows.count &* columns.count)
            }
        }
    }
}

struct MaxPoolGradientStep: GroupStep {
    let geometry: PoolGeometry
    let x: Slot, y: Slot, upstream: Slot, result: Slot

    var parts: Int { geometry.channels }

    func run(_ frame: GroupFrame, part channel: Int) {
        let inputs = geometry.input.count, outputs = geometry.output.count
        let x = frame.lanes(x) + channel &* inputs, result = frame.lanes(result) + channel &* inputs
        let y = frame.lanes(y) + channel &* outputs, upstream = frame.lanes(upstream) + channel &* outputs
        result.update(repeating: .zero, count: inputs)
        geometry.forEachWindow { output, rows, columns, index in
            let best = y[output]
            // The first of equals takes all: what it took is 0 for the next.
            var left = upstream[output]
            for i in rows {
                for j in columns {
                    let position = index(i, j)
                    let hit = lane_equal(x[position], best) | lane_is_nan(x[position])
                    result[position] += lane_select(hit, left, .zero)
                    left = lane_select(hit, .zero, left)
                }
            }
        }
    }
}

struct AveragePoolGradientStep: GroupStep {
    let geometry: PoolGeometry
    let countsPadding: Bool
    let upstream: Slot, result: Slot

    var parts: Int { geometry.channels }

    func run(_ frame: GroupFrame, part channel: Int) {
        let inputs = geometry.input.count
        let result = frame.lanes(result) + channel &* inputs
        let upstream = frame.lanes(upstream) + channel &* geometry.output.count
        result.update(repeating: .zero, count: inputs)
        geometry.forEachWindow { output, rows, columns, index in
            let share = upstream[output] / Float(countsPadding ? geometry.window.kernel.count : rows.count &* columns.count)
            for i in rows { for j in columns { result[index(i, j)] += share } }
        }
    }
}

/// A pool's gradient and the activation's before it, for windows that tile the picture.
struct PoolActivationGradientStep: GroupStep {
    let pool: Pool.Kind
    let activation: Activation.Kind
    let geometry: PoolGeometry
    let y: Slot, upstream: Slot, pooled: Slot?, result: Slot

    var parts: Int { geometry.channels }

    func run(_ frame: GroupFrame, part channel: Int) {
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
