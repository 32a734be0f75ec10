// How diagonal second derivatives travel back through each operation (LeCun et al., 1998, appendix C, eqs. 23 to 27): as gradients
// do, with every factor squared. For a sum y = Σ wᵢxᵢ of slope f′ behind it: ∂²E/∂xᵢ² = wᵢ²·∂²E/∂y², ∂²E/∂wᵢ² = xᵢ²·∂²E/∂y²,
// and ∂²E/∂a² = f′(a)²·∂²E/∂y². The terms with f″ are left out, so that nothing is ever negative.

extension Graph {
    fileprivate mutating func square(_ x: Value) throws(ShapeError) -> Value { try arithmetic(.multiply, x, x) }
}

extension Convolution {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil, nil] }
        let (x, weight) = (node.inputs[0], node.inputs[1])
        let toInput = ConvolutionInputGradient(window: window, groups: groups, inputShape: graph[x].shape)
        let toWeight = ConvolutionWeightGradient(window: window, groups: groups, weightShape: graph[weight].shape)
        return [
            try graph.append(toInput, [upstream, try graph.square(weight)])[0],
            try graph.append(toWeight, [try graph.square(x), upstream])[0],
        ]
    }
}

extension ConnectionMask {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        try gradient(of: node, upstream: upstream, in: &graph)
    }
}

extension Linear {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil, nil] }
        return [
            try graph.append(LinearInputGradient(), [upstream, try graph.square(node.inputs[1])])[0],
            try graph.append(LinearWeightGradient(), [try graph.square(node.inputs[0]), upstream])[0],
        ]
    }
}

extension Activation {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        // The slope once, and once more.
        let once = try gradient(of: node, upstream: upstream, in: &graph)
        return try gradient(of: node, upstream: once, in: &graph)
    }
}

extension Pool {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let curvature = try gradient(of: node, upstream: upstream, in: &graph)[0] else { return [nil] }
        switch kind {
        case .max: return [curvature]
        case .average:
            try require(
                window.padding.isEmpty && !window.roundsUp, "there is no rule for the second derivatives of a mean over padding")
            return [try graph.multiply(curvature, by: 1 / Float(window.kernel.count))]
        }
    }
}

extension AddBias {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        try gradient(of: node, upstream: upstream, in: &graph)
    }
}

extension ChannelAffine {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return node.inputs.map { _ in nil } }
        let toX = try graph.append(ChannelAffine(hasOffset: false), [upstream, try graph.square(node.inputs[1])])[0]
        let toScale = try graph.append(ChannelDot(), [try graph.square(node.inputs[0]), upstream])[0]
        return [toX, toScale] + (hasOffset ? [try graph.append(ChannelSum(), [upstream])[0]] : [])
    }
}

extension Affine {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.affine(upstream, scale: scale.map { $0 * $0 }, offset: scale.map { _ in 0 })]
    }
}

extension Reshape {
    public func curvature(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        try gradient(of: node, upstream: upstream, in: &graph)
    }
}
