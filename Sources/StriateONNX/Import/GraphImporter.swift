import StriateFormats
import StriateGraph

/// How the axes of an ONNX graph meet images.
enum Batching: Hashable {
    /// Axis 0 of every input is the batch, as in a classifier. `extent` is the number of images that the file fixes, if it does.
    case leadingAxis(extent: Int?)
    /// All of a tensor is one image: for graphs that treat axis 0 as any other.
    case none
}

/// Turns the nodes of an ONNX model into operations of a graph, one after another.
struct GraphImporter {
    let model: ONNXModel
    let batching: Batching
    /// Some operators do other things while training.
    let isTraining: Bool
    var graph: Graph
    /// What became of each name.
    private var operands: [String: Operand] = [:]
    /// The numbers of the parameters, as the graph's variables have them.
    private(set) var weights = Weights()
    /// Parameters are made when an operator first reads them: in which arrangement, and as which value.
    private var parameters: [String: (arrangement: Arrangement, value: Value)] = [:]
    /// What each node made, for tables and for results on the way.
    private(set) var steps: [ImportedStep] = []
    /// Names that some node reads, or that are outputs of the graph.
    private let readNames: Set<String>
    private var spread = 0
    private var folded = 0

    /// How a parameter stands in the graph.
    enum Arrangement: Hashable {
        case asInFile
        /// A matrix whose rows and columns are exchanged.
        case transposed
        /// A kernel of one row: `[O, C, k]` as `[O, C, 1, k]`.
        case oneRow
    }

    init(_ model: ONNXModel, batching: Batching, isTraining: Bool = false, graph: Graph = Graph()) {
        self.model = model
        self.batching = batching
        self.isTraining = isTraining
        self.graph = graph
        readNames = Set(model.nodes.flatMap(\.inputs)).subtracting([""]).union(model.outputs.map(\.name))
        for (name, tensor) in model.initializers { operands[name] = .known(tensor, parameter: name) }
    }

    /// What stands for a name before or after ``run()``.
    subscript(name: String) -> Operand? {
        get { operands[name] }
        set { operands[name] = newValue }
    }

    /// Imports all nodes. The model's inputs must stand for something.
    ///
    /// - Throws: ``FormatError`` naming the node.
    mutating func run() throws(FormatError) {
        // What is not supported at all is told before anything else.
        for node in model.nodes {
            do throws(Refusal) { _ = try OperatorRule.rule(for: node) } catch {
                throw FormatError(file: model.file, "\(node.label): \(error.reason)")
            }
        }
        for node in model.nodes {
            do throws(Refusal) { try run(node) } catch {
                throw FormatError(file: model.file, "\(node.label): \(error.reason)")
            }
        }
        graph.path = ""
    }

    private mutating func run(_ node: ProtoNode) throws(Refusal) {
        let rule = try OperatorRule.rule(for: node)
        var inputs = [Operand?]()
        for name in node.inputs { inputs.append(name.isEmpty ? nil : operands[name]) }
        let call = try Call(node, operands: inputs, readNames: readNames)
        try rule.check(call)

        graph.path = path(of: node)
        let firstNode = graph.nodes.count, parameterCount = weights.elementCount
        let results: [Operand]
        if let fold = rule.fold, let folded = try fold(self, call) {
            self.folded += folded.reduce(0) { $0 + $1.count }
            guard self.folded <= Limits.foldedInAll else { throw Refusal("the file computes too many numbers from nothing") }
            results = folded.map { .known($0) }
        } else {
            results = try rule.convert(&self, call)
        }
        for (position, name) in node.outputs.enumerated() where !name.isEmpty {
            if position < results.count {
                operands[name] = results[position]
            } else if readNames.contains(name) {
                throw Refusal("its output \(position) is not supported")
            }
        }
        note(node, results, firstNode: firstNode, parameterCount: weights.elementCount - parameterCount)
    }

    private func path(of node: ProtoNode) -> String {
        node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? "" : node.name
    }

    /// Keeps what a node made, unless it was only numbers.
    private mutating func note(_ node: ProtoNode, _ results: [Operand], firstNode: Int, parameterCount: Int) {
        guard case .computed(let value, _)? = results.first, graph.nodes.count > firstNode else { return }
        let multiplyAdds = graph.nodes[firstNode...].reduce(0) { sum, node in
            sum + node.operation.multiplyAdds(for: node.inputs.map { graph[$0] })
        }
        steps.append(ImportedStep(
            name: path(of: node), kind: node.operator, output: node.outputs.first ?? "", value: value, parameterCount: parameterCount,
            multiplyAdds: multiplyAdds))
    }

    // MARK: - Building

    /// Appends what a converter asks for; what does not fit is the file's fault.
    mutating func build(_ body: (inout Graph) throws(ShapeError) -> Value) throws(Refusal) -> Value {
        let value: Value
        do throws(ShapeError) { value = try body(&graph) } catch { throw Refusal(error.message) }
        guard let count = Shape.checkedCount(graph[value].shape.extents), count <= Limits.image else { throw Refusal("its result is too large") }
        return value
    }

    /// The parameter that an operand is, in the arrangement that its reader needs; a constant where it was computed.
    mutating func parameter(
        _ operand: Operand, _ arrangement: Arrangement = .asInFile, role: Variable.Role = .parameter
    ) throws(Refusal) -> Value {
        guard case .known(let tensor, let name) = operand else {
            guard case .computed(let value, _) = operand, !graph[value].isBatched else {
                throw Refusal("its weights must be known before the graph runs")
            }
            return try arranged(value, arrangement)
        }
        guard let name else { return graph.constant(try numbers(tensor, arrangement)) }
        if let (made, value) = parameters[name] {
            if made == arrangement { return value }
            guard made == .asInFile else { throw Refusal("\(name.prefix(80)) is used as two kinds of weights") }
            return try arranged(value, arrangement)
        }
        guard !name.hasPrefix(ModelFile.statePrefix), name != "__metadata__" else {
            throw Refusal("a parameter cannot be called \(name.prefix(80))")
        }
        let numbers = try numbers(tensor, arrangement)
        let value = graph.variable(name, numbers.shape, role: role)
        weights[name] = numbers
        parameters[name] = (arrangement, value)
        return value
    }

    /// The numbers of a parameter or constant.
    private mutating func numbers(_ tensor: KnownTensor, _ arrangement: Arrangement) throws(Refusal) -> Tensor {
        if case .uniform = tensor.elements {
            spread += tensor.count
            guard spread <= Limits.spread else { throw Refusal("the file makes more than \(Limits.spread) elements of nothing") }
        }
        guard let plain = tensor.tensor else { throw Refusal("a number that depends on the batch cannot be a weight") }
        switch arrangement {
        case .asInFile: return plain
        case .oneRow where plain.shape.rank == 3:
            return Tensor([plain.shape[0], plain.shape[1], 1, plain.shape[2]], plain.values)
        case .transposed where plain.shape.rank == 2: return plain.transposed
        default: throw Refusal("a weight of \(plain.shape) does not fit")
        }
    }

    private mutating func arranged(_ value: Value, _ arrangement: Arrangement) throws(Refusal) -> Value {
        let shape = graph[value].shape
        switch arrangement {
        case .asInFile: return value
        case .oneRow:
            guard shape.rank == 3 else { throw Refusal("a weight of \(shape) does not fit") }
            return try build { (graph) throws(ShapeError) in try graph.reshape(value, to: [shape[0], shape[1], 1, shape[2]]) }
        case .transposed: return try build { (graph) throws(ShapeError) in try graph.transpose(value, [1, 0]) }
        }
    }

    /// An operand as a value of the graph: what is known becomes a constant.
    mutating func value(_ operand: Operand) throws(Refusal) -> Value {
        switch operand {
        case .computed(let value, _): return value
        case .known(let tensor, _): return graph.constant(try numbers(tensor, .asInFile))
        }
    }

    /// The same for an operand that must differ from image to image.
    mutating func batched(_ operand: Operand) throws(Refusal) -> Value {
        let value = try value(operand)
        guard graph[value].isBatched else { throw Refusal("works on numbers that are the same for all images") }
        return value
    }

    // MARK: - Shapes

    /// The extents of an operand as ONNX counts them.
    func extents(_ operand: Operand) -> [Size] {
        switch operand {
        case .known(let tensor, _): tensor.extents.map(Size.init)
        case .computed(let value, _): (hasBatchAxis(value) ? [.batch] : []) + graph[value].shape.extents.map(Size.init)
        }
    }

    func rank(_ operand: Operand) -> Int { extents(operand).count }

    /// Whether axis 0 in the file is the batch, which shapes of the graph do not have.
    func hasBatchAxis(_ value: Value) -> Bool { batching != .none && graph[value].isBatched }

    /// An axis in the file, counted from the front.
    func axis(_ axis: Int, rank: Int) throws(Refusal) -> Int {
        guard (-rank..<rank).contains(axis) else { throw Refusal("there is no axis \(axis) among \(rank)") }
        return axis < 0 ? axis + rank : axis
    }

    /// An axis in the file as an axis of the graph's shape.
    func axis(_ axis: Int, of value: Value) throws(Refusal) -> Int {
        let batch = hasBatchAxis(value) ? 1 : 0
        let axis = try self.axis(axis, rank: graph[value].shape.rank + batch) - batch
        guard axis >= 0 else { throw Refusal("works along axis 0, across the images of a batch") }
        return axis
    }
}

/// What one node of a file made.
struct ImportedStep {
    /// The node's name, or that of its output.
    let name: String
    /// Such as `Conv`.
    let kind: String
    /// The name of its result in the file.
    let output: String
    let value: Value
    let parameterCount: Int
    let multiplyAdds: Int
}

extension Tensor {
    /// A matrix with rows and columns exchanged.
    fileprivate var transposed: Tensor {
        let (rows, columns) = (shape[0], shape[1])
        var exchanged = [Float](repeating: 0, count: values.count)
        for row in 0..<rows { for column in 0..<columns { exchanged[column * rows + row] = values[row * columns + column] } }
        return Tensor([columns, rows], exchanged)
    }
}
