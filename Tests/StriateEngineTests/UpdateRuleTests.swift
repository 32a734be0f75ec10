import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Optimisers' rules on lanes are the scalar ones, for any size and any number of threads.
@Suite struct UpdateRuleTests {
    private static let rules: [any ParameterUpdate] = [
        GradientDescent(weightDecay: 0.1), GradientDescent(momentum: 0.9, weightDecay: 0.1, isNesterov: true),
        GradientDescent(momentum: 0.5, weightDecay: 0.1, isDecoupled: true, isScaled: true), LevenbergMarquardt(damping: 0.5),
        Adam(weightDecay: 0.1), Adam(beta1: 0.5, beta2: 0.75, weightDecay: 0.1, isDecoupled: true),
        RMSProp(weightDecay: 0.1), RMSProp(alpha: 0.5, momentum: 0.9, isCentered: true),
    ]

    /// A parameter with its rule, all of whose inputs but numbers are variables.
    private func graph(
        _ plain: any ParameterUpdate, _ extras: UpdateExtras, _ shape: Shape
    ) throws -> (graph: Graph, weights: Weights, numbers: [String: Float]) {
        var rule = plain
        rule.extras = extras
        var graph = Graph(), weights = Weights(), numbers = [String: Float]()
        func variable(_ name: String, isPositive: Bool = false) -> Value {
            let values = Hashed.tensor(shape, seed: weights.count + 1).values
            weights[name] = Tensor(shape, isPositive ? values.map { 1 + $0 } : values)
            return graph.variable(name, shape)
        }
        func number(_ name: String, _ value: Float) -> Value {
            numbers[name] = value
            return graph.scalarInput(name)
        }
        let w = variable("w"), g = variable("g"), rate = number("rate", 0.125)
        let scalars = (0..<rule.scalarCount).map { number("number\($0)", 1.5 + Float($0)) }
        // A mean square is not below the mean's square.
        let tensors = (0..<rule.tensorCount).map { variable("state\($0)", isPositive: $0 == 0 || rule is Adam) }
        let gate = rule.extras.isGated ? [number("gate", 1)] : []
        let average = rule.extras.isAveraged ? [variable("average"), number("share", 0.25)] : []
        let results = try graph.append(rule, [w, g, rate] + scalars + tensors + gate + average)
        let changing = [w] + tensors.prefix(rule.stateCount) + average.prefix(1)
        for (value, result) in zip(changing, results) { graph.update(value, to: result) }
        return (graph, weights, numbers)
    }

    @Test(arguments: [1, 17, 9000], [UpdateExtras(), UpdateExtras(isGated: true), UpdateExtras(isGated: true, isAveraged: true)])
    func lanesFollowTheScalarRules(size: Int, extras: UpdateExtras) throws {
        for plain in Self.rules {
            let (graph, weights, numbers) = try graph(plain, extras, [size]), name = "\(plain)"
            func run(_ engine: any Engine, gate: Float = 1) throws -> Weights {
                let program = try engine.compile(graph, batch: 1)
                try program.load(weights)
                var feed = Feed(count: 1, inputs: [:], scalars: numbers)
                if extras.isGated { feed.scalars["gate"] = gate }
                for _ in 0..<3 { try program.run(feed) }
                return program.variables
            }
            let expected = try run(ReferenceEngine()), found = try run(LaneEngine(threads: 2))
            for (path, tensor) in expected { expectAgreement(found[path]!, tensor, tolerance: 1e-5, "\(path) by \(name)") }
            for threads in [1, 3] { #expect(try run(LaneEngine(threads: threads)) == found, "\(name) with \(threads) threads") }
            if extras.isGated { #expect(try run(LaneEngine(threads: 2), gate: 0) == weights, "\(name) with a closed gate") }
        }
    }

    /// A new value that something else reads is not made where the old one is, and a closed gate keeps it all the same.
    @Test(arguments: [Float(0), 1])
    func resultsMayBeReadAsWell(gate: Float) throws {
        var rule = Adam(), graph = Graph(), weights = Weights()
        rule.extras = UpdateExtras(isGated: true)
        let names = ["w", "g", "m", "v"], shape: Shape = [5000]
        for (seed, name) in names.enumerated() { weights[name] = Tensor(shape, Hashed.tensor(shape, seed: seed).values.map(abs)) }
        let (w, g, m, v) = (graph.variable("w", shape), graph.variable("g", shape), graph.variable("m", shape), graph.variable("v", shape))
        let numbers = ["rate", "a", "b"].map { graph.scalarInput($0) }
        let results = try graph.append(rule, [w, g] + numbers + [m, v, graph.scalarInput("gate")])
        for (variable, result) in zip([w, m, v], results) { graph.update(variable, to: result) }
        graph.output("sum", try graph.add(results[0], try graph.add(results[1], results[2])))
        let feed = Feed(count: 1, inputs: [:], scalars: ["rate": 0.1, "a": 2, "b": 3, "gate": gate])
        let programs = try [LaneEngine(threads: 2).compile(graph, batch: 1), ReferenceEngine().compile(graph, batch: 1)]
        for program in programs {
            try program.load(weights)
            try program.run(feed)
        }
        expectAgreement(programs[0].output("sum"), programs[1].output("sum"), tolerance: 1e-5, "sum")
        for (path, tensor) in programs[1].variables { expectAgreement(programs[0].variables[path]!, tensor, tolerance: 1e-5, path) }
        #expect((programs[0].variables == weights) == (gate == 0))
    }

    @Test(arguments: [[1, 1], [2, 3, 1, 1], [50, 7], [7, 50], [64, 3, 3, 3], [130, 129]])
    func matricesAreOrthogonalizedAsByTheReference(shape: [Int]) throws {
        var graph = Graph(), weights = Weights()
        graph.output("y", try graph.append(Orthogonalization(), [graph.variable("x", Shape(shape))])[0])
        weights["x"] = Hashed.tensor(Shape(shape), seed: 3)
        func run(_ engine: any Engine) throws -> Tensor {
            let program = try engine.compile(graph, batch: 1)
            try program.load(weights)
            try program.run(Feed(count: 1, inputs: [:]))
            return program.output("y")
        }
        let expected = try run(ReferenceEngine()), found = try run(LaneEngine(threads: 1))
        expectAgreement(found, expected, tolerance: 1e-4, "\(shape)")
        for threads in [2, 3] { #expect(try run(LaneEngine(threads: threads)) == found, "\(threads) threads") }
    }

    @Test(arguments: [[1], [17], [9000, 3, 5]])
    func normsAreThoseOfOneVector(sizes: [Int]) throws {
        var graph = Graph(), weights = Weights()
        for (index, size) in sizes.enumerated() { weights["\(index)"] = Hashed.tensor([size], seed: index, scale: 3) }
        graph.output("norm", try graph.norm(weights.map { graph.variable($0.path, $0.tensor.shape) }))
        let program = try LaneEngine(threads: 2).compile(graph, batch: 1)
        try program.load(weights)
        try program.run(Feed(count: 1, inputs: [:]))
        let expected = weights.reduce(0.0) { $1.tensor.values.reduce($0) { $0 + Double($1) * Double($1) } }.squareRoot()
        #expect(abs(Double(program.output("norm").values[0]) - expected) < 1e-5 * expected)
    }
}
