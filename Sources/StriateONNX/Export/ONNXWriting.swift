public import StriateFormats
public import StriateGraph
public import StriateNetworks
internal import SwiftProtobuf

extension ONNXModel {
    /// The bytes of an ONNX file of a model: its graph for inference, its weights by their paths, a free batch, and beside them its
    /// classes and preprocessing, so that the file alone is a whole model.
    ///
    /// - Parameters:
    ///   - withPreprocessing: Whether the graph normalises pictures itself: its input `pixels` then takes bytes as floats (0…255).
    ///     Otherwise its input `input` takes numbers as the first layer does, as in files that PyTorch exports.
    ///   - file: What errors call it.
    /// - Throws: ``FormatError`` where ONNX cannot express a layer, or the file would pass 2 GiB.
    public static func encoded(
        _ model: some ModelArchitecture, weights: Weights, withPreprocessing: Bool, file: String
    ) throws(FormatError) -> [UInt8] {
        let traced: TracedNetwork
        // A graph that normalises pictures cannot be had without.
        let takesPixels = withPreprocessing || (model as? ONNXNetwork)?.takesPixels == true
        do throws(NetworkError) {
            traced = try takesPixels ? model.traced() : model.tracedWithoutPreprocessing()
        } catch { throw FormatError(file: file, error.description) }
        let graph = traced.graph.fusingBiasAndActivation().mergingEqualValues().removingDeadValues()
        let exporter = try GraphExporter(graph, file: file)

        var message = ProtoModel()
        message.irVersion = GraphExporter.irVersion
        message.producer = "Striate"
        var operators = ProtoOperatorSet()
        operators.version = Int64(GraphExporter.opset)
        message.operatorSets = [operators]
        message.metadata = ONNXDescription(
            network: model.network, classes: model.classes, preprocessing: model.preprocessing, takesPixels: takesPixels
        ).entries
        var body = ProtoGraph()
        body.name = model.network
        body.nodes = exporter.nodes
        body.inputs = graph.inputs.map { ProtoNamedType($0.name, graph[$0.value].shape) }
        body.outputs = graph.outputs.map { ProtoNamedType($0.name, graph[$0.value].shape) }

        var tensors = [(header: [UInt8], values: [Float])]()
        for name in exporter.parameters {
            guard let tensor = weights[name] else { throw FormatError(file: file, tensor: name, "the model has no such weights") }
            var proto = ProtoTensor(tensor.shape)
            proto.elementType = ONNXType.float.rawValue
            proto.name = name
            tensors.append((try serialized(proto, file: file), tensor.values))
        }
        return try joined(try serialized(message, file: file), try serialized(body, file: file), tensors, file: file)
    }

    /// Puts the parts of the file together by hand: weights are copied once, not into messages first.
    private static func joined(
        _ message: [UInt8], _ body: [UInt8], _ tensors: [(header: [UInt8], values: [Float])], file: String
    ) throws(FormatError) -> [UInt8] {
        // Field numbers of the standard, as in onnx.proto.
        let graphField = 7, initializerField = 5, elementsField = 9
        let heads = tensors.map { tensor in
            let elements = Wire.head(elementsField, length: 4 * tensor.values.count)
            let length = tensor.header.count + elements.count + 4 * tensor.values.count
            return (head: Wire.head(initializerField, length: length) + tensor.header + elements, length: length)
        }
        let graphLength = body.count + zip(heads, tensors).reduce(0) { $0 + $1.0.head.count + 4 * $1.1.values.count }
        let graphHead = Wire.head(graphField, length: graphLength)
        let size = message.count + graphHead.count + graphLength
        guard size <= Limits.fileSize else {
            throw FormatError(file: file, "the model takes \(size >> 20) MiB, more than the 2 GiB of an ONNX file; export it as .safetensors")
        }
        var bytes = [UInt8]()
        bytes.reserveCapacity(size)
        bytes += message
        bytes += graphHead
        bytes += body
        for ((head, _), tensor) in zip(heads, tensors) {
            bytes += head
            #if _endian(little)
            tensor.values.withUnsafeBytes { bytes.append(contentsOf: $0) }
            #else
            bytes += littleEndian(tensor.values)
            #endif
        }
        return bytes
    }

    private static func serialized(_ message: some Message, file: String) throws(FormatError) -> [UInt8] {
        do { return try message.serializedBytes() } catch { throw FormatError(file: file, "the model cannot be written: \(error)") }
    }
}

/// Protobuf's wire format, as far as it takes to put messages into one another.
private enum Wire {
    /// What stands before a field that has a length.
    static func head(_ field: Int, length: Int) -> [UInt8] { varint(field << 3 | 2) + varint(length) }

    private static func varint(_ number: Int) -> [UInt8] {
        var bytes = [UInt8](), rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

extension ProtoNamedType {
    /// Floats of a batch of any size.
    fileprivate init(_ name: String, _ image: Shape) {
        self.init()
        self.name = name
        var batch = ProtoExtent()
        batch.symbol = "N"
        type.tensor.elementType = ONNXType.float.rawValue
        type.tensor.shape.extents = [batch] + image.extents.map { extent in
            var number = ProtoExtent()
            number.number = Int64(extent)
            return number
        }
    }
}
