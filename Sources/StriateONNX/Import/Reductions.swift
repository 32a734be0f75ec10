import StriateGraph

extension OperatorRule {
    static let reductions: [String: OperatorRule] = [
        "ReduceMean": reduction { (graph, x, axes, keeps) throws(ShapeError) in try graph.reduce(.mean, x, axes: axes, keepsAxes: keeps) },
        "ReduceSum": reduction { (graph, x, axes, keeps) throws(ShapeError) in try graph.reduce(.sum, x, axes: axes, keepsAxes: keeps) },
        "ReduceMax": reduction { (graph, x, axes, keeps) throws(ShapeError) in try graph.reduce(.max, x, axes: axes, keepsAxes: keeps) },
        "ReduceMin": reduction { (graph, x, axes, keeps) throws(ShapeError) in try graph.reduce(.min, x, axes: axes, keepsAxes: keeps) },
        "ReduceProd": OperatorRule(1...2, ["axes", "keepdims", "noop_with_empty_axes"], data: [0], fold: foldedProduct) { (_, _) throws(Refusal) in
            throw Refusal("a product of elements is supported for shapes only")
        },
        "ReduceL1": reduction { (graph, x, axes, keeps) throws(ShapeError) in
            try graph.reduce(.sum, try graph.apply(.absolute, x), axes: axes, keepsAxes: keeps)
        },
        "ReduceL2": reduction { (graph, x, axes, keeps) throws(ShapeError) in
            try graph.apply(.squareRoot, try graph.reduce(.sum, try graph.arithmetic(.multiply, x, x), axes: axes, keepsAxes: keeps))
        },
        "ReduceSumSquare": reduction { (graph, x, axes, keeps) throws(ShapeError) in
            try graph.reduce(.sum, try graph.arithmetic(.multiply, x, x), axes: axes, keepsAxes: keeps)
        },
        "ReduceLogSum": reduction { (graph, x, axes, keeps) throws(ShapeError) in
            try graph.apply(.log, try graph.reduce(.sum, x, axes: axes, keepsAxes: keeps))
        },
        "ReduceLogSumExp": reduction { (graph, x, axes, keeps) throws(ShapeError) in
            // Shifted by the largest element, so that nothing overflows.
            let largest = try graph.reduce(.max, x, axes: axes, keepsAxes: true)
            let powers = try graph.apply(.exp, try graph.arithmetic(.subtract, x, largest))
            let sum = try graph.apply(.log, try graph.reduce(.sum, powers, axes: axes, keepsAxes: keeps))
            return try graph.add(sum, try graph.reshape(largest, to: graph[sum].shape))
        },
    ]

    private static func reduction(
        _ reduce: @escaping @Sendable (inout Graph, Value, _ axes: [Int], _ keepsAxes: Bool) throws(ShapeError) -> Value
    ) -> OperatorRule {
        OperatorRule(1...2, ["axes", "keepdims", "noop_with_empty_axes"], data: [0]) { (importer, call) throws(Refusal) in
            let operand = try call.operand(0), x = try importer.value(operand)
            let rank = importer.rank(operand)
            let chosen = try call.numbers("axes", orInput: 1) ?? []
            let keeps = try call.flag("keepdims", or: true), reducesNothing = try call.flag("noop_with_empty_axes")
            let isNothing = chosen.isEmpty && reducesNothing
            let all = isNothing ? [] : chosen.isEmpty ? Array(0..<rank) : chosen
            let axes = try all.map { (axis) throws(Refusal) in try importer.axis(importer.axis(axis, rank: rank), of: x) }
            guard Set(axes).count == axes.count else { throw Refusal("the axes \(chosen) stand twice") }
            return [.computed(try importer.build { (graph) throws(ShapeError) in try reduce(&graph, x, axes, keeps) }, isWhole: operand.isWhole)]
        }
    }

    /// The number of elements from a shape.
    private static func foldedProduct(_: GraphImporter, _ call: Call) throws(Refusal) -> [KnownTensor]? {
        guard let sizes = try call.operand(0).known?.sizes, (try call.operand(0).known?.extents.count) == 1 else { return nil }
        var product = Size(1)
        for size in sizes {
            guard let next = size.fixed.flatMap({ product.times($0) }) ?? product.fixed.flatMap({ size.times($0) }) else { return nil }
            product = next
        }
        return [KnownTensor(try call.flag("keepdims", or: true) ? [1] : [], .sizes([product]))]
    }
}
