import StriateGraph

/// What is decided about a graph before it is lowered one image at a time: where values lie, and which operations become one step.
struct SingleImagePlan {
    /// What a convolution does beyond its own operation, before its sums leave the registers.
    struct Ending {
        /// Added to the convolution's sums.
        let residual: Value
        let activation: Activation.Kind?
        let result: Value
    }

    private let layouts: [PictureLayout?]
    /// By the convolution's own result.
    private(set) var endings: [Value: Ending] = [:]
    /// The scale and offset that an input is multiplied by and moved by while it is read, and what that gives.
    private(set) var normalizations: [Value: (affine: Affine, result: Value)] = [:]
    /// Results of operations that others have taken in.
    private(set) var absorbed = Set<Value>()

    /// - Throws: ``EngineError`` where the graph has values that only lanes of images can hold.
    init(_ graph: Graph) throws(EngineError) {
        let known = PictureLayouts(graph)
        var layouts = [PictureLayout?](repeating: nil, count: graph.types.count)
        for value in graph.nodes.flatMap(\.results) where graph[value].isBatched { layouts[value.index] = try known.layout(of: value) }
        self.layouts = layouts
        let uses = graph.uses, producers = graph.producers
        findEndings(graph, uses, producers)
        for node in graph.nodes {
            guard let affine = node.operation as? Affine, uses[node.inputs[0].index] == 1,
                graph.nodes[producers[node.inputs[0].index]].operation is Input
            else { continue }
            normalizations[node.inputs[0]] = (affine, node.results[0])
            absorbed.insert(node.results[0])
        }
    }

    func layout(of value: Value) -> PictureLayout {
        guard let layout = layouts[value.index] else { fatalError("%\(value.index) is shared by all images and has no layout") }
        return layout
    }

    /// Sums of two values of which the later is a convolution's that nothing else reads: the convolution begins with the earlier one.
    private mutating func findEndings(_ graph: Graph, _ uses: [Int], _ producers: [Int]) {
        var readers = [Value: Node]()
        for node in graph.nodes { for input in node.inputs { readers[input] = node } }
        for node in graph.nodes {
            guard (node.operation as? Arithmetic)?.kind == .add, graph[node.inputs[0]] == graph[node.inputs[1]] else { continue }
            let later = node.inputs[0].index > node.inputs[1].index ? node.inputs[0] : node.inputs[1]
            let earlier = later == node.inputs[0] ? node.inputs[1] : node.inputs[0]
            guard let convolution = graph.nodes[producers[later.index]].operation as? Convolution, convolution.activation == nil,
                convolution.pool == nil, uses[later.index] == 1, later != earlier
            else { continue }
            var result = node.results[0], activation: Activation.Kind?
            absorbed.insert(result)
            if uses[result.index] == 1, let next = readers[result], let function = next.operation as? Activation {
                (activation, result) = (function.kind, next.results[0])
                absorbed.insert(result)
            }
            endings[later] = Ending(residual: earlier, activation: activation, result: result)
        }
    }
}
