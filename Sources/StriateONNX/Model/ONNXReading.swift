import Foundation
import StriateFormats
internal import SwiftProtobuf

extension ONNXModel {
    static func decoded(_ bytes: [UInt8], file: String) throws(FormatError) -> ProtoModel {
        guard MessageCount(bytes, limit: Limits.messages).messages <= Limits.messages else {
            throw FormatError(file: file, "has more than \(Limits.messages) nodes, tensors and attributes, which no network needs")
        }
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do { return try ProtoModel(serializedBytes: bytes, options: options) } catch {
            throw FormatError(file: file, "is not an ONNX file, or is damaged")
        }
    }

    /// - Parameters:
    ///   - folder: Where files beside it lie; nil where there can be none.
    ///   - allowsMissing: Initialisers without elements stand for parameters whose elements are kept elsewhere.
    init(_ message: ProtoModel, file: String, folder: String?, allowsMissing: Bool = false) throws(FormatError) {
        func refused(_ reason: String) -> FormatError { FormatError(file: file, reason) }
        guard message.hasGraph, message.irVersion > 0 else { throw refused("is not an ONNX file: it holds no graph") }
        self.file = file
        opset = try Self.opset(message, file: file)
        texts = try Self.texts(message, file: file)

        var message = message
        guard message.graph.sparseInitializers.isEmpty else { throw refused("has sparse initialisers, which Striate does not read") }
        var reader = TensorReader(file: file, folder: folder)
        reader.allowsMissing = allowsMissing
        var initializers = [String: KnownTensor]()
        for index in message.graph.initializers.indices {
            let tensor = message.graph.initializers[index]
            guard !tensor.name.isEmpty else { throw refused("has an initialiser without a name") }
            let known = try reader.read(tensor)
            guard initializers.updateValue(known, forKey: tensor.name) == nil else {
                throw FormatError(file: file, tensor: tensor.name, "stands twice among the initialisers")
            }
            // Read: from here on the elements are in memory once.
            message.graph.initializers[index].dropElements()
        }
        self.initializers = initializers
        inputs = try Self.ports(message.graph.inputs, "input", file: file).filter { initializers[$0.name] == nil }
        outputs = try Self.ports(message.graph.outputs, "output", file: file)
        guard !outputs.isEmpty else { throw refused("its graph has no outputs") }
        let known = Set(initializers.keys).union(message.graph.inputs.map(\.name))
        nodes = try NodeOrder(message.graph.nodes, known: known, file: file).order(for: outputs.map(\.name))
        proto = message
    }

    private static func opset(_ message: ProtoModel, file: String) throws(FormatError) -> Int {
        let versions = message.operatorSets.filter { $0.domain.isStandard }.map(\.version)
        guard versions.count == 1, let version = versions.first else {
            throw FormatError(file: file, "does not say which version of the standard's operators it uses")
        }
        guard Limits.opsets.contains(version) else {
            throw FormatError(
                file: file, "uses version \(version) of the operators; Striate reads \(Limits.opsets.lowerBound) to \(Limits.opsets.upperBound)")
        }
        return Int(version)
    }

    private static func texts(_ message: ProtoModel, file: String) throws(FormatError) -> [String: String] {
        var texts = [String: String]()
        for entry in message.metadata {
            guard texts.updateValue(entry.value, forKey: entry.key) == nil else {
                throw FormatError(file: file, "the text \(entry.key.prefix(80)) stands twice")
            }
        }
        return texts
    }

    private static func ports(_ values: [ProtoNamedType], _ kind: String, file: String) throws(FormatError) -> [Port] {
        var names = Set<String>(), ports = [Port]()
        for value in values {
            guard !value.name.isEmpty else { throw FormatError(file: file, "has an \(kind) without a name") }
            guard names.insert(value.name).inserted else { throw FormatError(file: file, tensor: value.name, "stands twice among the \(kind)s") }
            guard value.type.hasTensor else { throw FormatError(file: file, tensor: value.name, "this \(kind) is not a tensor") }
            ports.append(try port(value, kind, file: file))
        }
        return ports
    }

    private static func port(_ value: ProtoNamedType, _ kind: String, file: String) throws(FormatError) -> Port {
        func refused(_ reason: String) -> FormatError { FormatError(file: file, tensor: value.name, reason) }
        let tensor = value.type.tensor
        let isWhole = ONNXType(rawValue: tensor.elementType)?.isWhole
        // Older files leave the type of an output out.
        guard isWhole != nil || tensor.elementType == 0 else { throw refused("this \(kind) has elements of type number \(tensor.elementType), which Striate does not run") }
        guard tensor.hasShape else { return Port(name: value.name, extents: nil, isWhole: isWhole ?? false) }
        guard tensor.shape.extents.count <= Limits.axes else { throw refused("this \(kind) has \(tensor.shape.extents.count) axes") }
        var extents = [Int?]()
        for extent in tensor.shape.extents {
            guard case .number(let number) = extent.kind else {
                extents.append(nil)
                continue
            }
            // −1 stands for a free extent in files of some exporters.
            guard number >= -1, number <= Int64(Int32.max) else { throw refused("this \(kind) has an extent of \(number)") }
            extents.append(number == -1 ? nil : Int(number))
        }
        return Port(name: value.name, extents: extents, isWhole: isWhole ?? false)
    }
}

extension ProtoTensor {
    mutating func dropElements() {
        rawElements = Data()
        floatElements = []
        doubleElements = []
        int32Elements = []
        int64Elements = []
        uint64Elements = []
        external = []
        location = 0
    }
}

extension String {
    /// Whether this names the domain of the standard's own operators.
    var isStandard: Bool { isEmpty || self == "ai.onnx" }
}
