import StriateGraph

extension OperatorRule {
    static let products: [String: OperatorRule] = [
        "Gemm": OperatorRule(2...3, ["alpha", "beta", "transA", "transB", "broadcast"], data: [0], convert: gemm),
        "MatMul": OperatorRule(2...2, data: [0]) { (importer, call) throws(Refusal) in
            [.computed(try importer.product(try call.operand(0), try call.operand(1)))]
        },
    ]

    /// `alpha · A · B + beta · C`
    private static func gemm(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let alpha = try call.float("alpha", or: 1), beta = try call.float("beta", or: 1)
        var a = try call.operand(0)
        if try call.flag("transA") {
            guard case .computed(let x, _) = a, importer.batching == .none, importer.graph[x].shape.rank == 2 else {
                throw Refusal("transA exchanges images and features")
            }
            a = .computed(try importer.build { (graph) throws(ShapeError) in try graph.transpose(x, [1, 0]) })
        }
        guard importer.rank(a) == 2, importer.rank(try call.operand(1)) == 2 else { throw Refusal("takes two matrices") }
        if let c = call.optional(2), case .known(_, .some) = c, importer.rank(c) == 1 {
            // Made before the product, so that a pass can let the product start its sums from it.
            _ = try importer.parameter(c)
        }
        var result = try importer.product(a, try call.operand(1), isTransposed: try call.flag("transB"))
        if alpha != 1 {
            let sums = result
            result = try importer.build { (graph) throws(ShapeError) in try graph.multiply(sums, by: alpha) }
        }
        guard let c = call.optional(2) else { return [.computed(result)] }
        var offset = try importer.shaped(c, beside: result)
        if beta != 1 {
            let unscaled = offset
            offset = try importer.build { (graph) throws(ShapeError) in
                try graph.arithmetic(.multiply, unscaled, graph.constant(Tensor(beta)))
            }
        }
        let sums = result, last = offset
        return [.computed(try importer.build { (graph) throws(ShapeError) in
            graph[sums].shape.rank == 1 && graph[last] == .shared(graph[sums].shape)
                ? try graph.addBias(sums, last) : try graph.add(sums, last)
        })]
    }
}

extension GraphImporter {
    /// A product of matrices; where the right one is known, of every row of the left with the same weights.
    ///
    /// - Parameter isTransposed: Whether the right matrix has its columns as rows.
    mutating func product(_ a: Operand, _ b: Operand, isTransposed: Bool = false) throws(Refusal) -> Value {
        let x = try value(a)
        let isShared = if case .computed(let value, _) = b { !graph[value].isBatched } else { true }
        guard graph[x].isBatched, isShared, rank(b) == 2, graph[x].shape.rank > 0 else {
            return try generalProduct(x, a, try value(b), isTransposed: isTransposed)
        }
        // The graph's weights are outputs×inputs.
        let weight = try parameter(b, isTransposed ? .asInFile : .transposed)
        let shape = graph[x].shape, inputs = shape[shape.rank - 1], rows = shape.count / max(1, inputs)
        let outputs = graph[weight].shape[0]
        guard graph[weight].shape.rank == 2, graph[weight].shape[1] == inputs else {
            throw Refusal("a weight of \(graph[weight].shape) does not fit \(inputs) features")
        }
        return try build { (graph) throws(ShapeError) in
            if shape.rank == 1 { return try graph.linear(x, weight: weight) }
            // Many rows at once: a convolution of 1×1 over them.
            let columns = try graph.transpose(try graph.reshape(x, to: [rows, inputs]), [1, 0])
            let kernel = try graph.reshape(weight, to: [outputs, inputs, 1, 1])
            let sums = try graph.convolution(try graph.reshape(columns, to: [inputs, rows, 1]), weight: kernel, window: Window(kernel: 1))
            let result = try graph.transpose(try graph.reshape(sums, to: [outputs, rows]), [1, 0])
            return try graph.reshape(result, to: Shape(shape.extents.dropLast() + [outputs]))
        }
    }

    /// The product of any two stacks of matrices: all products of elements, then their sums. Correct, not fast.
    private mutating func generalProduct(_ x: Value, _ a: Operand, _ y: Value, isTransposed: Bool) throws(Refusal) -> Value {
        let aIsImage = hasBatchAxis(x), bIsImage = hasBatchAxis(y)
        // What all images share must not reach as far as the batch's axis.
        if aIsImage != bIsImage, graph[aIsImage ? y : x].shape.rank > graph[aIsImage ? x : y].shape.rank {
            throw Refusal("multiplies matrices across the images of a batch")
        }
        guard !(aIsImage && graph[x].shape.rank < 2), !(bIsImage && graph[y].shape.rank < 2), rank(a) > 0, graph[y].shape.rank > 0 else {
            throw Refusal("multiplies matrices across the images of a batch")
        }
        let left = graph[x].shape.extents.count == 1 ? [1] + graph[x].shape.extents : graph[x].shape.extents
        var right = graph[y].shape.extents.count == 1 ? graph[y].shape.extents + [1] : graph[y].shape.extents
        var y = y
        if isTransposed {
            y = try arrangedForProduct(y)
            right = graph[y].shape.extents
        }
        let inner = left[left.count - 1]
        guard inner == right[right.count - 2] else { throw Refusal("matrices of \(Shape(left)) and \(Shape(right)) do not fit") }
        let elements = left.reduce(1, *).multipliedReportingOverflow(by: right[right.count - 1])
        guard !elements.overflow, elements.partialValue <= Limits.folded else { throw Refusal("a product of this size is not supported") }
        let x2 = x, y2 = y, dropsRow = graph[x].shape.rank == 1, dropsColumn = graph[y].shape.rank == 1
        return try build { (graph) throws(ShapeError) in
            let rows = try graph.reshape(x2, to: Shape(left + [1]))
            let columns = try graph.reshape(y2, to: Shape(right.dropLast(2) + [1] + right.suffix(2)))
            let products = try graph.arithmetic(.multiply, rows, columns)
            let sums = try graph.reduce(.sum, products, axes: [graph[products].shape.rank - 2])
            var extents = graph[sums].shape.extents
            if dropsColumn { extents.removeLast() }
            if dropsRow { extents.remove(at: extents.count - (dropsColumn ? 1 : 2)) }
            return try graph.reshape(sums, to: Shape(extents))
        }
    }

    private mutating func arrangedForProduct(_ y: Value) throws(Refusal) -> Value {
        let rank = graph[y].shape.rank
        guard rank >= 2 else { throw Refusal("a matrix has two axes") }
        return try build { (graph) throws(ShapeError) in try graph.transpose(y, Array(0..<rank - 2) + [rank - 1, rank - 2]) }
    }
}
