import StriateGraph

extension GraphImporter {
    /// Operands as values that meet by NumPy's rule, image by image.
    ///
    /// The file matches axes from the last, batch included; so what is batched has as many axes as any other operand, and
    /// what is not has no extent along the batch.
    mutating func aligned(_ operands: [Operand?]) throws(Refusal) -> [Value] {
        var given = [Operand]()
        for operand in operands {
            guard let operand else { throw Refusal("an input is missing") }
            given.append(operand)
        }
        let rank = given.map { self.rank($0) }.max() ?? 0
        let isBatched = given.contains { if case .computed(let value, _) = $0 { hasBatchAxis(value) } else { false } }
        return try given.map { (operand) throws(Refusal) in
            let value = try factor(operand)
            guard isBatched else { return value }
            if hasBatchAxis(value) {
                guard graph[value].shape.rank + 1 == rank else { throw Refusal("matches the batch with another axis") }
                return value
            }
            return try withoutBatch(value, rank: rank)
        }
    }

    /// An operand as a value that meets `x`, a result on the way, by NumPy's rule.
    mutating func shaped(_ operand: Operand, beside x: Value) throws(Refusal) -> Value {
        try aligned([.computed(x), operand])[1]
    }

    /// An operand of arithmetic: an initialiser of several numbers can be learnt, a single number is a constant.
    private mutating func factor(_ operand: Operand) throws(Refusal) -> Value {
        operand.canBeLearnt ? try parameter(operand) : try value(operand)
    }

    /// A shared value without the axis that stands for the batch, where it has one of extent 1.
    private mutating func withoutBatch(_ value: Value, rank: Int) throws(Refusal) -> Value {
        let shape = graph[value].shape
        guard shape.rank == rank else { return value }
        guard shape[0] == 1 else { throw Refusal("an input of \(shape) has numbers of its own for each image") }
        return try build { (graph) throws(ShapeError) in try graph.reshape(value, to: Shape(Array(shape.extents.dropFirst()))) }
    }

    /// The two operands of a call, aligned.
    mutating func pair(_ call: Call) throws(Refusal) -> (Value, Value) {
        let values = try aligned([try call.operand(0), try broadcastByAxis(call)])
        return (values[0], values[1])
    }

    /// The second operand. Before version 7 it was matched with the first from a given axis on.
    private mutating func broadcastByAxis(_ call: Call) throws(Refusal) -> Operand {
        let b = try call.operand(1)
        guard model.opset < 7, let axis = try call.int("axis") else { return b }
        let extents = extents(b), rank = rank(try call.operand(0))
        let behind = rank - (try self.axis(axis, rank: rank)) - extents.count
        guard behind >= 0 else { throw Refusal("an input of \(extents.count) axes does not fit from axis \(axis) on") }
        return try reshaped(b, to: extents + Array(repeating: Size(1), count: behind))[0]
    }

    mutating func chain(_ kind: Arithmetic.Kind, _ call: Call) throws(Refusal) -> Value {
        let values = try aligned(call.operands)
        return try build { (graph) throws(ShapeError) in
            var result = values[0]
            for value in values.dropFirst() { result = try graph.arithmetic(kind, result, value) }
            return result
        }
    }

    mutating func arithmetic(_ kind: Arithmetic.Kind, _ call: Call) throws(Refusal) -> Operand {
        let a = try call.operand(0), b = try call.operand(1), isWhole = a.isWhole && b.isWhole
        if let affine = try affine(kind, call) { return .computed(affine, isWhole: isWhole) }
        let (x, y) = try pair(call)
        return .computed(try build { (graph) throws(ShapeError) in
            let result = try graph.arithmetic(kind, x, y)
            guard isWhole, kind == .divide else { return result }
            // Whole numbers are divided towards 0.
            let size = try graph.apply(.floor, try graph.apply(.absolute, result))
            return try graph.arithmetic(.multiply, try graph.apply(.sign, result), size)
        }, isWhole: isWhole)
    }

    /// Arithmetic with numbers that never change, one for all elements or one for each channel, as one operation; nil where it is
    /// something else.
    private mutating func affine(_ kind: Arithmetic.Kind, _ call: Call) throws(Refusal) -> Value? {
        let a = try call.operand(0), b = try call.operand(1)
        let x: Value, numbers: [Float], isReversed: Bool
        if case .computed(let value, false) = a, let known = channelNumbers(b, beside: value) {
            (x, numbers, isReversed) = (value, known, false)
        } else if case .computed(let value, false) = b, let known = channelNumbers(a, beside: value) {
            (x, numbers, isReversed) = (value, known, true)
        } else {
            return nil
        }
        let ones = numbers.map { _ in Float(1) }, zeros = numbers.map { _ in Float(0) }
        let scale: [Float], offset: [Float]
        switch (kind, isReversed) {
        case (.add, _): (scale, offset) = (ones, numbers)
        case (.subtract, false): (scale, offset) = (ones, numbers.map { -$0 })
        case (.subtract, true): (scale, offset) = (numbers.map { _ in -1 }, numbers)
        case (.multiply, _): (scale, offset) = (numbers, zeros)
        case (.divide, false) where numbers.allSatisfy { (1 / $0).isNormal }: (scale, offset) = (numbers.map { 1 / $0 }, zeros)
        default: return nil
        }
        return try build { (graph) throws(ShapeError) in try graph.affine(x, scale: scale, offset: offset) }
    }

    /// The numbers of a constant that has one for all elements of `x` or one for each channel; nil for any other operand.
    private func channelNumbers(_ operand: Operand, beside x: Value) -> [Float]? {
        let shape = graph[x].shape
        guard case .known(let tensor, let parameter) = operand, graph[x].isBatched, tensor.count == 1 || tensor.count == shape.extents.first,
            let numbers = tensor.floats, numbers.allSatisfy(\.isFinite)
        else { return nil }
        let extents = tensor.extents
        guard extents.count <= shape.rank + (hasBatchAxis(x) ? 1 : 0) else { return nil }
        if numbers.count == 1 { return numbers }
        guard parameter == nil, batching != .none else { return nil }
        let channels = [shape[0]] + Array(repeating: 1, count: shape.rank - 1)
        return extents == channels || extents == [1] + channels ? numbers : nil
    }
}
