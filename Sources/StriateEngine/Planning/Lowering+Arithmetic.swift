import StriateGraph

extension Lowering {
    mutating func lower(_ arithmetic: Arithmetic, _ node: Node) {
        let (a, b) = (buffer(of: node.inputs[0]), buffer(of: node.inputs[1])), result = makeBuffer(for: node.results[0])
        let type = graph[node.results[0]]
        let walk = ElementWalk(broadcasting: graph[node.inputs[0]].shape, graph[node.inputs[1]].shape, to: type.shape)
        guard type.isBatched else {
            addBatchStep("\(arithmetic)", reads: [a, b], writes: [result]) {
                SharedArithmeticStep(kind: arithmetic.kind, walk: walk, a: $0[a], b: $0[b], result: $0[result])
            }
            return
        }
        // An operand that is not repeated is read element by element just before the result is written.
        let reusable = [a, b].filter { !records[$0.index].isShared && records[$0.index].count == walk.count }
        let isShared = (a: records[a.index].isShared, b: records[b.index].isShared)
        addGroupStep("\(arithmetic)", reads: [a, b], writes: [result], reusable: reusable) {
            ArithmeticStep(
                kind: arithmetic.kind, walk: walk, a: Operand(slot: $0[a], isShared: isShared.a),
                b: Operand(slot: $0[b], isShared: isShared.b), result: $0[result])
        }
    }

    mutating func lower(_ function: ElementFunction, _ node: Node) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0]), kind = function.kind
        let type = graph[node.results[0]]
        guard type.isBatched else {
            return addBatchStep("\(function)", reads: [x], writes: [result]) {
                SharedElementFunctionStep(kind: kind, x: $0[x], result: $0[result], pieces: Parts(floats: type.shape.count))
            }
        }
        addGroupStep("\(function)", reads: [x], writes: [result], reusable: [x]) {
            ElementFunctionStep(kind: kind, x: $0[x], result: $0[result], pieces: Parts(type.shape.count))
        }
    }

    mutating func lower(_ gradient: ElementFunctionGradient, _ node: Node) {
        let x = buffer(of: node.inputs[0]), upstream = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        let type = graph[node.results[0]], kind = gradient.kind
        guard type.isBatched else {
            return addBatchStep("\(gradient)", reads: [x, upstream], writes: [result]) {
                SharedElementFunctionGradientStep(
                    kind: kind, x: $0[x], upstream: $0[upstream], result: $0[result], pieces: Parts(floats: type.shape.count))
            }
        }
        addGroupStep("\(gradient)", reads: [x, upstream], writes: [result], reusable: [x, upstream]) {
            ElementFunctionGradientStep(
                kind: kind, x: $0[x], upstream: $0[upstream], result: $0[result], pieces: Parts(type.shape.count))
        }
    }

    mutating func lower(_ reduction: Reduction, _ node: Node) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0]), kind = reduction.kind
        let walk = ReductionWalk(graph[node.inputs[0]].shape, axes: reduction.axes)
        guard graph[node.results[0]].isBatched else {
            return addBatchStep("\(reduction)", reads: [x], writes: [result]) {
                SharedAxisReductionStep(kind: kind, walk: walk, x: $0[x], result: $0[result])
            }
        }
        addGroupStep("\(reduction)", reads: [x], writes: [result]) {
            AxisReductionStep(kind: kind, walk: walk, x: $0[x], result: $0[result])
        }
    }

    mutating func lower(_ softmax: Softmax, _ node: Node) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let walk = ReductionWalk(graph[node.inputs[0]].shape, axes: [softmax.axis])
        // A row is only written once its elements have been read.
        addGroupStep("\(softmax)", reads: [x], writes: [result], reusable: [x]) {
            SoftmaxStep(softmax: softmax, walk: walk, x: $0[x], result: $0[result])
        }
    }
}
