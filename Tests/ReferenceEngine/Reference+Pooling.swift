import StriateGraph

extension ReferenceProgram {
    func pools(_ call: Call) -> [[Double]]? {
        let (inputs, types, type) = (call.inputs, call.types, call.type)
        switch call.node.operation {
        case let pool as Pool: return [self.pool(inputs[0], types[0].shape, type.shape, pool)]
        case let gradient as AveragePoolGradient: return [averagePoolGradient(inputs[0], types[0].shape, gradient)]
        case let gradient as MaxPoolGradient:
            return [maxPoolGradient(inputs[0], inputs[2], types[0].shape, types[2].shape, gradient.window)]
        case is AdaptiveAveragePool:
            var y = Array(repeating: 0.0, count: count * type.shape.count)
            forEachRegionPixel(types[0].shape, type.shape) { y[$0] += inputs[0][$1] / $2 }
            return [y]
        case let gradient as AdaptiveAveragePoolGradient:
            var dx = Array(repeating: 0.0, count: count * gradient.inputShape.count)
            forEachRegionPixel(gradient.inputShape, types[0].shape) { dx[$1] += inputs[0][$0] / $2 }
            return [dx]
        case let gradient as PoolActivationGradient:
            let upstream = switch gradient.pool {
            case .average:
                averagePoolGradient(
                    inputs[1], types[1].shape,
                    AveragePoolGradient(window: gradient.window, countsPadding: true, inputShape: type.shape))
            case .max: maxPoolGradient(inputs[0], inputs[1], types[0].shape, types[1].shape, gradient.window)
            }
            return [zip(inputs[0], upstream).map { slope(gradient.activation, at: $0, $1) }]
        default: return nil
        }
    }
}

extension ReferenceProgram {
    func pool(_ x: [Double], _ input: Shape, _ output: Shape, _ pool: Pool) -> [Double] {
        var y = [Double]()
        for plane in 0..<count * input[0] {
            for (position, window) in windows(of: plane, x, input, output, pool.window).enumerated() {
                let values = window.map { x[$0] }
                switch pool.kind {
                case .average:
                    let counted = pool.countsPadding ? paddedCount(pool.window, input, output, position) : values.count
                    y.append(values.reduce(0, +) / Double(counted))
                // A dilated window can miss a small picture altogether.
                case .max: y.append(values.first(where: \.isNaN) ?? values.max() ?? -.infinity)
                }
            }
        }
        return y
    }

    private func averagePoolGradient(_ upstream: [Double], _ output: Shape, _ gradient: AveragePoolGradient) -> [Double] {
        let input = gradient.inputShape
        var dx = Array(repeating: 0.0, count: count * input.count)
        for plane in 0..<count * input[0] {
            for (position, window) in windows(of: plane, dx, input, output, gradient.window).enumerated() {
                let share = gradient.countsPadding ? paddedCount(gradient.window, input, output, position) : window.count
                for place in window { dx[place] += upstream[plane * output[1] * output[2] + position] / Double(share) }
            }
        }
        return dx
    }

    private func maxPoolGradient(_ x: [Double], _ upstream: [Double], _ input: Shape, _ output: Shape, _ window: Window) -> [Double] {
        var dx = Array(repeating: 0.0, count: x.count)
        for plane in 0..<count * input[0] {
            for (position, places) in windows(of: plane, x, input, output, window).enumerated() {
                let values = places.map { x[$0] }
                guard let largest = values.max(), let first = values.firstIndex(of: largest) else { continue }
                noteRivals(values)
                let winner = places[first]
                dx[winner] += upstream[plane * output[1] * output[2] + position]
            }
        }
        return dx
    }

    /// For each output position the places in `x` that its window covers, row by row.
    private func windows(of plane: Int, _ x: [Double], _ input: Shape, _ output: Shape, _ window: Window) -> [[Int]] {
        var places = Array(repeating: [Int](), count: output[1] * output[2])
        forEachTap(window, input, output) { to, from, _ in places[to].append(plane * input[1] * input[2] + from) }
        return places
    }

    /// How many taps of a window lie on the picture or its padding.
    private func paddedCount(_ window: Window, _ input: Shape, _ output: Shape, _ position: Int) -> Int {
        func count(_ start: Int, _ taps: Int, _ dilation: Int, _ end: Int) -> Int { (0..<taps).count { start + $0 * dilation < end } }
        let (row, column) = position.quotientAndRemainder(dividingBy: output[2])
        let (top, left) = (row * window.stride.rows - window.padding.top, column * window.stride.columns - window.padding.left)
        return count(top, window.kernel.rows, window.dilation.rows, input[1] + window.padding.bottom)
            * count(left, window.kernel.columns, window.dilation.columns, input[2] + window.padding.right)
    }

    /// Calls `body` for each element of an adaptive pool's result with each input element of its region and their number.
    private func forEachRegionPixel(_ input: Shape, _ output: Shape, _ body: (_ output: Int, _ input: Int, _ count: Double) -> Void) {
        func region(_ index: Int, _ count: Int, _ extent: Int) -> Range<Int> {
            let share = Double(extent) / Double(count)
            return Int((Double(index) * share + 1e-9).rounded(.down))..<Int((Double(index + 1) * share - 1e-9).rounded(.up))
        }
        for plane in 0..<count * input[0] {
            for row in 0..<output[1] {
                for column in 0..<output[2] {
                    let rows = region(row, output[1], input[1]), columns = region(column, output[2], input[2])
                    for i in rows {
                        for j in columns {
                            body(
                                (plane * output[1] + row) * output[2] + column, (plane * input[1] + i) * input[2] + j,
                                Double(rows.count * columns.count))
                        }
                    }
                }
            }
        }
    }
}
