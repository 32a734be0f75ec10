import StriateGraph

extension ReferenceProgram {
    /// Sums over the batch, and what is the same for all images.
    func batches(_ call: Call) -> [[Double]]? {
        let x = call.inputs.first ?? [], size = call.type.shape.count
        switch call.node.operation {
        case is ChannelSum:
            var sums = Array(repeating: 0.0, count: size)
            let area = call.types[0].shape.count / size
            for (index, element) in x.enumerated() { sums[index / area % size] += element }
            return [sums]
        case let reduction as BatchReduction:
            let sums = (0..<size).map { place in (0..<call.count).reduce(0.0) { $0 + x[$1 * size + place] } }
            return [reduction.kind == .mean ? sums.map { $0 / Double(call.count) } : sums]
        case let broadcast as BatchBroadcast:
            return call.images { _ in x.map { broadcast.kind == .mean ? $0 / Double(call.count) : $0 } }
        default: return nil
        }
    }
}
