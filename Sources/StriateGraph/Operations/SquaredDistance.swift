/// Euclidean radial basis functions: `yᵢ = Σⱼ (xⱼ − cᵢⱼ)²`, without ½ or root (LeCun et al., 1998, eq. 7).
///
/// Inputs: features `[n]`, centres `[k, n]`. Result `[k]`.
public struct SquaredDistance: Operation {
    public init() {}

    public var description: String { "squared-distance" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let (x, centers) = (inputs[0], inputs[1].shape)
        try require(
            x.isBatched && x.shape.rank == 1 && !inputs[1].isBatched && centers.rank == 2 && centers[1] == x.shape[0],
            "centres of \(centers) do not fit features of \(x.shape)")
        return [.batched([centers[0]])]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil, nil] }
        let inputs = node.inputs + [upstream]
        return [
            try graph.append(SquaredDistanceGradient(), inputs)[0],
            try graph.append(SquaredDistanceCenterGradient(), inputs)[0],
        ]
    }
}

/// `2·Σᵢ gᵢ·(xⱼ − cᵢⱼ)`. Inputs: features `[n]`, centres `[k, n]`, upstream `[k]`. Result `[n]`.
public struct SquaredDistanceGradient: Operation {
    public var description: String { "squared-distance-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[0]] }
}

/// `−2·Σ gᵢ·(xⱼ − cᵢⱼ)` over the batch. Inputs: features `[n]`, centres `[k, n]`, upstream `[k]`. Result `[k, n]`, shared.
public struct SquaredDistanceCenterGradient: Operation {
    public var description: String { "squared-distance-center-gradient" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] { [inputs[1]] }
}

extension Graph {
    public mutating func squaredDistance(_ x: Value, to centers: Value) throws(ShapeError) -> Value {
        try append(SquaredDistance(), [x, centers])[0]
    }
}
