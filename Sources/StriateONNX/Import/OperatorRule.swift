/// What is known of one operator: the attributes and the number of inputs that it may have, and what becomes of it.
struct OperatorRule: Sendable {
    typealias Convert = @Sendable (inout GraphImporter, Call) throws(Refusal) -> [Operand]
    typealias Fold = @Sendable (GraphImporter, Call) throws(Refusal) -> [KnownTensor]?

    let inputs: ClosedRange<Int>
    let attributes: Set<String>
    /// The inputs that may differ from image to image; the others are weights or settings. Nil for all.
    let data: Set<Int>?
    /// Computes the result at import where its inputs are known; nil where they are not.
    let fold: Fold?
    let convert: Convert

    init(
        _ inputs: ClosedRange<Int>, _ attributes: Set<String> = [], data: Set<Int>? = nil, fold: Fold? = nil,
        convert: @escaping Convert
    ) {
        self.inputs = inputs
        self.attributes = attributes
        self.data = data
        self.fold = fold
        self.convert = convert
    }

    /// Refuses what the rule does not know.
    func check(_ call: Call) throws(Refusal) {
        for name in call.attributeNames.sorted() where !attributes.contains(name) {
            throw Refusal("the attribute \(name.prefix(40)) is not supported")
        }
        guard inputs.contains(call.operands.count) else {
            throw Refusal("has \(call.operands.count) inputs, but takes \(inputs.lowerBound) to \(inputs.upperBound)")
        }
    }

    /// - Throws: ``Refusal`` for an operator that is not supported.
    static func rule(for node: ProtoNode) throws(Refusal) -> OperatorRule {
        guard node.domain.isStandard else { throw Refusal("operators of the domain \(node.domain.prefix(80)) are not supported") }
        guard let rule = all[node.operator] else { throw Refusal("the operator is not supported") }
        return rule
    }

    /// Every operator that Striate imports, by its name in the standard.
    static let all: [String: OperatorRule] = [
        convolutions, pools, products, normalizations, elementFunctions, arithmetic, reductions, shapes, arrangements, sources,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
}
