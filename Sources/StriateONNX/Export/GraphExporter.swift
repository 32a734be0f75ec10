import Foundation
import StriateFormats
import StriateGraph

/// Turns a graph for inference into the nodes of an ONNX file.
struct GraphExporter {
    /// The operators' version: it has all that is needed, and tools read it since 2022.
    static let opset = 17
    /// The version of the file format that came with it.
    static let irVersion: Int64 = 8

    let graph: Graph
    private(set) var nodes: [ProtoNode] = []
    /// Parameters, by the names that model files know them by.
    private(set) var parameters: [String] = []
    private var names: [String?]
    private var taken: Set<String> = []
    /// The path of the operation at work: what its nodes and values are named after.
    private var path = ""

    /// - Throws: ``FormatError`` naming the layer whose operation ONNX cannot express.
    init(_ graph: Graph, file: String) throws(FormatError) {
        self.graph = graph
        names = Array(repeating: nil, count: graph.types.count)
        for (name, value) in graph.outputs {
            names[value.index] = name
            taken.insert(name)
        }
        for (variable, _) in graph.variables { taken.insert(variable.name) }
        let normalizations = BatchNormalizationPattern.all(in: graph)
        for node in graph.nodes {
            path = node.path
            if let pattern = normalizations[node.results[0].index] {
                export(pattern, result: node.results[0])
            } else if !BatchNormalizationPattern.isPart(node, of: normalizations) {
                do throws(ExportRefusal) { try export(node) } catch {
                    throw FormatError(file: file, "\(node.path.isEmpty ? "the graph" : node.path): ONNX cannot express \(error.operation)")
                }
            }
        }
        // The epsilons of batch normalisations have become attributes.
        let read = Set(nodes.flatMap(\.inputs)).union(graph.outputs.map(\.name))
        nodes.removeAll { $0.operator == "Constant" && !read.contains($0.outputs[0]) }
    }

    // MARK: - Names

    /// The name of a value that has been exported.
    func name(_ value: Value) -> String {
        guard let name = names[value.index] else { fatalError("values are exported before they are read") }
        return name
    }

    func isBatched(_ value: Value) -> Bool { graph[value].isBatched }

    /// An axis of a value's shape as ONNX counts it: the batch is axis 0 there.
    func axis(_ axis: Int, of value: Value) -> Int { isBatched(value) ? axis + 1 : axis }

    /// A name that nothing has yet, after the layer.
    private mutating func freshName(_ suffix: String = "") -> String {
        let base = (path.isEmpty ? "value" : path) + suffix
        var name = base, number = 1
        while !taken.insert(name).inserted {
            name = "\(base).\(number)"
            number += 1
        }
        return name
    }

    mutating func setName(_ name: String, of value: Value) {
        if names[value.index] == nil {
            names[value.index] = name
            taken.insert(name)
        } else if names[value.index] != name {
            // An output that is an input or a parameter at the same time.
            append("Identity", [name], as: names[value.index] ?? name)
        }
    }

    mutating func addParameter(_ name: String, _ value: Value) {
        parameters.append(name)
        setName(name, of: value)
    }

    // MARK: - Nodes

    /// Appends a node whose only result is `value`.
    mutating func append(_ operation: String, _ inputs: [String], _ attributes: [ProtoAttribute] = [], making value: Value) {
        let name = names[value.index] ?? freshName()
        names[value.index] = name
        append(operation, inputs, attributes, as: name)
    }

    /// Appends a node for a step on the way, and returns its result's name.
    mutating func step(_ operation: String, _ inputs: [String], _ attributes: [ProtoAttribute] = []) -> String {
        let name = freshName("/\(operation)")
        append(operation, inputs, attributes, as: name)
        return name
    }

    private mutating func append(_ operation: String, _ inputs: [String], _ attributes: [ProtoAttribute] = [], as name: String) {
        var node = ProtoNode()
        node.operator = operation
        node.inputs = inputs
        node.outputs = [name]
        node.name = name
        node.attributes = attributes
        nodes.append(node)
    }

    /// Appends numbers that never change: a node and not an initialiser, so that nobody takes them for parameters.
    mutating func constant(_ tensor: Tensor, making value: Value? = nil) -> String {
        var proto = ProtoTensor(tensor.shape)
        proto.elementType = ONNXType.float.rawValue
        proto.rawElements = Data(littleEndian(tensor.values))
        return constant(proto, making: value)
    }

    mutating func constant(_ numbers: [Int]) -> String {
        var proto = ProtoTensor([numbers.count])
        proto.elementType = ONNXType.int64.rawValue
        proto.int64Elements = numbers.map(Int64.init)
        return constant(proto, making: nil)
    }

    private mutating func constant(_ tensor: ProtoTensor, making value: Value?) -> String {
        let attribute = ProtoAttribute("value", tensor)
        guard let value else { return step("Constant", [], [attribute]) }
        append("Constant", [], [attribute], making: value)
        return name(value)
    }
}

/// An operation that ONNX has no operators for.
struct ExportRefusal: Error {
    let operation: String
}

extension ProtoTensor {
    init(_ shape: Shape) {
        self.init()
        extents = shape.extents.map(Int64.init)
    }
}

extension ProtoAttribute {
    private init(_ name: String, _ kind: Kind) {
        self.init()
        self.name = name
        self.kind = kind
    }

    init(_ name: String, _ int: Int) {
        self.init(name, .int)
        self.int = Int64(int)
    }

    init(_ name: String, _ flag: Bool) { self.init(name, flag ? 1 : 0) }

    init(_ name: String, _ float: Float) {
        self.init(name, .float)
        self.float = float
    }

    init(_ name: String, _ ints: [Int]) {
        self.init(name, .ints)
        self.ints = ints.map(Int64.init)
    }

    init(_ name: String, _ tensor: ProtoTensor) {
        self.init(name, .tensor)
        self.tensor = tensor
    }
}

/// The bytes of numbers as every file format has them.
func littleEndian(_ values: [Float]) -> [UInt8] {
    #if _endian(little)
    values.withUnsafeBytes { Array($0) }
    #else
    values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    #endif
}
