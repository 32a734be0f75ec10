import StriateGraph

/// What is known of a planned step before it runs.
struct StepCost {
    var name: String
    var kind: String
    var path: String
    /// For one image; see ``StepProfile/operations``.
    var multiplyAdds: Int
    /// Read and written for each group of images, and once for all of them.
    var groupBytes = 0
    var sharedBytes = 0

    func profile(images: Int, groups: Int, seconds: Double) -> StepProfile {
        StepProfile(
            name: name, kind: kind, path: path, operations: 2 * multiplyAdds * images, bytes: groupBytes * groups + sharedBytes,
            seconds: seconds)
    }
}

extension Lowering {
    /// Of each draft.
    var costs: [StepCost] {
        var workers = Array(repeating: [Int](), count: graph.nodes.count)
        for (index, draft) in drafts.enumerated() { for node in draft.nodes { workers[node].append(index) } }
        var multiplyAdds = Array(repeating: 0, count: drafts.count)
        for (node, all) in zip(graph.nodes, workers) {
            // Those named after the operation do its work in equal parts, or else the last one does; the others pad, rearrange or add up.
            let named = all.filter { drafts[$0].name.contains("\(node.operation)") }
            let sharers = named.isEmpty ? all.suffix(1) : named[...]
            for index in sharers {
                multiplyAdds[index] += node.operation.multiplyAdds(for: node.inputs.map { graph[$0] }) / sharers.count
            }
        }
        // Steps that each make a part of one value (a strided convolution's gradient) do not each read and write all of it.
        var counted = [[Buffer]: (read: Set<Buffer>, written: Set<Buffer>)]()
        return zip(drafts, multiplyAdds).map { draft, multiplyAdds in
            let node = draft.nodes.first.map { graph.nodes[$0] }, operation = node.map { "\($0.operation)" } ?? ""
            var cost = StepCost(
                name: draft.name, kind: draft.name.replacing(operation, with: operation.prefix { $0 != " " }),
                path: node?.path ?? "", multiplyAdds: multiplyAdds)
            let result = draft.writes + draft.overwrites, known = counted[result] ?? ([], [])
            let read = Set(draft.reads).subtracting(known.read), written = Set(result).subtracting(known.written)
            counted[result] = (known.read.union(read), known.written.union(written))
            for record in (Array(read) + written).map({ records[$0.index] }) {
                let bytes = record.count * record.stride
                if record.isShared { cost.sharedBytes += bytes } else { cost.groupBytes += bytes }
            }
            return cost
        }
    }
}
