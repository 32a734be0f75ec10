import StriateGraph
import StriateLanes

/// Turns a graph's operations into drafts of steps. What an operation becomes is in `Lowering+….swift`, one case each.
struct Lowering {
    let graph: Graph
    /// Where lanes hold channels of one image: where they lie.
    let single: SingleImagePlan?
    /// How often each value is read.
    let uses: [Int]
    /// Which values are computed inside others' memory.
    private let homes: Homes
    private(set) var records: [BufferRecord] = []
    private(set) var drafts: [Draft] = []
    /// The node for which drafts are added; none once all have theirs.
    private var node: Int?
    /// The buffer of each value.
    private var buffers: [Int: Buffer] = [:]
    /// Weights already rearranged, by what is done to them: layers that share a weight may need it in different orders.
    var packed: [PackingKey: Buffer] = [:]

    /// Estimated cycles of one core for an image's convolutions and linear layers, where lanes hold channels.
    var cycles = 0.0

    /// The drafts that make linear layers' weight gradients, by the gradient.
    var outerProducts: [Buffer: (draft: Int, product: OuterProduct, images: Buffer, upstream: Buffer)] = [:]

    /// Batched inputs in the order of the program's sources.
    private(set) var sources: [(name: String, count: Int)] = []
    private(set) var scalars: [(name: String, buffer: Buffer)] = []
    private(set) var variables: [(variable: Variable, buffer: Buffer)] = []
    private(set) var constants: [(tensor: Tensor, buffer: Buffer)] = []
    private(set) var outputs: [(name: String, type: ValueType, buffer: Buffer)] = []

    struct PackingKey: Hashable {
        enum Packing: Hashable {
            case taps(PackedWeights, groups: Int)
            case winograd(Tiling, Winograd.WeightLayout)
        }

        let weights: Buffer
        let packing: Packing
    }

    /// - Throws: ``EngineError`` for an operation that the engine lacks, where lanes hold `contents`.
    init(_ graph: Graph, lanesHold contents: LaneContents = .images) throws(EngineError) {
        self.graph = graph
        single = contents == .channels ? try SingleImagePlan(graph) : nil
        uses = graph.uses
        homes = Homes(graph)
        for (index, node) in graph.nodes.enumerated() {
            self.node = index
            try lower(node)
        }
        node = nil
        for output in graph.outputs {
            let buffer = single != nil && graph[output.value].isBatched ? flatBuffer(of: output.value) : unchangingBuffer(of: output.value)
            records[buffer.index].isKept = true
            outputs.append((output.name, graph[output.value], buffer))
        }
        for update in graph.updates where buffer(of: update.value) != buffer(of: update.variable) {
            let from = unchangingBuffer(of: update.value), to = buffer(of: update.variable), count = graph[update.variable].shape.count
            addBatchStep("copy", reads: [from], writes: [], overwrites: [to]) { CopyStep(from: $0[from], to: $0[to], count: count) }
        }
        markPreparations()
    }

    /// A value's buffer, or a copy where the value is a variable's that an update is about to overwrite.
    private mutating func unchangingBuffer(of value: Value) -> Buffer {
        let buffer = buffer(of: value), count = graph[value].shape.count
        let source = homes.source(of: value)
        guard graph.updates.contains(where: { $0.variable == source && $0.value != source }) else { return buffer }
        let copy = makeBuffer(.floats(count))
        addBatchStep("copy", reads: [buffer], writes: [copy]) { CopyStep(from: $0[buffer], to: $0[copy], count: count) }
        return copy
    }

    // MARK: - Buffers

    mutating func makeBuffer(_ contents: BufferRecord.Contents) -> Buffer {
        records.append(BufferRecord(contents: contents))
        return Buffer(index: records.count - 1)
    }

    func buffer(of value: Value) -> Buffer {
        guard let buffer = buffers[value.index] else { fatalError("%\(value.index) is read before it is made") }
        return buffer
    }

    /// A buffer for a node's result: one of its own, or a part of the value that it is going to be a part of.
    mutating func makeBuffer(for value: Value) -> Buffer {
        let type = graph[value], buffer: Buffer
        if let known = buffers[value.index] { return known }
        if let single, type.isBatched {
            let buffer = makePicture(for: value, single)
            buffers[value.index] = buffer
            return buffer
        }
        if let home = homes[value] {
            buffer = makeView(of: makeBuffer(for: home.host), from: home.offset, count: type.shape.count)
        } else {
            buffer = makeBuffer(type.isBatched ? .lanes(type.shape.count) : .floats(type.shape.count))
        }
        buffers[value.index] = buffer
        return buffer
    }

    /// The same for one image: a part of another value's picture only where it has its blocks of channels to itself.
    private mutating func makePicture(for value: Value, _ single: SingleImagePlan) -> Buffer {
        let layout = single.layout(of: value)
        if let home = homes[value] {
            let host = single.layout(of: home.host), channel = home.offset / layout.size.count, end = channel + layout.channels
            if host.size == layout.size, host.row == layout.row, channel % Lane.width == 0, end % Lane.width == 0 || end == host.channels {
                return makeView(of: makeBuffer(for: home.host), from: channel / Lane.width * host.block, count: layout.lanes)
            }
        }
        return makeBuffer(.lanes(layout.lanes))
    }

    /// A part of a buffer, which begins so many elements from its start.
    mutating func makeView(of buffer: Buffer, from start: Int, count: Int) -> Buffer {
        var record = records[buffer.index]
        record.view = (records.root(of: buffer), start + (record.view?.offset ?? 0))
        record.isKept = false
        switch record.contents {
        case .lanes: record.contents = .lanes(count)
        case .groupFloats: record.contents = .groupFloats(count)
        case .floats: record.contents = .floats(count)
        }
        records.append(record)
        return Buffer(index: records.count - 1)
    }

    /// The place of a batched input among the program's sources.
    mutating func addSource(_ name: String, count: Int) -> Int {
        sources.append((name, count))
        return sources.count - 1
    }

    /// Numbers that never change and that the graph does not know of.
    mutating func makeConstant(_ values: [Float]) -> Buffer {
        let buffer = makeBuffer(.floats(values.count))
        records[buffer.index].isKept = true
        constants.append((Tensor([values.count], values), buffer))
        return buffer
    }

    /// Whether a value has a buffer already.
    func isMade(_ value: Value) -> Bool { buffers[value.index] != nil }

    /// Lets a value be another's memory.
    mutating func alias(_ value: Value, to buffer: Buffer) { buffers[value.index] = buffer }

    // MARK: - Drafts

    mutating func addGroupStep(
        _ name: String, reads: [Buffer], writes: [Buffer], reusable: [Buffer] = [],
        _ make: @escaping @Sendable (Placement) -> any GroupStep
    ) {
        let takeovers = writes.first.map { [(result: $0, inputs: reusable)] } ?? []
        drafts.append(Draft(
            kind: .group(make), reads: reads, writes: writes, takeovers: takeovers, name: name, nodes: node.map { [$0] } ?? []))
    }

    /// - Parameter others: Nodes whose work the step does as well.
    mutating func addBatchStep(
        _ name: String, reads: [Buffer], writes: [Buffer], takeovers: [(result: Buffer, inputs: [Buffer])] = [], overwrites: [Buffer] = [],
        others: [Int] = [], _ make: @escaping @Sendable (Placement) -> any BatchStep
    ) {
        drafts.append(Draft(
            kind: .batch(make), reads: reads, writes: writes, takeovers: takeovers, overwrites: overwrites, name: name,
            nodes: (node.map { [$0] } ?? []) + others))
    }

    /// Withdraws the draft of a linear layer's weight gradient, for a step that computes it on the way.
    mutating func takeOuterProduct(_ gradient: Buffer) -> (product: OuterProduct, images: Buffer, upstream: Buffer, nodes: [Int])? {
        guard let (draft, product, images, upstream) = outerProducts.removeValue(forKey: gradient) else { return nil }
        let withdrawn = drafts.remove(at: draft)
        for (buffer, other) in outerProducts where other.draft > draft { outerProducts[buffer]?.draft -= 1 }
        return (product, images, upstream, withdrawn.nodes)
    }

    /// Finds the batch steps that depend on variables and constants alone: their results stay until a variable changes.
    private mutating func markPreparations() {
        var changing = Set(scalars.map { records.root(of: $0.buffer) }), prepared = Set<Buffer>()
        for (index, draft) in drafts.enumerated() {
            let reads = draft.reads.map(records.root), writes = draft.writes.map(records.root)
            if !draft.isGroup, draft.overwrites.isEmpty, changing.isDisjoint(with: reads) {
                drafts[index].isPreparation = true
                prepared.formUnion(writes)
            } else {
                changing.formUnion(writes)
                for root in reads where prepared.contains(root) { records[root.index].isKept = true }
            }
        }
    }

    // MARK: - Operations

    private mutating func lower(_ node: Node) throws(EngineError) {
        if let single, (node.inputs + node.results).contains(where: { graph[$0].isBatched }) { return try lower(node, single) }
        switch node.operation {
        case let input as Input: lower(input, node)
        case let variable as Variable:
            let buffer = makeBuffer(for: node.results[0])
            records[buffer.index].isKept = true
            variables.append((variable, buffer))
        case let constant as Constant:
            let buffer = makeBuffer(for: node.results[0])
            records[buffer.index].isKept = true
            constants.append((constant.tensor, buffer))
        case is Reshape: alias(node.results[0], to: buffer(of: node.inputs[0]))
        case let slice as Slice: lower(slice, node)
        case let concatenation as Concatenation: lower(concatenation, node)
        case let transpose as Transpose: lower(transpose, node)
        case let broadcast as Broadcast: lower(broadcast, node)
        case let gather as Gather: lower(gather, node)
        case let gradient as GatherGradient: lower(gradient, node)
        case let mask as ConnectionMask: lower(mask, node)
        case let convolution as Convolution: lower(convolution, node)
        case let gradient as ConvolutionInputGradient: lower(gradient, node)
        case let gradient as ConvolutionWeightGradient: lower(gradient, node)
        case let linear as Linear: lower(linear, node)
        case is LinearInputGradient: lowerLinearInputGradient(node)
        case is LinearWeightGradient: lowerOuterProduct(x: node.inputs[0], upstream: node.inputs[1], result: node.results[0])
        case is Pool, is AveragePoolGradient, is MaxPoolGradient, is PoolActivationGradient, is AdaptiveAveragePool, is AdaptiveAveragePoolGradient:
            lowerPool(node)
        case is Activation, is ActivationGradient, is AddBias, is Affine: lowerElementwise(node)
        case let arithmetic as Arithmetic: lower(arithmetic, node)
        case let function as ElementFunction: lower(function, node)
        case let gradient as ElementFunctionGradient: lower(gradient, node)
        case let reduction as Reduction: lower(reduction, node)
        case let softmax as Softmax: lower(softmax, node)
        case is SoftmaxCrossEntropy, is SoftmaxCrossEntropyGradient, is LabelLogit, is LabelLogitGradient, is Top1: lowerLoss(node)
        case is ChannelSum, is ChannelDot, is BatchReduction, is BatchBroadcast: lowerReduction(node)
        case let rule as any LaneUpdate: lower(rule, node)
        case let sum as WeightedSum: lower(sum, node)
        case let norm as EuclideanNorm: lower(norm, node)
        case let ratio as TrustRatio: lower(ratio, node)
        case let momentum as AverageMomentum: lower(momentum, node)
        case let operation as Orthogonalization: lower(operation, node)
        case let affine as ChannelAffine: lower(affine, node)
        case let normalization as BatchNormalization: lower(normalization, node)
        case let gradient as BatchNormalizationGradient: lower(gradient, node)
        case let statistics as RunningStatistics: lower(statistics, node)
        case let normalization as LocalResponseNormalization: lower(normalization, node)
        case let gradient as LocalResponseNormalizationGradient: lower(gradient, node)
        case let dropout as Dropout: lower(dropout, node)
        case is SquaredDistance, is SquaredDistanceGradient, is SquaredDistanceCenterGradient: lowerSquaredDistance(node)
        default: throw EngineError("the CPU engine has no \(node.operation)" + (node.path.isEmpty ? "" : " (\(node.path))"))
        }
    }

    private mutating func lower(_ input: Input, _ node: Node) {
        let result = makeBuffer(for: node.results[0])
        let count = input.type.shape.count
        guard input.type.isBatched else {
            records[result.index].isKept = true
            scalars.append((input.name, result))
            return
        }
        let source = addSource(input.name, count: count)
        addGroupStep("input \(input.name)", reads: [], writes: [result]) { InputStep(source: source, result: $0[result], count: count) }
    }
}
