import StriateGraph

/// Layers that move elements, and arithmetic with operands of other shapes.
extension RandomGraph {
    /// The reference engine looks at each element by itself: larger pictures would take it too long.
    private func isSmall(_ x: Value) -> Bool { graph[x].shape.count <= 200 }

    mutating func arrangement(_ index: Int, _ x: Value) throws -> Value {
        guard isSmall(x) else { return x }
        let shape = graph[x].shape, axis = below(3)
        switch below(6) {
        case 0, 1: return try branches(index, x)
        case 2:
            let first = below(shape[axis])
            return try graph.slice(x, axis: axis, first..<first + 1 + below(shape[axis] - first))
        case 3:
            let positions = (0..<1 + below(6)).map { _ in below(5) == 0 ? Gather.filled : below(shape[axis]) }
            return try graph.gather(x, axis: axis, positions, fill: 0.5)
        case 4: return try graph.transpose(x, [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][below(5)])
        default:
            let part = try graph.slice(x, axis: axis, 0..<1 + below(shape[axis]))
            return try graph.concatenate([part, try graph.activation(kind(), x), x], axis: axis)
        }
    }

    /// Branches of 1×1 convolutions, some of which read others, concatenated at once or one by one.
    private mutating func branches(_ index: Int, _ x: Value) throws -> Value {
        var parts = [x]
        for branch in 0..<1 + below(3) {
            let source = parts[below(parts.count)], channels = 1 + below(4)
            let weight = graph.variable("layer\(index).\(branch).weight", [channels, graph[source].shape[0], 1, 1])
            let y = try graph.convolution(source, weight: weight, window: Window(kernel: 1))
            parts.append(below(2) == 0 ? y : try graph.activation(kind(), y))
        }
        if below(2) == 0 { parts.removeFirst() }
        if below(2) == 0 { return try graph.concatenate(parts) }
        return try parts.dropFirst().reduce(parts[0]) { try graph.concatenate([$0, $1]) }
    }

    mutating func arithmetic(_ index: Int, _ x: Value) throws -> Value {
        guard isSmall(x) else { return x }
        let shape = graph[x].shape, axis = below(3)
        switch below(5) {
        case 0:
            let operands: [Shape] = [[], [shape[2]], [shape[0], 1, 1], [1, shape[1], 1], shape]
            let operand = graph.variable("layer\(index).operand", operands[below(5)])
            let kind = [Arithmetic.Kind.add, .subtract, .multiply, .maximum, .minimum][below(5)]
            return try below(2) == 0 ? graph.arithmetic(kind, x, operand) : graph.arithmetic(kind, operand, x)
        case 1:
            let functions: [ElementFunction.Kind] = [
                .leakyReLU(slope: 0.125), .elu(scale: 1), .gelu(approximatedByTanh: false), .gelu(approximatedByTanh: true), .hardSwish,
                .hardSigmoid(slope: 0.25, offset: 0.5), .silu, .softplus, .clip(low: -0.5, high: 0.75), .erf, .absolute,
            ]
            return try graph.apply(functions[below(functions.count)], x)
        case 2:
            let kind = [Reduction.Kind.sum, .mean, .max, .min][below(4)]
            let summary = try graph.reduce(kind, x, axes: [[0], [1], [1, 2], [0, 2]][below(4)], keepsAxes: true)
            return try graph.arithmetic(.multiply, x, try graph.activation(.sigmoid, summary))
        case 3: return try graph.append(Softmax(axis: axis, isLogarithm: below(2) == 0), [x])[0]
        default:
            let mean = try graph.reduce(.mean, x, axes: [axis], keepsAxes: true)
            let squared = try graph.apply(.softplus, graph.variable("layer\(index).scale", [shape[0], 1, 1]))
            return try graph.arithmetic(.multiply, try graph.arithmetic(.subtract, x, try graph.broadcast(mean, to: shape)), squared)
        }
    }
}
