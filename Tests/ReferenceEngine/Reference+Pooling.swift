import StriateGraph

extension ReferenceProgram {
    func pools(_ call: Call) -> [[Double]]? {
        let (inputs, types, type) = (call.inputs, call.types, call.type)
        switch call.node.operation {
        case let pool as Pool: return [self.pool(inputs[0], types[0].shape, type.shape, pool)]
        case let gradient as AveragePoolGradient: return [averagePoolGradient(inputs[0], types[0].shape, gradient)]
        case let gradient as MaxPoolGradient:
            return [maxPoolGradient(inputs[0], inputs[2], types[0].shape, types[2].shape, gradient.window)]
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
            for window in windows(of: plane, x, input, output, pool.window) {
                let values = window.map { x[$0] }
                switch pool.kind {
                case .average: y.append(values.reduce(0, +) / Double(pool.countsPadding ? pool.window.kernel.count : values.count))
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
                let share = gradient.countsPadding ? gradient.window.kernel.count : window.count
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
}
