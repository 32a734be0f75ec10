import StriateGraph

extension Lowering {
    mutating func lowerPool(_ node: Node) {
        let inputs = node.inputs.map { buffer(of: $0) }
        let result = makeBuffer(for: node.results[0])
        let resultShape = graph[node.results[0]].shape, operation = node.operation
        let shapes = node.inputs.map { graph[$0].shape }
        // The fused gradient reads an element of the activation just before it writes there.
        let reusable = operation is PoolActivationGradient ? [inputs[0]] : []
        addGroupStep("\(operation)", reads: inputs, writes: [result], reusable: reusable) { places in
            let slots = inputs.map { places[$0] }
            switch operation {
            case let gradient as PoolActivationGradient:
                return PoolActivationGradientStep(
                    pool: gradient.pool, activation: gradient.activation,
                    geometry: PoolGeometry(gradient.window, input: resultShape, output: shapes[1]), y: slots[0], upstream: slots[1],
                    pooled: gradient.pool == .max ? slots[2] : nil, result: places[result])
            case let pool as Pool:
                let geometry = PoolGeometry(pool.window, input: shapes[0], output: resultShape)
                return PoolStep(pool: pool, geometry: geometry, x: slots[0], result: places[result])
            case let gradient as AveragePoolGradient:
                let geometry = PoolGeometry(gradient.window, input: resultShape, output: shapes[0])
                return AveragePoolGradientStep(
                    geometry: geometry, countsPadding: gradient.countsPadding, upstream: slots[0], result: places[result])
            case let gradient as MaxPoolGradient:
                let geometry = PoolGeometry(gradient.window, input: resultShape, output: shapes[1])
                return MaxPoolGradientStep(
                    geometry: geometry, x: slots[0], y: slots[1], upstream: slots[2], result: places[result])
            case is AdaptiveAveragePool:
                return AdaptivePoolStep(regions: PoolRegions(input: shapes[0], output: resultShape), x: slots[0], result: places[result])
            case is AdaptiveAveragePoolGradient:
                return AdaptivePoolGradientStep(
                    regions: PoolRegions(input: resultShape, output: shapes[0]), upstream: slots[0], result: places[result])
            default: fatalError("\(operation) is not a pool")
            }
        }
    }
}
