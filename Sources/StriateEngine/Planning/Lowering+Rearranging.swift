import StriateGraph
import StriateLanes

extension Lowering {
    /// A slice along the outermost axis is a part of its input's memory.
    mutating func lower(_ slice: Slice, _ node: Node) {
        let x = buffer(of: node.inputs[0]), shape = graph[node.inputs[0]].shape, part = graph[node.results[0]].shape
        let start = slice.range.lowerBound * shape.steps[slice.axis]
        guard !shape.isOutermost(slice.axis) else {
            return alias(node.results[0], to: makeView(of: x, from: start, count: part.count))
        }
        let walk = ElementWalk(over: part, a: shape.steps, b: part.steps)
        addCopy("\(slice)", walk, from: x, sourceStart: start, to: makeBuffer(for: node.results[0]))
    }

    /// Copies the inputs that do not lie where they belong already (see ``Homes``).
    mutating func lower(_ concatenation: Concatenation, _ node: Node) {
        let result = makeBuffer(for: node.results[0]), shape = graph[node.results[0]].shape
        var position = 0
        for input in node.inputs {
            let x = buffer(of: input), part = graph[input].shape, start = position * shape.steps[concatenation.axis]
            position += part[concatenation.axis]
            if shape.isOutermost(concatenation.axis) {
                let place = makeView(of: result, from: start, count: part.count)
                guard records.region(of: x) != records.region(of: place) else { continue }
                addCopy("\(concatenation)", ElementWalk(over: part, a: part.steps, b: part.steps), from: x, to: place)
            } else {
                let walk = ElementWalk(over: part, a: part.steps, b: shape.steps)
                addCopy("\(concatenation)", walk, from: x, to: result, targetStart: start)
            }
        }
    }

    mutating func lower(_ transpose: Transpose, _ node: Node) {
        let x = buffer(of: node.inputs[0]), steps = graph[node.inputs[0]].shape.steps, shape = graph[node.results[0]].shape
        let walk = ElementWalk(over: shape, a: transpose.permutation.map { steps[$0] }, b: shape.steps)
        addCopy("\(transpose)", walk, from: x, to: makeBuffer(for: node.results[0]))
    }

    mutating func lower(_ broadcast: Broadcast, _ node: Node) {
        let x = buffer(of: node.inputs[0]), shape = graph[node.results[0]].shape
        let walk = ElementWalk(over: shape, a: graph[node.inputs[0]].shape.steps(broadcastTo: shape), b: shape.steps)
        addCopy("\(broadcast)", walk, from: x, to: makeBuffer(for: node.results[0]))
    }

    mutating func lower(_ gather: Gather, _ node: Node) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0]), fill = gather.fill
        let geometry = GatherGeometry(graph[node.inputs[0]].shape, axis: gather.axis, positions: gather.positions)
        guard graph[node.results[0]].isBatched else {
            return addBatchStep("\(gather)", reads: [x], writes: [result]) {
                SharedGatherStep(geometry: geometry, fill: fill, x: $0[x], result: $0[result])
            }
        }
        addGroupStep("\(gather)", reads: [x], writes: [result]) {
            GatherStep(geometry: geometry, fill: fill, x: $0[x], result: $0[result])
        }
    }

    mutating func lower(_ gradient: GatherGradient, _ node: Node) {
        let upstream = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let geometry = GatherGeometry(graph[node.results[0]].shape, axis: gradient.axis, positions: gradient.positions)
        guard graph[node.results[0]].isBatched else {
            return addBatchStep("\(gradient)", reads: [upstream], writes: [result]) {
                SharedGatherGradientStep(geometry: geometry, upstream: $0[upstream], result: $0[result])
            }
        }
        addGroupStep("\(gradient)", reads: [upstream], writes: [result]) {
            GatherGradientStep(geometry: geometry, upstream: $0[upstream], result: $0[result])
        }
    }

    mutating func lower(_ mask: ConnectionMask, _ node: Node) {
        let weight = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0]), shape = graph[node.results[0]].shape
        let isConnected = mask.table.rows.flatMap { row in (0..<mask.table.inputs).map { row.contains($0) } }
        addBatchStep("\(mask)", reads: [weight], writes: [result]) {
            ConnectionMaskStep(isConnected: isConnected, kernel: shape[2] * shape[3], weight: $0[weight], result: $0[result])
        }
    }

    /// Copies elements of lanes or of shared floats.
    ///
    /// - Parameter walk: What source (a) and target (b) advance by.
    mutating func addCopy(
        _ name: String, _ walk: ElementWalk, from source: Buffer, sourceStart: Int = 0, to target: Buffer,
        targetStart: Int = 0
    ) {
        if records[source.index].isShared {
            addBatchStep(name, reads: [source], writes: [target]) {
                SharedElementCopyStep(
                    walk: walk, source: $0[source], target: $0[target], sourceStart: sourceStart, targetStart: targetStart)
            }
        } else {
            addGroupStep(name, reads: [source], writes: [target]) {
                ElementCopyStep(
                    walk: walk, source: $0[source], target: $0[target], sourceStart: sourceStart, targetStart: targetStart)
            }
        }
    }
}
