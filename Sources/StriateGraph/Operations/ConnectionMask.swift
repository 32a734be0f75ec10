/// Which input channels each output channel of a convolution sees, such as Table 1 of LeCun et al. (1998).
public struct ConnectionTable: Hashable, Sendable {
    public let inputs: Int
    /// For each output channel the input channels that it sees, in rising order.
    public let rows: [[Int]]

    /// - Precondition: all channels lie below `inputs`.
    public init(inputs: Int, rows: [[Int]]) {
        precondition(rows.allSatisfy { $0.allSatisfy((0..<inputs).contains) }, "a connection leads to a channel that exists")
        self.inputs = inputs
        self.rows = rows.map { $0.sorted() }
    }

    /// The number of connected pairs of channels.
    public var count: Int { rows.reduce(0) { $0 + $1.count } }
}

/// A convolution's weight `[O, C, kH, kW]` with zeros where the table has no connection: what makes a convolution a masked one.
/// It is linear and its own gradient, so that weights outside the table never learn.
public struct ConnectionMask: Operation {
    public var table: ConnectionTable

    public init(_ table: ConnectionTable) { self.table = table }

    public var description: String { "mask of \(table.count) connections" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let weight = inputs[0].shape
        try require(
            !inputs[0].isBatched && weight.rank == 4 && weight[0] == table.rows.count && weight[1] == table.inputs,
            "a table of \(table.rows.count)×\(table.inputs) connections does not fit a weight of \(weight)")
        return [inputs[0]]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.append(self, [upstream])[0]]
    }
}

extension Graph {
    /// A convolution in which each output channel sees only the input channels of a table.
    public mutating func convolution(
        _ x: Value, weight: Value, window: Window, connections: ConnectionTable
    ) throws(ShapeError) -> Value {
        let masked = try append(ConnectionMask(connections), [weight])[0]
        var convolution = Convolution(window: window)
        convolution.connections = connections.count
        return try append(convolution, [x, masked])[0]
    }
}
