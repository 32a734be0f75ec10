import StriateGraph

extension Graph {
    /// How many links lead from inputs to units in one image, a bias being one link of each unit: what LeCun et al. (1998) call connections.
    func connectionCount(of node: Node) -> Int {
        let inputs = node.inputs.map { self[$0] }, units = self[node.results[0]].shape.count
        switch node.operation {
        case is Convolution, is StriateGraph.Linear: return node.operation.multiplyAdds(for: inputs)
        case let pool as Pool: return units * pool.window.kernel.count
        case is AddBias, is ChannelAffine: return units
        case is SquaredDistance: return inputs[1].shape.count
        default: return 0
        }
    }
}
