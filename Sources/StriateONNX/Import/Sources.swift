import StriateFormats
import StriateGraph

/// Operators that make numbers of nothing, or of shapes.
extension OperatorRule {
    static let sources: [String: OperatorRule] = [
        "Constant": OperatorRule(
            0...0, ["value", "value_float", "value_floats", "value_int", "value_ints"], convert: constant),
        "ConstantOfShape": OperatorRule(1...1, ["value"], data: [], convert: constantOfShape),
        "Range": OperatorRule(3...3, data: [], convert: range),
    ]

    private static func constant(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        if let value = call.raw("value") { return [.known(try importer.read(value))] }
        if call.has("value_float") { return [.known(KnownTensor([], .floats([try call.float("value_float", or: 0)])))] }
        if let value = call.raw("value_int") { return [.known(KnownTensor([], .sizes([Size(Int(value.int))])))] }
        if let value = call.raw("value_floats") { return [.known(KnownTensor([value.floats.count], .floats(value.floats)))] }
        if let value = call.raw("value_ints") { return [.known(KnownTensor(value.ints.map { Size(Int($0)) }))] }
        throw Refusal("has no value")
    }

    private static func constantOfShape(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        guard let extents = try call.operand(0).known?.numbers else { throw Refusal("the shape must be known before the graph runs") }
        guard extents.count <= Limits.axes, let count = Shape.checkedCount(extents) else { throw Refusal("a shape of \(extents) is negative or too large") }
        guard let attribute = call.raw("value") else { return [.known(KnownTensor(extents, .uniform(0)))] }
        let value = try importer.read(attribute)
        guard value.count == 1 else { throw Refusal("its value is not one number") }
        if let size = value.sizes?.first {
            guard count <= Limits.folded else { throw Refusal("a shape of \(extents) is too large") }
            return [.known(KnownTensor(extents, .sizes(Array(repeating: size, count: count))))]
        }
        return [.known(KnownTensor(extents, .uniform(value.scalar ?? 0)))]
    }

    private static func range(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        guard let start = try call.operand(0).known, let end = try call.operand(1).known, let step = try call.operand(2).known,
            let first = start.scalar, let last = end.scalar, let by = step.scalar
        else { throw Refusal("its ends must be known before the graph runs") }
        let count = ((Double(last) - Double(first)) / Double(by)).rounded(.up)
        guard by != 0, count.isFinite, count <= Double(Limits.folded) else { throw Refusal("goes from \(first) to \(last) by \(by)") }
        let places = 0..<max(0, Int(count))
        if let first = start.numbers?.first, let by = step.numbers?.first, end.isWhole {
            guard abs(first) < 1 << 50, abs(by) < 1 << 30 else { throw Refusal("goes from \(first) by \(by)") }
            return [.known(KnownTensor(places.map { Size(first + $0 * by) }))]
        }
        return [.known(KnownTensor([places.count], .floats(places.map { first + Float($0) * by })))]
    }
}

extension GraphImporter {
    /// The tensor of an attribute.
    fileprivate func read(_ attribute: ProtoAttribute) throws(Refusal) -> KnownTensor {
        guard attribute.hasTensor else { throw Refusal("the attribute \(attribute.name.prefix(40)) is not a tensor") }
        var reader = TensorReader(file: model.file, folder: nil)
        do { return try reader.read(attribute.tensor) } catch { throw Refusal("its value: \(error.reason)") }
    }

    /// The ends of a slice; nil stands for all images of a batch.
    func ends(_ call: Call) throws(Refusal) -> [Int?]? {
        if let ends = try call.ints("ends") { return ends }
        guard let operand = call.optional(2) else { return nil }
        guard let sizes = operand.known?.sizes else { throw Refusal("its ends must be known before the graph runs") }
        return sizes.map { $0 == .batch ? nil : $0.fixed ?? .max }
    }
}
