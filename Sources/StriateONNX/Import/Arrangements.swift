import StriateGraph

/// Operators that move elements.
extension OperatorRule {
    static let arrangements: [String: OperatorRule] = [
        "Transpose": OperatorRule(1...1, ["perm"], convert: transpose),
        "Concat": OperatorRule(1...100_000, ["axis"], convert: concatenation),
        "Split": OperatorRule(1...2, ["axis", "num_outputs", "split"], data: [0], convert: split),
        "Slice": OperatorRule(1...5, ["axes", "ends", "starts"], data: [0], convert: slice),
        "Gather": OperatorRule(2...2, ["axis"], data: [0], convert: gather),
        "Pad": OperatorRule(1...4, ["mode", "pads", "value"], data: [0], convert: pad),
        "Expand": OperatorRule(2...2, data: [0], convert: expand),
        "Tile": OperatorRule(2...2, data: [0], convert: tile),
        "DepthToSpace": OperatorRule(1...1, ["blocksize", "mode"], convert: depthToSpace),
        "SpaceToDepth": OperatorRule(1...1, ["blocksize", "mode"], convert: spaceToDepth),
    ]

    private static func transpose(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let operand = try call.operand(0), rank = importer.rank(operand)
        let order = try call.ints("perm") ?? Array((0..<rank).reversed())
        guard order.sorted() == Array(0..<rank) else { throw Refusal("perm \(order) is not an order of \(rank) axes") }
        switch operand {
        case .known(let tensor, _): return [.known(tensor.transposed(order))]
        case .computed(let value, let isWhole):
            var permutation = order
            if importer.hasBatchAxis(value) {
                guard order.first == 0 else { throw Refusal("moves the batch from axis 0") }
                permutation = order.dropFirst().map { $0 - 1 }
            }
            let axes = permutation
            return [.computed(try importer.build { (graph) throws(ShapeError) in try graph.transpose(value, axes) }, isWhole: isWhole)]
        }
    }

    private static func concatenation(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        var operands = [Operand]()
        for position in call.operands.indices { operands.append(try call.operand(position)) }
        guard let axis = try call.int("axis") else { throw Refusal("the attribute axis is missing") }
        let known = operands.compactMap(\.known)
        if known.count == operands.count {
            let axis = try importer.axis(axis, rank: known[0].extents.count)
            return [.known(try KnownTensor.concatenation(known, axis: axis))]
        }
        let isWhole = operands.allSatisfy(\.isWhole)
        let values = try operands.map { (operand) throws(Refusal) in try importer.batched(operand) }
        let place = try importer.axis(axis, of: values[0])
        return [.computed(try importer.build { (graph) throws(ShapeError) in try graph.concatenate(values, axis: place) }, isWhole: isWhole)]
    }

    private static func split(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let operand = try call.operand(0), extents = importer.extents(operand)
        let axis = try importer.axis(try call.int("axis", or: 0), rank: extents.count)
        guard let extent = extents[axis].fixed else { throw Refusal("splits the batch") }
        let parts = try call.int("num_outputs") ?? call.node.outputs.count
        guard parts > 0, parts <= call.node.outputs.count else { throw Refusal("num_outputs \(parts) is not the number of its outputs") }
        let even = (extent + parts - 1) / parts
        let sizes = try call.numbers("split", orInput: 1)
            ?? (0..<parts).map { max(0, min(even, extent - $0 * even)) }
        guard sizes.count == call.node.outputs.count, sizes.allSatisfy({ $0 >= 0 && $0 <= extent }), sizes.reduce(0, +) == extent else {
            throw Refusal("parts of \(sizes) do not make up \(extent)")
        }
        var start = 0, results = [Operand]()
        for size in sizes {
            results.append(try importer.picking(Array(start..<start + size), of: operand, axis: axis))
            start += size
        }
        return results
    }

    private static func slice(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        var operand = try call.operand(0)
        let extents = importer.extents(operand)
        guard let starts = try call.numbers("starts", orInput: 1), let ends = try importer.ends(call) else {
            throw Refusal("the starts or ends are missing")
        }
        let axes = try call.numbers("axes", orInput: 3) ?? Array(0..<starts.count)
        let steps = try call.numbers("steps", orInput: 4) ?? starts.map { _ in 1 }
        guard starts.count == ends.count, axes.count == starts.count, steps.count == starts.count else { throw Refusal("the starts, ends and axes are not as many") }
        var seen = Set<Int>()
        for index in starts.indices {
            let axis = try importer.axis(axes[index], rank: extents.count)
            guard seen.insert(axis).inserted else { throw Refusal("the axis \(axis) stands twice") }
            guard let extent = extents[axis].fixed else {
                // All images: nothing is cut.
                guard starts[index] == 0, steps[index] == 1, ends[index] == nil || ends[index]! >= Int(Int32.max) else { throw Refusal("slices the batch") }
                continue
            }
            guard let end = ends[index] else { throw Refusal("an end depends on the batch") }
            let positions = try positions(from: starts[index], to: end, step: steps[index], of: extent)
            if positions != Array(0..<extent) { operand = try importer.picking(positions, of: operand, axis: axis) }
        }
        return [operand]
    }

    /// The positions of a slice by Python's rules.
    private static func positions(from start: Int, to end: Int, step: Int, of extent: Int) throws(Refusal) -> [Int] {
        guard step != 0 else { throw Refusal("a step of 0 leads nowhere") }
        guard extent > 0 else { return [] }
        func place(_ position: Int, _ low: Int, _ high: Int) -> Int {
            let fromFront = position < 0 ? (position < -extent ? low : position + extent) : position
            return max(low, min(high, fromFront))
        }
        let (first, last) = step > 0
            ? (place(start, 0, extent), place(end, 0, extent)) : (place(start, -1, extent - 1), place(end, -1, extent - 1))
        // No step of any use is longer than the axis.
        return Array(stride(from: first, to: last, by: max(-extent, min(extent, step))))
    }

    private static func gather(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let operand = try call.operand(0), extents = importer.extents(operand)
        let axis = try importer.axis(try call.int("axis", or: 0), rank: extents.count)
        guard let indices = try call.operand(1).known, let numbers = indices.numbers else {
            throw Refusal("its indices must be known before the graph runs")
        }
        guard let extent = extents[axis].fixed else { throw Refusal("picks images of the batch") }
        var positions = [Int]()
        for number in numbers {
            guard (-extent..<extent).contains(number) else { throw Refusal("there is no position \(number) among \(extent)") }
            positions.append(number < 0 ? number + extent : number)
        }
        let picked = try importer.picking(positions, of: operand, axis: axis)
        let target = Array(extents[..<axis]) + indices.extents.map(Size.init) + Array(extents[(axis + 1)...])
        guard target.count <= Limits.axes else { throw Refusal("a tensor of \(target.count) axes is not supported") }
        return try importer.reshaped(picked, to: target)
    }

    private static func expand(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let operand = try call.operand(0)
        guard let sizes = try call.operand(1).known?.sizes else { throw Refusal("the shape must be known before the graph runs") }
        guard sizes.count <= Limits.axes, sizes.allSatisfy({ $0.number >= 0 }), Shape.checkedCount(sizes.map(\.number)) != nil else {
            throw Refusal("the shape is too large")
        }
        switch operand {
        case .known(let tensor, _):
            let fixed = sizes.compactMap(\.fixed)
            guard fixed.count == sizes.count else { throw Refusal("the shape depends on the batch, the elements do not") }
            let extents = try Folding.broadcast(tensor.extents, fixed)
            guard let count = Shape.checkedCount(extents), count <= Limits.folded else { throw Refusal("the shape is too large") }
            return [.known(tensor.picking(Folding.spread(tensor.extents, extents), extents: extents))]
        case .computed(let value, let isWhole):
            var target = sizes
            if importer.hasBatchAxis(value) {
                let rank = importer.rank(operand)
                guard target.count <= rank else { throw Refusal("matches the batch with another axis") }
                if target.count == rank {
                    guard target[0].timesBatch || target[0].fixed == 1 || importer.batching == .leadingAxis(extent: target[0].number) else {
                        throw Refusal("repeats the images of a batch")
                    }
                    target.removeFirst()
                }
            }
            let fixed = target.compactMap(\.fixed)
            guard fixed.count == target.count else { throw Refusal("repeats along an axis as often as there are images") }
            return [.computed(try importer.build { (graph) throws(ShapeError) in
                guard let shape = graph[value].shape.broadcast(with: Shape(fixed)) else {
                    throw ShapeError("\(graph[value].shape) and \(Shape(fixed)) do not fit")
                }
                return try graph.broadcast(value, to: shape)
            }, isWhole: isWhole)]
        }
    }

    private static func tile(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        var operand = try call.operand(0)
        let extents = importer.extents(operand)
        guard let repeats = try call.operand(1).known?.numbers, repeats.count == extents.count else {
            throw Refusal("the repeats must be known before the graph runs, one for each axis")
        }
        for (axis, count) in repeats.enumerated() where count != 1 {
            guard let extent = extents[axis].fixed else { throw Refusal("repeats the images of a batch") }
            guard count >= 0, !extent.multipliedReportingOverflow(by: count).overflow, extent * count <= Limits.attribute else {
                throw Refusal("\(count) repeats are not supported")
            }
            operand = try importer.picking((0..<count).flatMap { _ in 0..<extent }, of: operand, axis: axis)
        }
        return [operand]
    }

    // MARK: - Blocks of pixels as channels

    private static func depthToSpace(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let mode = try call.text("mode", or: "DCR"), block = try call.int("blocksize", or: 0)
        guard ["DCR", "CRD"].contains(mode) else { throw Refusal("mode \(mode.prefix(40)) is not supported") }
        return [try importer.onChannels(try call.operand(0)) { (graph, x) throws(ShapeError) in
            let shape = graph[x].shape
            guard shape.rank == 3, block > 0, shape[0] % (block * block) == 0 else { throw ShapeError("\(shape) has no blocks of \(block)") }
            let channels = shape[0] / (block * block)
            let parts: Shape = mode == "DCR" ? [block, block, channels, shape[1], shape[2]] : [channels, block, block, shape[1], shape[2]]
            let order = mode == "DCR" ? [2, 3, 0, 4, 1] : [0, 3, 1, 4, 2]
            let moved = try graph.transpose(try graph.reshape(x, to: parts), order)
            return try graph.reshape(moved, to: [channels, shape[1] * block, shape[2] * block])
        }]
    }

    private static func spaceToDepth(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let mode = try call.text("mode", or: "DCR"), block = try call.int("blocksize", or: 0)
        guard ["DCR", "CRD"].contains(mode) else { throw Refusal("mode \(mode.prefix(40)) is not supported") }
        return [try importer.onChannels(try call.operand(0)) { (graph, x) throws(ShapeError) in
            let shape = graph[x].shape
            guard shape.rank == 3, block > 0, shape[1] % block == 0, shape[2] % block == 0 else { throw ShapeError("\(shape) has no blocks of \(block)") }
            let (rows, columns) = (shape[1] / block, shape[2] / block)
            let parts = try graph.reshape(x, to: [shape[0], rows, block, columns, block])
            let moved = try graph.transpose(parts, mode == "DCR" ? [2, 4, 0, 1, 3] : [0, 2, 4, 1, 3])
            return try graph.reshape(moved, to: [shape[0] * block * block, rows, columns])
        }]
    }
}
