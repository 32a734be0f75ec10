import StriateGraph

/// What a name in an ONNX graph stands for while the graph is imported.
enum Operand {
    /// Numbers that are known already; `parameter` is the initialiser's name where they may be learnt.
    case known(KnownTensor, parameter: String?)
    /// A value of the graph being made. `isWhole`: its elements stand for whole numbers or truth values.
    case computed(Value, isWhole: Bool)

    static func known(_ tensor: KnownTensor) -> Operand { .known(tensor, parameter: nil) }
    static func computed(_ value: Value) -> Operand { .computed(value, isWhole: false) }

    var known: KnownTensor? { if case .known(let tensor, _) = self { tensor } else { nil } }

    /// Whether these are the numbers of a parameter: an initialiser of several floats. A single number is a constant.
    var canBeLearnt: Bool { if case .known(let tensor, .some) = self { tensor.count > 1 && !tensor.isWhole } else { false } }

    var isWhole: Bool {
        switch self {
        case .known(let tensor, _): tensor.isWhole
        case .computed(_, let isWhole): isWhole
        }
    }
}

/// Why a node cannot be imported; the node is told by whoever catches it.
struct Refusal: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// One node as its converter sees it: operands by position, attributes by name.
struct Call {
    let node: ProtoNode
    /// Nil where an optional input is left out.
    let operands: [Operand?]
    private let attributes: [String: ProtoAttribute]
    /// Names that some node reads, or that are outputs of the graph.
    private let readNames: Set<String>

    init(_ node: ProtoNode, operands: [Operand?], readNames: Set<String>) throws(Refusal) {
        self.node = node
        self.operands = operands
        self.readNames = readNames
        var attributes = [String: ProtoAttribute]()
        for attribute in node.attributes {
            guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
                throw Refusal("the attribute \(attribute.name) stands twice")
            }
        }
        self.attributes = attributes
    }

    var attributeNames: Dictionary<String, ProtoAttribute>.Keys { attributes.keys }

    /// The operand at a position that must not be left out.
    func operand(_ position: Int) throws(Refusal) -> Operand {
        guard let operand = optional(position) else { throw Refusal("its input \(position) is missing") }
        return operand
    }

    func optional(_ position: Int) -> Operand? { position < operands.count ? operands[position] : nil }

    /// Whether anything reads this output.
    func asks(forOutput position: Int) -> Bool { position < node.outputs.count && readNames.contains(node.outputs[position]) }

    // MARK: - Attributes

    func has(_ name: String) -> Bool { attributes[name] != nil }

    func float(_ name: String, or standard: Float) throws(Refusal) -> Float {
        guard let attribute = attributes[name] else { return standard }
        guard attribute.kind == .float else { throw Refusal("the attribute \(name) is not a number") }
        return attribute.float
    }

    func int(_ name: String) throws(Refusal) -> Int? {
        guard let attribute = attributes[name] else { return nil }
        guard attribute.kind == .int else { throw Refusal("the attribute \(name) is not a whole number") }
        return try sound(Int(attribute.int), name)
    }

    func int(_ name: String, or standard: Int) throws(Refusal) -> Int { try int(name) ?? standard }
    func flag(_ name: String, or standard: Bool = false) throws(Refusal) -> Bool { try int(name).map { $0 != 0 } ?? standard }

    func ints(_ name: String) throws(Refusal) -> [Int]? {
        guard let attribute = attributes[name] else { return nil }
        guard attribute.kind == .ints else { throw Refusal("the attribute \(name) is not a list of whole numbers") }
        return try attribute.ints.map { (number) throws(Refusal) in try sound(Int(number), name) }
    }

    func text(_ name: String, or standard: String) throws(Refusal) -> String {
        guard let attribute = attributes[name] else { return standard }
        guard attribute.kind == .string, let text = String(validating: attribute.string, as: UTF8.self) else {
            throw Refusal("the attribute \(name) is not a text")
        }
        return text
    }

    func raw(_ name: String) -> ProtoAttribute? { attributes[name] }

    /// Numbers given as an attribute by older versions, as an input by later ones; nil where neither is there.
    func numbers(_ name: String, orInput position: Int) throws(Refusal) -> [Int]? {
        if let numbers = try ints(name) { return numbers }
        guard let operand = optional(position) else { return nil }
        guard let tensor = operand.known else {
            throw Refusal("its input \(position) (\(name)) must be known before the graph runs")
        }
        guard let numbers = tensor.numbers else { throw Refusal("its input \(position) (\(name)) must be whole numbers") }
        return numbers
    }

    private func sound(_ number: Int, _ name: String) throws(Refusal) -> Int {
        // The ends of slices are often the largest number there is.
        guard abs(number.clamped) <= Limits.attribute || ["starts", "ends"].contains(name) else {
            throw Refusal("the attribute \(name) cannot be \(number)")
        }
        return number
    }
}

extension Int {
    /// At least the smallest number that has a magnitude.
    fileprivate var clamped: Int { Swift.max(self, -.max) }
}
