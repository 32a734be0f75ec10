extension Graph {
    /// Lets a convolution hand its rows to the 2×2 pool that follows while they are in the nearest cache. Its own result remains
    /// for whoever else reads it; where nobody does, it is never written out.
    public func fusingPools() -> Graph {
        var pools = [Int: Node]()  // the pool that a convolution's result goes to, by that result
        for node in nodes {
            guard let pool = node.operation as? Pool, pool.window == Window(kernel: 2, stride: 2) else { continue }
            pools[node.inputs[0].index] = pools[node.inputs[0].index] ?? node
        }
        var absorbed = [Int: Value]()
        return rebuilt { node, map, graph in
            if let result = absorbed[node.results[0].index] { return [result] }
            guard var convolution = node.operation as? Convolution, convolution.pool == nil, let next = pools[node.results[0].index],
                let pool = next.operation as? Pool
            else { return graph.appendFitting(node.operation, node.inputs.map(map)) }
            convolution.pool = pool.kind
            let results = graph.appendFitting(convolution, node.inputs.map(map))
            absorbed[next.results[0].index] = results[1]
            return [results[0]]
        }
    }
}
