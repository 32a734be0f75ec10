import StriateGraph
import StriateLanes

/// Inference where a lane holds neighbouring channels of one image. Steps are the same kind of steps, with one image for a group;
/// what images share (weights, and what is computed from them) is lowered as ever.
extension Lowering {
    mutating func lower(_ node: Node, _ single: SingleImagePlan) throws(EngineError) {
        if single.absorbed.contains(node.results[0]) { return }
        switch node.operation {
        case let input as Input: lower(input, node, single)
        case is Reshape: try lowerReshape(node, single)
        case let convolution as Convolution: lower(convolution, node, single)
        case let linear as Linear: lower(linear, node, single)
        case let pool as Pool: lower(pool, node, single)
        case is AdaptiveAveragePool: lowerAdaptivePool(node, single)
        case let activation as Activation: lower(.activation(activation.kind), node, single)
        case let function as ElementFunction: addElementwise(node, single) { _ in .function(function.kind) }
        case let affine as Affine: lower(affine, node, single)
        case is AddBias:
            let bias = buffer(of: node.inputs[1])
            addElementwise(node, single, reads: [bias]) { .channels(scale: nil, offset: $0[bias]) }
        case let affine as ChannelAffine:
            let scale = buffer(of: node.inputs[1]), offset = affine.hasOffset ? buffer(of: node.inputs[2]) : nil
            addElementwise(node, single, reads: [scale] + (offset.map { [$0] } ?? [])) { places in
                .channels(scale: places[scale], offset: offset.map { places[$0] })
            }
        case let arithmetic as Arithmetic: try lower(arithmetic, node, single)
        case let concatenation as Concatenation: try lower(concatenation, node, single)
        case let slice as Slice: lower(slice, node, single)
        case let gather as Gather: lower(gather, node, single)
        case let normalization as LocalResponseNormalization: lower(normalization, node, single)
        case let softmax as Softmax: try lower(softmax, node, single)
        case is SquaredDistance: lowerDistance(node, single)
        default: throw lack(of: node)
        }
    }

    private func lack(of node: Node) -> EngineError {
        EngineError("one image at a time, the CPU engine has no \(node.operation)" + (node.path.isEmpty ? "" : " (\(node.path))"))
    }

    private mutating func lower(_ input: Input, _ node: Node, _ single: SingleImagePlan) {
        let normalization = single.normalizations[node.results[0]], value = normalization?.result ?? node.results[0]
        let source = addSource(input.name, count: input.type.shape.count)
        let result = makeBuffer(for: value), layout = single.layout(of: value)
        let scale = normalization?.affine.scale ?? [1], offset = normalization?.affine.offset ?? [0]
        addGroupStep("input \(input.name)", reads: [], writes: [result]) {
            PictureInputStep(source: source, result: $0[result], layout: layout, scale: scale, offset: offset)
        }
    }

    // MARK: - Vectors

    /// A picture of one pixel is a vector already. Others become one only where something but a linear layer reads it as such.
    private mutating func lowerReshape(_ node: Node, _ single: SingleImagePlan) throws(EngineError) {
        let value = node.inputs[0], from = single.layout(of: value), to = single.layout(of: node.results[0])
        if from == to || (from.isVector && to.isVector) { return alias(node.results[0], to: buffer(of: value)) }
        guard to.isVector, from.interleaved == Lane.width else { throw lack(of: node) }
        let isReadOtherwise = graph.nodes.contains { !($0.operation is Linear) && $0.inputs.contains(node.results[0]) }
        let isOutput = graph.outputs.contains { $0.value == node.results[0] }
        if isReadOtherwise || isOutput { alias(node.results[0], to: flatBuffer(of: value)) }
    }

    /// `[channel][row][column]` of floats: what outputs are, and vectors.
    mutating func flatBuffer(of value: Value) -> Buffer {
        let x = buffer(of: value)
        guard let single, !single.layout(of: value).isVector else { return x }
        let xLayout = single.layout(of: value), result = makeBuffer(.lanes(PictureLayout(channels: graph[value].shape.count, size: 1).lanes))
        addGroupStep("flatten", reads: [x], writes: [result]) { FlattenStep(xLayout: xLayout, x: $0[x], result: $0[result]) }
        return result
    }

    /// The picture that a linear layer reads as it is: the order in which it does so is that of its weights.
    private func picture(of value: Value) -> Value {
        let node = graph.nodes[graph.producers[value.index]]
        return node.operation is Reshape && !isMade(value) ? node.inputs[0] : value
    }

    private mutating func lower(_ linear: Linear, _ node: Node, _ single: SingleImagePlan) {
        let value = picture(of: node.inputs[0]), layout = single.layout(of: value)
        let window = Window(kernel: layout.size)
        addConvolution(
            node, single, x: value, window: window, groups: 1, hasBias: linear.hasBias, activation: linear.activation, pool: nil)
    }

    private mutating func lower(_ softmax: Softmax, _ node: Node, _ single: SingleImagePlan) throws(EngineError) {
        guard single.layout(of: node.inputs[0]).isVector, softmax.axis == 0 else { throw lack(of: node) }
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0]), count = graph[node.inputs[0]].shape.count
        addGroupStep("\(softmax)", reads: [x], writes: [result]) {
            VectorSoftmaxStep(isLogarithm: softmax.isLogarithm, count: count, x: $0[x], result: $0[result])
        }
    }

    private mutating func lowerDistance(_ node: Node, _ single: SingleImagePlan) {
        let x = buffer(of: node.inputs[0]), centers = buffer(of: node.inputs[1]), result = makeBuffer(for: node.results[0])
        let shape = graph[node.inputs[1]].shape
        addGroupStep("\(node.operation)", reads: [x, centers], writes: [result]) {
            VectorDistanceStep(features: shape[1], count: shape[0], x: $0[x], centers: $0[centers], result: $0[result])
        }
    }

    // MARK: - Element by element

    private mutating func lower(_ function: PictureFunction, _ node: Node, _ single: SingleImagePlan) {
        addElementwise(node, single) { _ in function }
    }

    private mutating func addElementwise(
        _ node: Node, _ single: SingleImagePlan, reads: [Buffer] = [], _ function: @escaping @Sendable (Placement) -> PictureFunction
    ) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let xLayout = single.layout(of: node.inputs[0]), layout = single.layout(of: node.results[0])
        // Element by element is place by place only where both are laid out alike.
        addGroupStep("\(node.operation)", reads: [x] + reads, writes: [result], reusable: xLayout == layout ? [x] : []) {
            PictureElementStep(function: function($0), xLayout: xLayout, layout: layout, x: $0[x], result: $0[result])
        }
    }

    private mutating func lower(_ affine: Affine, _ node: Node, _ single: SingleImagePlan) {
        let channels = single.layout(of: node.results[0]).channels
        func spread(_ values: [Float]) -> [Float] { values.count == 1 ? Array(repeating: values[0], count: channels) : values }
        let scale = makeConstant(spread(affine.scale)), offset = makeConstant(spread(affine.offset))
        addElementwise(node, single, reads: [scale, offset]) { .channels(scale: $0[scale], offset: $0[offset]) }
    }

    private mutating func lower(_ arithmetic: Arithmetic, _ node: Node, _ single: SingleImagePlan) throws(EngineError) {
        guard graph[node.inputs[0]] == graph[node.inputs[1]] else { throw lack(of: node) }
        let other = buffer(of: node.inputs[1]), layout = single.layout(of: node.inputs[1])
        addElementwise(node, single, reads: [other]) { .arithmetic(arithmetic.kind, with: $0[other], layout) }
    }

    private mutating func lower(_ normalization: LocalResponseNormalization, _ node: Node, _ single: SingleImagePlan) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let xLayout = single.layout(of: node.inputs[0]), layout = single.layout(of: node.results[0])
        let window = ChannelWindow(normalization, graph[node.inputs[0]].shape)
        addGroupStep("\(normalization)", reads: [x], writes: [result]) {
            PictureResponseNormalizationStep(window: window, xLayout: xLayout, layout: layout, x: $0[x], result: $0[result])
        }
    }

    // MARK: - Pools

    private mutating func lower(_ pool: Pool, _ node: Node, _ single: SingleImagePlan) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let xLayout = single.layout(of: node.inputs[0]), layout = single.layout(of: node.results[0])
        let geometry = PoolGeometry(pool.window, input: graph[node.inputs[0]].shape, output: graph[node.results[0]].shape)
        addGroupStep("\(pool)", reads: [x], writes: [result]) {
            PicturePoolStep(pool: pool, geometry: geometry, xLayout: xLayout, layout: layout, x: $0[x], result: $0[result])
        }
    }

    private mutating func lowerAdaptivePool(_ node: Node, _ single: SingleImagePlan) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        let xLayout = single.layout(of: node.inputs[0]), layout = single.layout(of: node.results[0])
        let regions = PoolRegions(input: graph[node.inputs[0]].shape, output: graph[node.results[0]].shape)
        addGroupStep("\(node.operation)", reads: [x], writes: [result]) {
            PictureAdaptivePoolStep(regions: regions, xLayout: xLayout, layout: layout, x: $0[x], result: $0[result])
        }
    }

    // MARK: - Moving elements

    /// Copies the inputs that do not lie where they belong already.
    private mutating func lower(_ concatenation: Concatenation, _ node: Node, _ single: SingleImagePlan) throws(EngineError) {
        guard concatenation.axis == 0 else { throw lack(of: node) }
        let result = makeBuffer(for: node.results[0]), layout = single.layout(of: node.results[0])
        var channel = 0
        for input in node.inputs {
            let x = buffer(of: input), xLayout = single.layout(of: input)
            defer { channel += xLayout.channels }
            // The blocks that it has a part in.
            let first = channel / Lane.width, end = (channel + xLayout.channels + Lane.width - 1) / Lane.width
            let place = makeView(of: result, from: first * layout.block, count: (end - first) * layout.block)
            if records.region(of: x) == records.region(of: place) { continue }
            addGather(node, Array(0..<xLayout.channels), from: x, xLayout, to: place, layout, firstChannel: channel % Lane.width)
        }
    }

    private mutating func lower(_ slice: Slice, _ node: Node, _ single: SingleImagePlan) {
        let x = buffer(of: node.inputs[0]), xLayout = single.layout(of: node.inputs[0])
        let layout = single.layout(of: node.results[0]), positions = Array(slice.range)
        if slice.axis == 0, positions.count > 0, positions[0] % Lane.width == 0 {
            return alias(node.results[0], to: makeView(of: x, from: positions[0] / Lane.width * xLayout.block, count: layout.lanes))
        }
        let result = makeBuffer(for: node.results[0])
        addGather(
            node, slice.axis == 0 ? positions : nil, rows: slice.axis == 1 ? positions : nil, columns: slice.axis == 2 ? positions : nil,
            from: x, xLayout, to: result, layout)
    }

    private mutating func lower(_ gather: Gather, _ node: Node, _ single: SingleImagePlan) {
        let x = buffer(of: node.inputs[0]), result = makeBuffer(for: node.results[0])
        addGather(
            node, gather.axis == 0 ? gather.positions : nil, rows: gather.axis == 1 ? gather.positions : nil,
            columns: gather.axis == 2 ? gather.positions : nil, fill: gather.fill,
            from: x, single.layout(of: node.inputs[0]), to: result, single.layout(of: node.results[0]))
    }

    /// Positions that are not given are all, in their order.
    private mutating func addGather(
        _ node: Node, _ channels: [Int]?, rows: [Int]? = nil, columns: [Int]? = nil, fill: Float = 0, from x: Buffer, _ xLayout: PictureLayout,
        to result: Buffer, _ layout: PictureLayout, firstChannel: Int = 0
    ) {
        let channels = channels ?? Array(0..<layout.channels)
        let rows = rows ?? Array(0..<layout.size.rows), columns = columns ?? Array(0..<layout.size.columns)
        addGroupStep("\(node.operation)", reads: [x], writes: [result]) {
            PictureGatherStep(
                channels: channels, rows: rows, columns: columns, fill: fill, xLayout: xLayout, layout: layout, firstChannel: firstChannel,
                x: $0[x], result: $0[result])
        }
    }
}
