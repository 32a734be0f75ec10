import StriateGraph

extension OperatorRule {
    static let normalizations: [String: OperatorRule] = [
        "BatchNormalization": OperatorRule(
            5...5, ["consumed_inputs", "epsilon", "is_test", "momentum", "spatial", "training_mode"], data: [0], convert: batchNormalization),
        "InstanceNormalization": OperatorRule(3...3, ["consumed_inputs", "epsilon"], data: [0]) { (importer, call) throws(Refusal) in
            try importer.grouped(call, groups: nil)
        },
        "GroupNormalization": OperatorRule(3...3, ["epsilon", "num_groups", "stash_type"], data: [0]) { (importer, call) throws(Refusal) in
            guard importer.model.opset >= 21 else { throw Refusal("the operator of version 18 is not supported; export again with version 21") }
            guard let groups = try call.int("num_groups") else { throw Refusal("the attribute num_groups is missing") }
            return try importer.grouped(call, groups: groups)
        },
        "LayerNormalization": OperatorRule(2...3, ["axis", "epsilon", "stash_type"], data: [0], convert: layerNormalization),
        "LRN": OperatorRule(1...1, ["alpha", "beta", "bias", "size"], convert: localResponse),
        "Softmax": OperatorRule(1...1, ["axis"]) { (importer, call) throws(Refusal) in try softmax(&importer, call, isLogarithm: false) },
        "LogSoftmax": OperatorRule(1...1, ["axis"]) { (importer, call) throws(Refusal) in try softmax(&importer, call, isLogarithm: true) },
        "Dropout": OperatorRule(1...3, ["is_test", "ratio", "seed"], data: [0], convert: dropout),
    ]

    private static func batchNormalization(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        guard try call.flag("spatial", or: true) else { throw Refusal("spatial 0 is not supported") }
        guard try !call.flag("training_mode") else { throw Refusal("training_mode 1 is not supported; export the model for inference") }
        let epsilon = try call.float("epsilon", or: 1e-5)
        // ONNX says how much of the old statistics stays, the graph how much of the new comes in.
        let momentum = 1 - (try call.float("momentum", or: 0.9))
        var operands = [Value]()
        for position in 1...4 {
            operands.append(try importer.parameter(try call.operand(position), role: position > 2 ? .runningStatistic : .parameter))
        }
        let (scale, shift, mean, variance) = (operands[0], operands[1], operands[2], operands[3])
        let isTraining = importer.isTraining
        return [try importer.onChannels(try call.operand(0)) { (graph, x) throws(ShapeError) in
            guard isTraining else {
                return try graph.normalize(x, scale: scale, shift: shift, mean: mean, variance: variance, epsilon: epsilon)
            }
            let results = try graph.append(BatchNormalization(epsilon: epsilon), [x, scale, shift])
            let positions = graph[x].shape.count / max(1, graph[x].shape[0])
            let statistics = RunningStatistics(momentum: momentum, positions: positions)
            let news = try graph.append(statistics, [mean, variance, results[1], results[2]])
            graph.update(mean, to: news[0])
            graph.update(variance, to: news[1])
            return results[0]
        }]
    }

    private static func layerNormalization(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let operand = try call.operand(0), x = try importer.batched(operand)
        let first = try importer.axis(try importer.axis(try call.int("axis", or: -1), rank: importer.rank(operand)), of: x)
        let epsilon = try call.float("epsilon", or: 1e-5)
        let scale = try importer.parameter(try call.operand(1))
        let shift = try call.optional(2).map { (operand) throws(Refusal) in try importer.parameter(operand) }
        var statistics = (mean: x, inverse: x)
        let result = try importer.build { (graph) throws(ShapeError) in
            let standard = try graph.standardized(x, axes: Array(first..<graph[x].shape.rank), epsilon: epsilon)
            statistics = (standard.mean, standard.inverse)
            let scaled = try graph.arithmetic(.multiply, standard.value, scale)
            return if let shift { try graph.add(scaled, shift) } else { scaled }
        }
        return [.computed(result), .computed(statistics.mean), .computed(statistics.inverse)]
    }

    private static func localResponse(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        guard let size = try call.int("size") else { throw Refusal("the attribute size is missing") }
        let operation = LocalResponseNormalization(
            size: size, before: (size - 1) / 2, alpha: try call.float("alpha", or: 1e-4), beta: try call.float("beta", or: 0.75),
            k: try call.float("bias", or: 1))
        return [try importer.onChannels(try call.operand(0)) { (graph, x) throws(ShapeError) in
            try graph.localResponseNormalization(x, operation)
        }]
    }

    private static func softmax(_ importer: inout GraphImporter, _ call: Call, isLogarithm: Bool) throws(Refusal) -> [Operand] {
        let operand = try call.operand(0), x = try importer.batched(operand)
        let shape = importer.graph[x].shape
        guard importer.model.opset < 13 else {
            let axis = try importer.axis(try call.int("axis", or: -1), of: x)
            return [.computed(try importer.build { (graph) throws(ShapeError) in
                try graph.append(Softmax(axis: axis, isLogarithm: isLogarithm), [x])[0]
            })]
        }
        // Before version 13 all axes from the given one on count as one.
        let given = try call.int("axis", or: 1)
        let axis = given == importer.rank(operand) ? shape.rank : try importer.axis(given, of: x)
        let flat = Shape(Array(shape.extents[..<axis]) + [shape.extents[axis...].reduce(1, *)])
        return [.computed(try importer.build { (graph) throws(ShapeError) in
            let result = try graph.append(Softmax(axis: axis, isLogarithm: isLogarithm), [try graph.reshape(x, to: flat)])[0]
            return try graph.reshape(result, to: shape)
        })]
    }

    private static func dropout(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        guard !call.asks(forOutput: 1) else { throw Refusal("its mask is not supported as an output") }
        if let mode = call.optional(2) {
            guard let number = mode.known?.scalar else { throw Refusal("training_mode must be known before the graph runs") }
            guard number == 0 else { throw Refusal("training_mode 1 is not supported; export the model for inference") }
        }
        let operand = try call.operand(0)
        guard importer.isTraining, case .computed(let x, _) = operand, importer.graph[x].isBatched else { return [operand] }
        let rate = if let ratio = call.optional(1) { ratio.known?.scalar ?? 0.5 } else { try call.float("ratio", or: 0.5) }
        return [.computed(try importer.build { (graph) throws(ShapeError) in try graph.dropout(x, rate: rate) })]
    }
}

extension GraphImporter {
    /// Applies an operation that works channel by channel; a single image that was imported whole loses its leading axis for the while.
    mutating func onChannels(
        _ operand: Operand, _ body: (inout Graph, Value) throws(ShapeError) -> Value
    ) throws(Refusal) -> Operand {
        let x = try batched(operand)
        let shape = graph[x].shape
        if batching != .none { return .computed(try build { (graph) throws(ShapeError) in try body(&graph, x) }) }
        guard shape.rank > 1, shape[0] == 1 else { throw Refusal("works on several images, but the graph mixes them otherwise") }
        return .computed(try build { (graph) throws(ShapeError) in
            let image = try graph.reshape(x, to: Shape(Array(shape.extents.dropFirst())))
            return try graph.reshape(try body(&graph, image), to: shape)
        })
    }

    /// Instance normalisation (each channel by itself, nil) or group normalisation, with a scale and a shift for each channel.
    fileprivate mutating func grouped(_ call: Call, groups: Int?) throws(Refusal) -> [Operand] {
        let epsilon = try call.float("epsilon", or: 1e-5)
        let scale = try parameter(try call.operand(1)), shift = try parameter(try call.operand(2))
        return [try onChannels(try call.operand(0)) { (graph, x) throws(ShapeError) in
            let shape = graph[x].shape
            guard shape.rank > 1 else { throw ShapeError("takes pictures, not \(shape)") }
            let groups = groups ?? shape[0]
            guard groups > 0, shape[0] % groups == 0 else { throw ShapeError("\(groups) groups do not divide \(shape[0]) channels") }
            let flat = try graph.reshape(x, to: [groups, shape.count / groups])
            let normalized = try graph.reshape(try graph.standardized(flat, axes: [1], epsilon: epsilon).value, to: shape)
            return try graph.channelAffine(normalized, scale: scale, offset: shift)
        }]
    }
}

extension Graph {
    /// `(x − mean) / √(variance + epsilon)` over some axes of each image, the mean, and what the differences were multiplied by.
    fileprivate mutating func standardized(
        _ x: Value, axes: [Int], epsilon: Float
    ) throws(ShapeError) -> (value: Value, mean: Value, inverse: Value) {
        let mean = try reduce(.mean, x, axes: axes, keepsAxes: true)
        let centered = try arithmetic(.subtract, x, mean)
        let variance = try reduce(.mean, try arithmetic(.multiply, centered, centered), axes: axes, keepsAxes: true)
        let inverse = try apply(.reciprocalSquareRoot, try add(variance, constant(Tensor(epsilon))))
        return (try arithmetic(.multiply, centered, inverse), mean, inverse)
    }
}
