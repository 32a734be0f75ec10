public import StriateFormats
public import StriateGraph

/// An ONNX graph ready to run on given tensors, whatever it computes.
public struct TensorGraph: Sendable {
    public let graph: Graph
    public let weights: Weights
    /// The names of the inputs that are fed to every run; the others have become part of the graph.
    public let inputs: [String]
    /// The names of the outputs, in the file's order.
    public let outputs: [String]
    /// Whether axis 0 of the inputs counts images. Otherwise all of a tensor is one image.
    public let isBatched: Bool
    /// What each node made, by its name or its output's.
    public let steps: [(path: String, value: Value)]
}

extension ONNXModel {
    /// The graph for tensors that are at hand.
    ///
    /// Where axis 0 of the inputs can be the batch, the graph runs on any number of images. Inputs that an operator needs as weights
    /// or settings (`Conv`'s kernel, `Reshape`'s shape) become parameters and constants.
    /// - Parameter tensors: One for each input, by name; single inputs may go by any name.
    /// - Throws: ``FormatError`` naming the input that is missing, or the node that cannot be imported.
    public func tensorGraph(given tensors: Weights) throws(FormatError) -> TensorGraph {
        var given = [String: Tensor]()
        for port in inputs {
            guard let tensor = tensors[port.name] ?? (inputs.count == 1 && tensors.count == 1 ? tensors.first { _ in true }?.tensor : nil) else {
                throw FormatError(file: file, "takes an input \(port.name.prefix(80)) that was not given")
            }
            given[port.name] = tensor
        }
        let data = Set(inputsThatAreData)
        var settings = [String: KnownTensor]()
        for port in inputs where !data.contains(port.name) { settings[port.name] = given[port.name].map { port.known($0) } }
        let bound = binding(settings)
        let batches = Set(bound.inputs.map { given[$0.name]?.shape.extents.first })
        var refusal: FormatError?
        if batches.count == 1, let batch = batches.first, let batch, batch > 0 {
            do throws(FormatError) {
                return try bound.tensorGraph(batching: .leadingAxis(extent: bound.declaredBatch ?? batch), given)
            } catch { refusal = error }
        }
        do throws(FormatError) { return try bound.tensorGraph(batching: .none, given) } catch { throw refusal ?? error }
    }

    private func tensorGraph(batching: Batching, _ given: [String: Tensor]) throws(FormatError) -> TensorGraph {
        var importer = GraphImporter(self, batching: batching)
        for port in inputs {
            guard let shape = given[port.name]?.shape else { continue }
            guard shape.count > 0 else { throw FormatError(file: file, tensor: port.name, "an input without elements is not supported") }
            try port.check(shape, file: file)
            let image = batching == .none ? shape : Shape(Array(shape.extents.dropFirst()))
            importer[port.name] = .computed(importer.graph.input(port.name, image), isWhole: port.isWhole)
        }
        try importer.run()
        for output in outputs {
            guard let operand = importer[output.name] else { continue }
            let value: Value
            do throws(Refusal) { value = try importer.value(operand) } catch {
                throw FormatError(file: file, tensor: output.name, error.reason)
            }
            importer.graph.output(output.name, value)
        }
        return TensorGraph(
            graph: importer.graph, weights: importer.weights, inputs: inputs.map(\.name), outputs: outputs.map(\.name),
            isBatched: batching != .none, steps: importer.steps.map { ($0.name, $0.value) })
    }

    /// Inputs that an operator reads where numbers may differ from image to image, or that nothing reads.
    private var inputsThatAreData: [String] {
        var isData = [String: Bool]()
        for node in nodes {
            let rule = OperatorRule.all[node.operator]
            for (position, name) in node.inputs.enumerated() {
                isData[name, default: false] = isData[name, default: false] || rule?.data?.contains(position) ?? true
            }
        }
        return inputs.map(\.name).filter { isData[$0] ?? true }
    }

    /// The number of images that the file fixes for its first input.
    var declaredBatch: Int? { inputs.first?.extents?.first ?? nil }
}

extension ONNXModel.Port {
    /// Refuses a tensor that the file does not allow; the batch may be any.
    fileprivate func check(_ shape: Shape, file: String) throws(FormatError) {
        guard let extents, extents.count > 1 else { return }
        let fits = shape.rank == extents.count
            && zip(extents, shape.extents).dropFirst().allSatisfy { claim, extent in claim == nil || claim == 0 || claim == extent }
        guard fits else {
            let claim = extents.enumerated().map { $0.offset == 0 ? "N" : $0.element.map(String.init) ?? "?" }.joined(separator: "×")
            throw FormatError(file: file, "a tensor of \(shape) does not fit the input \(name.prefix(80)), which takes \(claim)")
        }
    }

    /// A tensor that was given once and for all.
    fileprivate func known(_ tensor: Tensor) -> KnownTensor {
        guard isWhole else { return KnownTensor(tensor) }
        return KnownTensor(tensor.shape.extents, .sizes(tensor.values.map { Size(Int(exactly: $0.rounded()) ?? 0) }))
    }
}
