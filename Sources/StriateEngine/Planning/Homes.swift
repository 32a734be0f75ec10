import StriateGraph

/// Which values are computed inside another value's memory, so that concatenating them copies nothing.
///
/// A concatenation along the outermost axis has its inputs one after another in memory. Each of them that an operation makes is
/// made there at once, in the last concatenation that it goes into. An earlier concatenation of neighbours in that last one lies there
/// too, as in a dense block, where each layer reads all that came before.
struct Homes {
    private let graph: Graph
    private let producers: [Int]
    private var homes: [Int: Home] = [:]

    struct Home {
        /// The result of the concatenation.
        let host: Value
        /// Where the value begins in it, in elements.
        let offset: Int
    }

    init(_ graph: Graph) {
        self.graph = graph
        producers = graph.producers
        for node in graph.nodes.reversed() {
            guard let concatenation = node.operation as? Concatenation, graph[node.results[0]].isBatched,
                graph[node.results[0]].shape.isOutermost(concatenation.axis)
            else { continue }
            if homes[node.results[0].index] == nil, let home = commonHome(of: node.inputs) {
                homes[node.results[0].index] = home
                continue
            }
            var offset = 0
            for input in node.inputs {
                let origin = origin(of: input)
                if homes[origin.index] == nil, isMade(origin) { homes[origin.index] = Home(host: node.results[0], offset: offset) }
                offset += graph[input].shape.count
            }
        }
    }

    subscript(value: Value) -> Home? { homes[value.index] }

    /// The value whose memory a value is or lies in, as it is no more than a part of it: often itself.
    func source(of value: Value) -> Value {
        let node = graph.nodes[producers[value.index]]
        if node.operation is Reshape { return source(of: node.inputs[0]) }
        if let slice = node.operation as? Slice, graph[value].shape.isOutermost(slice.axis) { return source(of: node.inputs[0]) }
        return value
    }

    /// The value that has the same elements in the same order under another shape: often itself.
    private func origin(of value: Value) -> Value {
        let node = graph.nodes[producers[value.index]]
        return node.operation is Reshape ? origin(of: node.inputs[0]) : value
    }

    /// Whether an operation writes the value, which is not just a part of another.
    private func isMade(_ value: Value) -> Bool { source(of: value) == value }

    /// Where values lie one after another already.
    private func commonHome(of values: [Value]) -> Home? {
        guard let first = values.first.flatMap({ homes[origin(of: $0).index] }) else { return nil }
        var end = first.offset
        for value in values {
            guard let home = homes[origin(of: value).index], home.host == first.host, home.offset == end else { return nil }
            end += graph[value].shape.count
        }
        return first
    }
}

extension Shape {
    /// Whether what lies together along an axis lies together in memory: all axes before it have one position.
    func isOutermost(_ axis: Int) -> Bool { extents[..<axis].allSatisfy { $0 == 1 } }
}
