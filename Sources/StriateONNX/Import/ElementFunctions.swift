import StriateGraph

extension OperatorRule {
    static let elementFunctions: [String: OperatorRule] = [
        "Relu": activation(.relu), "Sigmoid": activation(.sigmoid), "Tanh": activation(.tanh),
        "Abs": function(.absolute), "Ceil": function(.ceil), "Erf": function(.erf), "Exp": function(.exp), "Floor": function(.floor),
        "HardSwish": function(.hardSwish), "Log": function(.log), "Reciprocal": function(.reciprocal), "Round": function(.round),
        "Sign": function(.sign), "Softplus": function(.softplus), "Sqrt": function(.squareRoot),
        "LeakyRelu": function(["alpha"]) { (call) throws(Refusal) in .leakyReLU(slope: try call.float("alpha", or: 0.01)) },
        "Elu": function(["alpha"]) { (call) throws(Refusal) in .elu(scale: try call.float("alpha", or: 1)) },
        "HardSigmoid": function(["alpha", "beta"]) { (call) throws(Refusal) in
            .hardSigmoid(slope: try call.float("alpha", or: 0.2), offset: try call.float("beta", or: 0.5))
        },
        "Gelu": function(["approximate"]) { (call) throws(Refusal) in
            let approximation = try call.text("approximate", or: "none")
            guard ["none", "tanh"].contains(approximation) else { throw Refusal("approximate \(approximation.prefix(40)) is not supported") }
            return .gelu(approximatedByTanh: approximation == "tanh")
        },
        "Clip": OperatorRule(1...3, ["max", "min"], data: [0], convert: clip),
        "Neg": composed(fold: foldedFunction) { (graph, x, _) throws(ShapeError) in try graph.negative(x) },
        "Swish": composed(["alpha"]) { (graph, x, call) throws(ShapeError) in
            let slope = graph.constant(Tensor(call.settings["alpha"] ?? 1))
            return try graph.arithmetic(.multiply, x, try graph.activation(.sigmoid, try graph.arithmetic(.multiply, x, slope)))
        },
        "Softsign": composed { (graph, x, _) throws(ShapeError) in
            try graph.arithmetic(.divide, x, try graph.add(try graph.apply(.absolute, x), graph.constant(Tensor(1))))
        },
        "Mish": composed { (graph, x, _) throws(ShapeError) in
            try graph.arithmetic(.multiply, x, try graph.activation(.tanh, try graph.apply(.softplus, x)))
        },
        "Selu": composed(["alpha", "gamma"]) { (graph, x, call) throws(ShapeError) in
            let elu = try graph.apply(.elu(scale: call.settings["alpha"] ?? 1.673_263_2), x)
            return try graph.arithmetic(.multiply, elu, graph.constant(Tensor(call.settings["gamma"] ?? 1.050_701)))
        },
        "Celu": composed(["alpha"]) { (graph, x, call) throws(ShapeError) in
            let alpha = call.settings["alpha"] ?? 1
            let elu = try graph.apply(.elu(scale: 1), try graph.arithmetic(.divide, x, graph.constant(Tensor(alpha))))
            // Positive elements were divided as well, so that one factor serves both sides.
            return try graph.arithmetic(.multiply, elu, graph.constant(Tensor(alpha)))
        },
        "ThresholdedRelu": composed(["alpha"]) { (graph, x, call) throws(ShapeError) in
            let isAbove = try graph.arithmetic(.greater, x, graph.constant(Tensor(call.settings["alpha"] ?? 1)))
            return try graph.arithmetic(.multiply, x, isAbove)
        },
        "Shrink": composed(["bias", "lambd"]) { (graph, x, call) throws(ShapeError) in
            let size = try graph.apply(.absolute, x), sign = try graph.apply(.sign, x)
            let isFar = try graph.arithmetic(.greater, size, graph.constant(Tensor(call.settings["lambd"] ?? 0.5)))
            let bias = try graph.arithmetic(.multiply, sign, graph.constant(Tensor(call.settings["bias"] ?? 0)))
            return try graph.arithmetic(.multiply, isFar, try graph.arithmetic(.subtract, x, bias))
        },
    ]

    private static func activation(_ kind: Activation.Kind) -> OperatorRule {
        OperatorRule(1...1) { (importer, call) throws(Refusal) in
            let x = try importer.value(try call.operand(0))
            return [.computed(try importer.build { (graph) throws(ShapeError) in try graph.activation(kind, x) })]
        }
    }

    private static func function(_ kind: ElementFunction.Kind) -> OperatorRule { function([]) { _ in kind } }

    private static func function(
        _ attributes: Set<String>, _ kind: @escaping @Sendable (Call) throws(Refusal) -> ElementFunction.Kind
    ) -> OperatorRule {
        OperatorRule(1...1, attributes, fold: foldedFunction) { (importer, call) throws(Refusal) in
            let x = try importer.value(try call.operand(0)), kind = try kind(call)
            let result = try importer.build { (graph) throws(ShapeError) in try graph.apply(kind, x) }
            return [.computed(result, isWhole: try call.operand(0).isWhole)]
        }
    }

    /// What shapes are computed with (`Floor` of a quotient, say).
    private static func foldedFunction(_: GraphImporter, _ call: Call) throws(Refusal) -> [KnownTensor]? {
        guard let tensor = try call.operand(0).known, tensor.count <= 64 else { return nil }
        if let numbers = tensor.numbers {
            guard ["Neg", "Abs"].contains(call.node.operator), !numbers.contains(.min) else { return nil }
            return [KnownTensor(tensor.extents, .sizes(numbers.map { Size(call.node.operator == "Neg" ? -$0 : abs($0)) }))]
        }
        guard let floats = tensor.floats else { return nil }
        let results: [Float]
        switch call.node.operator {
        case "Floor": results = floats.map { $0.rounded(.down) }
        case "Ceil": results = floats.map { $0.rounded(.up) }
        case "Round": results = floats.map { $0.rounded(.toNearestOrEven) }
        case "Neg": results = floats.map { -$0 }
        case "Abs": results = floats.map(abs)
        case "Sqrt": results = floats.map { $0.squareRoot() }
        default: return nil
        }
        return [KnownTensor(tensor.extents, .floats(results))]
    }

    /// A function that the graph has no operation for.
    private static func composed(
        _ attributes: Set<String> = [], fold: OperatorRule.Fold? = nil,
        _ compose: @escaping @Sendable (inout Graph, Value, (settings: [String: Float], isWhole: Bool)) throws(ShapeError) -> Value
    ) -> OperatorRule {
        OperatorRule(1...1, attributes, fold: fold) { (importer, call) throws(Refusal) in
            let operand = try call.operand(0), x = try importer.value(operand)
            var settings = [String: Float]()
            for name in attributes where call.has(name) { settings[name] = try call.float(name, or: 0) }
            let isWhole = operand.isWhole, given = settings
            return [.computed(try importer.build { (graph) throws(ShapeError) in try compose(&graph, x, (given, isWhole)) }, isWhole: isWhole)]
        }
    }

    private static func clip(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        func bound(_ name: String, _ position: Int, _ standard: Float) throws(Refusal) -> Float {
            if call.has(name) { return try call.float(name, or: standard) }
            guard let operand = call.optional(position) else { return standard }
            guard let bound = operand.known?.scalar else { throw Refusal("its \(name) must be one number that is known before the graph runs") }
            return bound
        }
        let low = try bound("min", 1, -.infinity), high = try bound("max", 2, .infinity)
        let x = try importer.value(try call.operand(0))
        return [.computed(try importer.build { (graph) throws(ShapeError) in
            // Not a clip where the bounds are exchanged: then everything becomes the upper one.
            let atLeast = low <= high ? low : high
            return try graph.apply(.clip(low: atLeast, high: high), x)
        }, isWhole: try call.operand(0).isWhole)]
    }
}
