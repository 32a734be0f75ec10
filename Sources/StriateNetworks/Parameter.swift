public import StriateGraph

/// A parameter of a traced network, or a running statistic: what model files hold under its path.
public struct Parameter: Hashable, Sendable {
    /// Such as `features.0.weight`: the key in model files.
    public let path: String
    public let shape: Shape
    /// Learnt from gradients, or a running statistic.
    public let role: Variable.Role
    /// Whether it belongs to an ``Auxiliary`` head, which only training needs.
    public let isAuxiliary: Bool
    public let initializer: Initializer
    /// Of a unit that all inputs lead to.
    public let fans: Fans
    /// Which input channels each unit (a place of the first axis) sees, where not all. A weight `[units, channels, …]` is 0 elsewhere.
    public let connections: ConnectionTable?

    /// How many of its numbers are learnt.
    public var learntCount: Int {
        guard role == .parameter else { return 0 }
        guard let connections, shape.rank > 1 else { return shape.count }
        return connections.count * taps
    }

    /// How many of its numbers count as the network's: learnt ones outside auxiliary heads.
    var publishedCount: Int { isAuxiliary ? 0 : learntCount }

    /// Numbers of one unit for one input channel.
    private var taps: Int { shape.extents.dropFirst(2).reduce(1, *) }

    /// The numbers it starts from. They depend on the seed and the path alone, not on other parameters.
    public func initialTensor(seed: UInt64) -> Tensor {
        var generator = SeededGenerator(seed: seed, path: path)
        guard let connections else { return Tensor(shape, initializer.values(shape.count, fans: fans, from: &generator)) }
        var values = [Float]()
        for inputs in connections.rows {
            let fans = Fans(input: fans.input / connections.inputs * inputs.count, output: fans.output)
            guard shape.rank > 1 else {
                values += initializer.values(1, fans: fans, from: &generator)
                continue
            }
            for channel in 0..<connections.inputs {
                values += inputs.contains(channel)
                    ? initializer.values(taps, fans: fans, from: &generator) : Array(repeating: 0, count: taps)
            }
        }
        return Tensor(shape, values)
    }
}

extension Trace {
    /// Declares `weight`, initialised as the user chose for the whole network, or else as the layer did, or else as PyTorch does.
    public mutating func weight(
        _ shape: [Int], _ initializer: Initializer?, fans: Fans, connections: ConnectionTable? = nil
    ) throws(ShapeError) -> Value {
        try parameter("weight", shape, initialization?.weight ?? initializer ?? .pytorch, fans: fans, connections: connections)
    }

    /// Declares `bias`, initialised by the same rule.
    public mutating func bias(
        _ count: Int, _ initializer: Initializer?, fans: Fans, connections: ConnectionTable? = nil
    ) throws(ShapeError) -> Value {
        try parameter("bias", [count], initialization?.bias ?? initializer ?? .pytorch, fans: fans, connections: connections)
    }
}
