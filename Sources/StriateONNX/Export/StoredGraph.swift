import Foundation
import StriateGraph
internal import SwiftProtobuf

extension ONNXModel {
    /// The file's graph as bytes, without the elements of some initialisers.
    func encoded(without parameters: Set<String>) -> [UInt8] {
        var message = proto
        for index in message.graph.initializers.indices {
            let name = message.graph.initializers[index].name
            guard !parameters.contains(name), let tensor = initializers[name] else { continue }
            message.graph.initializers[index].setElements(of: tensor)
        }
        do { return try message.serializedBytes() } catch { fatalError("what was decoded can be encoded: \(error)") }
    }
}

extension ProtoTensor {
    /// Puts elements in that were dropped once they had been read.
    fileprivate mutating func setElements(of tensor: KnownTensor) {
        if let sizes = tensor.numbers {
            elementType = ONNXType.int64.rawValue
            int64Elements = sizes.map(Int64.init)
        } else if let floats = tensor.floats {
            elementType = ONNXType.float.rawValue
            rawElements = Data(littleEndian(floats))
        }
    }
}
