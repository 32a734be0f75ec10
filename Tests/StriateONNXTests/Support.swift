import StriateFormats
import StriateGraph
import StriateNetworks

/// Protobuf's wire format, written by hand: the tests' files owe nothing to the code that reads them.
struct Wire {
    private(set) var bytes: [UInt8] = []

    static func varint(_ number: UInt64) -> [UInt8] {
        var bytes = [UInt8](), rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    mutating func int(_ field: UInt64, _ number: Int) {
        bytes += Wire.varint(field << 3) + Wire.varint(UInt64(bitPattern: Int64(number)))
    }

    mutating func float(_ field: UInt64, _ number: Float) {
        bytes += Wire.varint(field << 3 | 5)
        withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
    }

    mutating func bytes(_ field: UInt64, _ content: [UInt8]) { bytes += Wire.varint(field << 3 | 2) + Wire.varint(UInt64(content.count)) + content }
    mutating func text(_ field: UInt64, _ text: String) { bytes(field, Array(text.utf8)) }
    mutating func message(_ field: UInt64, _ message: Wire) { bytes(field, message.bytes) }
}

/// A small ONNX file. Field numbers are those of the standard's onnx.proto.
struct FileBuilder {
    enum Setting {
        case int(Int), float(Float), ints([Int]), text(String)
    }

    var opset = 13
    private var graph = Wire()

    mutating func node(
        _ operation: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
        _ settings: [(String, Setting)] = []
    ) {
        var node = Wire()
        for input in inputs { node.text(1, input) }
        for output in outputs { node.text(2, output) }
        node.text(3, name)
        node.text(4, operation)
        node.text(7, domain)
        for (name, setting) in settings {
            var attribute = Wire()
            attribute.text(1, name)
            switch setting {
            case .float(let number):
                attribute.float(2, number)
                attribute.int(20, 1)
            case .int(let number):
                attribute.int(3, number)
                attribute.int(20, 2)
            case .text(let text):
                attribute.text(4, text)
                attribute.int(20, 3)
            case .ints(let numbers):
                for number in numbers { attribute.int(8, number) }
                attribute.int(20, 7)
            }
            node.message(5, attribute)
        }
        graph.message(1, node)
    }

    mutating func initializer(_ name: String, _ extents: [Int], floats: [Float]) {
        var tensor = Wire()
        for extent in extents { tensor.int(1, extent) }
        tensor.int(2, 1)
        for number in floats { tensor.float(4, number) }
        tensor.text(8, name)
        graph.message(5, tensor)
    }

    mutating func initializer(_ name: String, _ extents: [Int], ints: [Int]) {
        var tensor = Wire()
        for extent in extents { tensor.int(1, extent) }
        tensor.int(2, 7)
        for number in ints { tensor.int(7, number) }
        tensor.text(8, name)
        graph.message(5, tensor)
    }

    /// An initialiser of another element type, or with its elements in another file.
    mutating func initializer(
        _ name: String, _ extents: [Int], type: Int, raw: [UInt8] = [], external: [(String, String)] = []
    ) {
        var tensor = Wire()
        for extent in extents { tensor.int(1, extent) }
        tensor.int(2, type)
        tensor.text(8, name)
        if !raw.isEmpty { tensor.bytes(9, raw) }
        for (key, value) in external {
            var entry = Wire()
            entry.text(1, key)
            entry.text(2, value)
            tensor.message(13, entry)
        }
        if !external.isEmpty { tensor.int(14, 1) }
        graph.message(5, tensor)
    }

    /// Extents of 0 are left open.
    mutating func input(_ name: String, _ extents: [Int]) { graph.message(11, port(name, extents)) }
    mutating func output(_ name: String, _ extents: [Int] = [0, 0]) { graph.message(12, port(name, extents)) }

    private func port(_ name: String, _ extents: [Int]) -> Wire {
        var shape = Wire()
        for extent in extents {
            var one = Wire()
            if extent == 0 { one.text(2, "free") } else { one.int(1, extent) }
            shape.message(1, one)
        }
        var tensor = Wire(), type = Wire(), port = Wire()
        tensor.int(1, 1)
        tensor.message(2, shape)
        type.message(1, tensor)
        port.text(1, name)
        port.message(2, type)
        return port
    }

    var bytes: [UInt8] {
        var operators = Wire(), model = Wire()
        operators.text(1, "")
        operators.int(2, opset)
        model.int(1, 8)
        model.message(8, operators)
        model.message(7, graph)
        return model.bytes
    }
}

/// A network small enough that damage seldom falls on weights alone.
struct TinyModel: ModelArchitecture {
    struct Layers: Network {
        var body: [any Layer] {
            Conv2D(2, kernel: 3, padding: 1).named("conv")
            BatchNorm().named("norm")
            ReLU().named("act")
            MaxPool(2).named("pool")
            Flatten().named("flatten")
            Linear(3).named("fc")
        }
    }

    let network = "tiny"
    let options: [String: String] = [:]
    let classes = ["a", "b", "c"]
    let preprocessing = Preprocessing([1, 6, 6], mean: [0.5], standardDeviation: [0.25])
    let importedGraph: [UInt8]? = nil

    func traced(mode: Trace.Mode, regularization: Regularization) throws(NetworkError) -> TracedNetwork {
        do { return try TracedNetwork(Layers(), preprocessing: preprocessing, mode: mode, regularization: regularization) } catch { throw NetworkError("\(error)") }
    }

    func tracedWithoutPreprocessing(mode: Trace.Mode) throws(NetworkError) -> TracedNetwork {
        do { return try TracedNetwork(Layers(), input: preprocessing.shape, mode: mode) } catch { throw NetworkError("\(error)") }
    }
}

/// What a reader says of a file, or nil where it reads it.
func complaint(_ body: () throws(FormatError) -> Void) -> String? {
    do throws(FormatError) { try body() } catch { return error.description }
    return nil
}
