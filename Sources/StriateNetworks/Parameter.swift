public import StriateGraph

/// A parameter of a traced network.
public struct Parameter: Hashable, Sendable {
    /// Such as `features.0.weight`: the key in model files.
    public let path: String
    public let shape: Shape
    public let initializer: Initializer
    public let fans: Fans

    /// The numbers it starts from. They depend on the seed and the path alone, not on other parameters.
    public func initialTensor(seed: UInt64) -> Tensor {
        var generator = SeededGenerator(seed: seed, path: path)
        return Tensor(shape, initializer.values(shape.count, fans: fans, from: &generator))
    }
}

extension Trace {
    /// Declares `weight`, initialised as the user chose for the whole network, or else as the layer did, or else as PyTorch does.
    public mutating func weight(_ shape: [Int], _ initializer: Initializer?, fans: Fans) throws(ShapeError) -> Value {
        try parameter("weight", shape, initialization?.weight ?? initializer ?? .pytorch, fans: fans)
    }

    /// Declares `bias`, initialised by the same rule.
    public mutating func bias(_ count: Int, _ initializer: Initializer?, fans: Fans) throws(ShapeError) -> Value {
        try parameter("bias", [count], initialization?.bias ?? initializer ?? .pytorch, fans: fans)
    }
}
