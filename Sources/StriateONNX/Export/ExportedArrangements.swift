import StriateGraph

extension GraphExporter {
    /// The nodes for an operation that moves elements.
    mutating func exportArrangement(_ node: Node) throws(ExportRefusal) {
        let result = node.results[0]
        switch node.operation {
        case let reshape as Reshape:
            let x = node.inputs[0]
            if isBatched(x), reshape.shape.rank == 1 { return append("Flatten", [name(x)], [ProtoAttribute("axis", 1)], making: result) }
            append("Reshape", [name(x), constant((isBatched(x) ? [-1] : []) + reshape.shape.extents)], making: result)
        case let slice as Slice:
            let x = node.inputs[0]
            exportSlice(x, from: slice.range.lowerBound, to: slice.range.upperBound, step: 1, axis: axis(slice.axis, of: x), making: result)
        case let gather as Gather: export(gather, node)
        case let concatenation as Concatenation:
            let place = ProtoAttribute("axis", axis(concatenation.axis, of: node.inputs[0]))
            append("Concat", node.inputs.map { name($0) }, [place], making: result)
        case let transpose as Transpose:
            let isBatched = isBatched(node.inputs[0])
            let order = (isBatched ? [0] : []) + transpose.permutation.map { $0 + (isBatched ? 1 : 0) }
            append("Transpose", [name(node.inputs[0])], [ProtoAttribute("perm", order)], making: result)
        case let broadcast as Broadcast:
            let x = node.inputs[0], rank = graph[x].shape.rank
            var input = name(x)
            if isBatched(x), rank < broadcast.shape.rank {
                // New axes stand behind the batch.
                input = step("Unsqueeze", [input, constant(Array(1...broadcast.shape.rank - rank))])
            }
            append("Expand", [input, constant((isBatched(x) ? [1] : []) + broadcast.shape.extents)], making: result)
        default: throw ExportRefusal(operation: node.operation.description)
        }
    }

    private mutating func exportSlice(_ x: Value, from start: Int, to end: Int, step: Int, axis: Int, making result: Value) {
        append("Slice", [name(x), constant([start]), constant([end]), constant([axis]), constant([step])], making: result)
    }

    private mutating func export(_ gather: Gather, _ node: Node) {
        let x = node.inputs[0], place = axis(gather.axis, of: x), extent = graph[x].shape[gather.axis], positions = gather.positions
        if let step = gather.step, let first = positions.first, let last = positions.last {
            return exportSlice(x, from: first, to: last + 1, step: step, axis: place, making: node.results[0])
        }
        let before = positions.prefix { $0 == Gather.filled }.count, behind = positions.reversed().prefix { $0 == Gather.filled }.count
        let rank = graph[x].shape.rank + (isBatched(x) ? 1 : 0)
        func pads(_ before: Int, _ behind: Int) -> [Int] {
            (0..<2 * rank).map { $0 == place ? before : $0 == place + rank ? behind : 0 }
        }
        if before + extent + behind == positions.count, Array(positions[before..<before + extent]) == Array(0..<extent) {
            return append("Pad", [name(x), constant(pads(before, behind)), constant(Tensor(gather.fill))], making: node.results[0])
        }
        var source = name(x)
        if positions.contains(Gather.filled) {
            // The fill stands behind the last element and is picked like any other.
            source = step("Pad", [source, constant(pads(0, 1)), constant(Tensor(gather.fill))])
        }
        let indices = constant(positions.map { $0 == Gather.filled ? extent : $0 })
        append("Gather", [source, indices], [ProtoAttribute("axis", place)], making: node.results[0])
    }
}

extension Gather {
    /// The distance between positions that rise evenly; nil where they do not.
    fileprivate var step: Int? {
        guard positions.count > 1, positions[0] >= 0 else { return nil }
        let step = positions[1] - positions[0]
        guard step > 0, positions.indices.dropFirst().allSatisfy({ positions[$0] == positions[$0 - 1] + step }) else { return nil }
        return step
    }
}
