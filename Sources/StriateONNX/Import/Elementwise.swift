import StriateGraph

extension OperatorRule {
    static let arithmetic: [String: OperatorRule] = [
        "Add": binary(.add), "Sub": binary(.subtract), "Mul": binary(.multiply), "Div": binary(.divide), "Pow": binary(.power),
        "Sum": many(.add), "Max": many(.maximum), "Min": many(.minimum),
        "Mean": OperatorRule(1...1000) { (importer, call) throws(Refusal) in
            let sum = try importer.chain(.add, call)
            return [.computed(try importer.build { (graph) throws(ShapeError) in
                try graph.arithmetic(.multiply, sum, graph.constant(Tensor(1 / Float(call.operands.count))))
            })]
        },
        "PRelu": OperatorRule(2...2, data: [0], convert: parametricReLU),
        "Equal": comparison(.equal), "Greater": comparison(.greater),
        "Less": comparison(.greater, isExchanged: true),
        "GreaterOrEqual": comparison(.greater, isExchanged: true, isNegated: true),
        "LessOrEqual": comparison(.greater, isNegated: true),
        "And": logical(.minimum), "Or": logical(.maximum),
        "Xor": OperatorRule(2...2, ["axis", "broadcast"]) { (importer, call) throws(Refusal) in
            let (a, b) = try importer.pair(call)
            return [.computed(try importer.build { (graph) throws(ShapeError) in
                try graph.arithmetic(.subtract, graph.constant(Tensor(1)), try graph.arithmetic(.equal, a, b))
            }, isWhole: true)]
        },
        "Not": OperatorRule(1...1) { (importer, call) throws(Refusal) in
            let x = try importer.value(try call.operand(0))
            return [.computed(try importer.build { (graph) throws(ShapeError) in
                try graph.arithmetic(.subtract, graph.constant(Tensor(1)), x)
            }, isWhole: true)]
        },
        "Where": OperatorRule(3...3, fold: foldedChoice, convert: choice),
    ]

    private static func binary(_ kind: Arithmetic.Kind) -> OperatorRule {
        OperatorRule(2...2, ["axis", "broadcast"], fold: { (_, call) throws(Refusal) in
            guard let a = try call.operand(0).known, let b = try call.operand(1).known,
                // Parameters stay parameters, such as a weight that is multiplied by a mask.
                try !call.operand(0).canBeLearnt, try !call.operand(1).canBeLearnt
            else { return nil }
            return try Folding.binary(kind, a, b)
        }) { (importer, call) throws(Refusal) in
            [try importer.arithmetic(kind, call)]
        }
    }

    private static func many(_ kind: Arithmetic.Kind) -> OperatorRule {
        OperatorRule(1...1000, fold: { (_, call) throws(Refusal) in
            guard call.operands.count == 2, let a = try call.operand(0).known, let b = try call.operand(1).known else { return nil }
            return try Folding.binary(kind, a, b)
        }) { (importer, call) throws(Refusal) in [.computed(try importer.chain(kind, call), isWhole: try call.operand(0).isWhole)] }
    }

    private static func comparison(_ kind: Arithmetic.Kind, isExchanged: Bool = false, isNegated: Bool = false) -> OperatorRule {
        OperatorRule(2...2, ["axis", "broadcast"], fold: { (_, call) throws(Refusal) in
            guard let a = try call.operand(0).known, let b = try call.operand(1).known else { return nil }
            return try Folding.comparison(kind, isExchanged ? b : a, isExchanged ? a : b, isNegated: isNegated)
        }) { (importer, call) throws(Refusal) in
            let (a, b) = try importer.pair(call)
            return [.computed(try importer.build { (graph) throws(ShapeError) in
                let truth = try graph.arithmetic(kind, isExchanged ? b : a, isExchanged ? a : b)
                return isNegated ? try graph.arithmetic(.subtract, graph.constant(Tensor(1)), truth) : truth
            }, isWhole: true)]
        }
    }

    private static func logical(_ kind: Arithmetic.Kind) -> OperatorRule {
        OperatorRule(2...2, ["axis", "broadcast"]) { (importer, call) throws(Refusal) in
            let (a, b) = try importer.pair(call)
            return [.computed(try importer.build { (graph) throws(ShapeError) in try graph.arithmetic(kind, a, b) }, isWhole: true)]
        }
    }

    /// x where positive, else slope · x
    private static func parametricReLU(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let x = try importer.batched(try call.operand(0))
        var factor = try call.operand(1)
        if importer.model.opset < 7, importer.rank(factor) == 1 {
            // Before version 7 the slopes were those of the channels.
            let extents = importer.extents(factor) + Array(repeating: Size(1), count: max(0, importer.rank(.computed(x)) - 2))
            factor = try importer.reshaped(factor, to: extents)[0]
        }
        let slope = try importer.shaped(factor, beside: x)
        return [.computed(try importer.build { (graph) throws(ShapeError) in
            let zero = graph.constant(Tensor(0))
            let positive = try graph.arithmetic(.maximum, x, zero), negative = try graph.arithmetic(.minimum, x, zero)
            return try graph.add(positive, try graph.arithmetic(.multiply, negative, slope))
        })]
    }

    private static func foldedChoice(_: GraphImporter, _ call: Call) throws(Refusal) -> [KnownTensor]? {
        guard let condition = try call.operand(0).known, let a = try call.operand(1).known, let b = try call.operand(2).known else {
            return nil
        }
        return try Folding.choice(condition, a, b)
    }

    private static func choice(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let values = try importer.aligned(call.operands)
        let isWhole = try call.operand(1).isWhole
        return [.computed(try importer.build { (graph) throws(ShapeError) in
            // The side that is not chosen is multiplied by 0, which infinities would not survive.
            let finite = ElementFunction.Kind.clip(low: -.greatestFiniteMagnitude, high: .greatestFiniteMagnitude)
            let a = try graph.arithmetic(.multiply, values[0], try graph.apply(finite, values[1]))
            let otherwise = try graph.arithmetic(.subtract, graph.constant(Tensor(1)), values[0])
            return try graph.add(a, try graph.arithmetic(.multiply, otherwise, try graph.apply(finite, values[2])))
        }, isWhole: isWhole)]
    }
}
