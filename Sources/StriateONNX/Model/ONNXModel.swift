public import StriateFormats

/// An ONNX file that has been read and checked: its operators in an order in which they can run, and its initialisers.
///
/// What it computes is told by ``network()`` (a classifier) and ``tensorGraph(given:)`` (any graph).
public struct ONNXModel: Sendable {
    /// A tensor that is fed to the graph, or that it makes.
    public struct Port: Hashable, Sendable {
        public let name: String
        /// The extents, the batch included; nil for one that is free. Nil where the file says nothing of the shape.
        public let extents: [Int?]?
        /// Whether the elements are whole numbers or truth values.
        public let isWhole: Bool
    }

    /// The file's path, as errors call it.
    public let file: String
    /// What is fed to the graph: its inputs without initialisers.
    public internal(set) var inputs: [Port]
    public let outputs: [Port]
    /// Texts beside the graph.
    public let texts: [String: String]
    /// The version of the standard's operators.
    let opset: Int
    /// Each after those that it reads; what no output depends on is left out.
    let nodes: [ProtoNode]
    /// By name, also the inputs that ``binding(_:)`` has given.
    var initializers: [String: KnownTensor]
    /// Everything else that the file says, without the elements of ``initializers``.
    let proto: ProtoModel

    public var inputNames: [String] { inputs.map(\.name) }

    /// The same model with some inputs given once and for all.
    func binding(_ tensors: [String: KnownTensor]) -> ONNXModel {
        var bound = self
        bound.initializers.merge(tensors) { $1 }
        bound.inputs.removeAll { tensors[$0.name] != nil }
        return bound
    }

    /// Reads a file, and those beside it in which it keeps elements.
    ///
    /// - Throws: ``FormatError`` for anything that does not follow the standard or that Striate does not read.
    public init(contentsOf path: String) throws(FormatError) {
        let source = try FileBytes(path)
        guard source.size <= Limits.fileSize else { throw FormatError(file: path, "is larger than 2 GiB, the most that an ONNX file can be") }
        // The bytes go as soon as they are decoded: a model's weights are large.
        try self.init(try Self.decoded(try source.bytes(0..<source.size), file: path), file: path, folder: AtomicFile.folder(of: path))
    }

    /// - Parameter name: What errors call it.
    public init(bytes: [UInt8], name: String) throws(FormatError) {
        try self.init(try Self.decoded(bytes, file: name), file: name, folder: nil)
    }
}
