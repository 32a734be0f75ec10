import StriateGraph

extension OperatorRule {
    static let pools: [String: OperatorRule] = [
        "MaxPool": OperatorRule(
            1...1, ["auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"]
        ) { (importer, call) throws(Refusal) in
            if call.asks(forOutput: 1) { throw Refusal("the places of the largest values (its output 1) are not supported") }
            return try pool(.max, countsPadding: true, &importer, call)
        },
        "AveragePool": OperatorRule(
            1...1, ["auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"]
        ) { (importer, call) throws(Refusal) in
            try pool(.average, countsPadding: try call.flag("count_include_pad"), &importer, call)
        },
        "GlobalAveragePool": OperatorRule(1...1) { (importer, call) throws(Refusal) in try globalPool(.mean, &importer, call) },
        "GlobalMaxPool": OperatorRule(1...1) { (importer, call) throws(Refusal) in try globalPool(.max, &importer, call) },
    ]

    private static func pool(
        _ kind: Pool.Kind, countsPadding: Bool, _ importer: inout GraphImporter, _ call: Call
    ) throws(Refusal) -> [Operand] {
        guard let kernel = try call.ints("kernel_shape") else { throw Refusal("the attribute kernel_shape is missing") }
        let roundsUp = try call.flag("ceil_mode")
        return [try importer.onPictures(try call.operand(0)) { (importer, pictures, shape) throws(Refusal) in
            let reading = try WindowReading(call, kernel: kernel, input: shape, roundsUp: roundsUp)
            let result = try importer.build { (graph) throws(ShapeError) in
                try graph.append(Pool(kind, window: reading.window, countsPadding: countsPadding), [pictures])[0]
            }
            return (result, reading.isOneRow)
        }]
    }

    private static func globalPool(_ kind: Reduction.Kind, _ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let x = try importer.batched(try call.operand(0))
        let first = importer.hasBatchAxis(x) ? 1 : 2
        let rank = importer.graph[x].shape.rank
        guard rank > first else { throw Refusal("takes pictures, not \(importer.graph[x].shape)") }
        return [.computed(try importer.build { (graph) throws(ShapeError) in
            try graph.reduce(kind, x, axes: Array(first..<rank), keepsAxes: true)
        })]
    }
}
