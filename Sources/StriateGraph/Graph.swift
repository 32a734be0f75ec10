/// A value in a graph: what one operation makes and others read. Meaningful only in the graph that made it.
public struct Value: Hashable, Sendable {
    public let index: Int
}

/// What a value is: its shape, and whether each image of the batch has its own.
public struct ValueType: Hashable, Sendable, CustomStringConvertible {
    /// Without the batch: `6×28×28` is the shape of a feature map whether one image runs or a thousand.
    public let shape: Shape
    /// True for activations (one for each image), false for weights and other values that all images share.
    public let isBatched: Bool

    public init(_ shape: Shape, isBatched: Bool) {
        self.shape = shape
        self.isBatched = isBatched
    }

    public static func batched(_ shape: Shape) -> ValueType { ValueType(shape, isBatched: true) }
    public static func shared(_ shape: Shape) -> ValueType { ValueType(shape, isBatched: false) }

    public var description: String { isBatched ? (shape.rank == 0 ? "N" : "N×\(shape)") : "\(shape)" }
}

/// An operation at its place in a graph.
public struct Node: Sendable {
    public let operation: any Operation
    public let inputs: [Value]
    public let results: [Value]
    /// The layer that asked for it, such as `layer1.0.conv1`.
    public let path: String
}

/// What is to be computed: operations in an order in which each comes after those it reads. Says nothing of how.
///
/// A graph is a value. It is built by tracing a network (`StriateNetworks`), extended by ``differentiated(_:with:)`` and
/// an optimiser's updates, rewritten by passes, and compiled by an engine.
public struct Graph: Sendable {
    public private(set) var nodes: [Node] = []
    public private(set) var types: [ValueType] = []
    /// Named results, in order.
    public private(set) var outputs: [(name: String, value: Value)] = []
    /// New values that variables take once everything else has run.
    public private(set) var updates: [(variable: Value, value: Value)] = []
    /// Where the next operations belong; errors name it.
    public var path = ""

    public init() {}

    public subscript(value: Value) -> ValueType { types[value.index] }

    /// Appends an operation.
    ///
    /// - Throws: ``ShapeError`` with the current path where the inputs do not fit.
    @discardableResult
    public mutating func append(_ operation: any Operation, _ inputs: [Value] = []) throws(ShapeError) -> [Value] {
        let resultTypes: [ValueType]
        do {
            resultTypes = try operation.resultTypes(for: inputs.map { types[$0.index] })
        } catch {
            throw ShapeError(path: error.path.isEmpty ? path : error.path, error.message)
        }
        let results = resultTypes.indices.map { Value(index: types.count + $0) }
        types += resultTypes
        nodes.append(Node(operation: operation, inputs: inputs, results: results, path: path))
        return results
    }

    /// Names a result. A name that stands already is replaced.
    public mutating func output(_ name: String, _ value: Value) {
        outputs.removeAll { $0.name == name }
        outputs.append((name, value))
    }

    public mutating func removeOutput(_ name: String) { outputs.removeAll { $0.name == name } }

    /// Lets `variable` take `value` at the end of every run; itself is no new value.
    ///
    /// - Precondition: `variable` is the result of a ``Variable`` of the same type.
    public mutating func update(_ variable: Value, to value: Value) {
        precondition(self[variable] == self[value], "an update keeps the variable's type")
        guard variable != value else { return }
        updates.append((variable, value))
    }
}

extension Graph {
    public func output(named name: String) -> Value? { outputs.first { $0.name == name }?.value }

    /// The graph's named inputs with their types, in order of appearance.
    public var inputs: [(name: String, value: Value)] {
        nodes.compactMap { node in (node.operation as? Input).map { ($0.name, node.results[0]) } }
    }

    /// The graph's variables in order of appearance: parameters and optimiser state.
    public var variables: [(variable: Variable, value: Value)] {
        nodes.compactMap { node in (node.operation as? Variable).map { ($0, node.results[0]) } }
    }

    /// The node that makes each value, by the value's index.
    public var producers: [Int] {
        var producers = Array(repeating: 0, count: types.count)
        for (index, node) in nodes.enumerated() { for result in node.results { producers[result.index] = index } }
        return producers
    }

    /// How often each value is read, by the value's index; being an output or an update counts as one reading.
    public var uses: [Int] {
        var uses = Array(repeating: 0, count: types.count)
        for node in nodes { for input in node.inputs { uses[input.index] += 1 } }
        for output in outputs { uses[output.value.index] += 1 }
        for update in updates { uses[update.value.index] += 1 }
        return uses
    }

    /// Multiply-adds for one image, of convolutions and linear layers alone (as the literature counts them).
    public var multiplyAdds: Int {
        nodes.reduce(0) { $0 + $1.operation.multiplyAdds(for: $1.inputs.map { types[$0.index] }) }
    }
}

extension Graph: CustomStringConvertible {
    /// One line for each operation: what it makes, its type, the operation, what it reads, and the layer.
    public var description: String {
        var lines = nodes.map { node in
            let results = node.results.map { "%\($0.index): \(self[$0])" }.joined(separator: ", ")
            let inputs = node.inputs.map { " %\($0.index)" }.joined()
            return "\(results) = \(node.operation)\(inputs)" + (node.path.isEmpty ? "" : "    // \(node.path)")
        }
        lines += updates.map { "update %\($0.variable.index) to %\($0.value.index)" }
        lines += outputs.map { "output \($0.name) %\($0.value.index)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
