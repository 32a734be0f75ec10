import Foundation
import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Arithmetic, functions of one element, reductions and rearrangements compute what PyTorch computes; their gradients come through
/// `differentiate`.
@Suite struct ArithmeticGoldenTests {
    @Test(arguments: try Golden(files: "golden-arithmetic").cases)
    func lanesAgreeWithPyTorch(golden: GoldenCase) throws { try expectValues(of: golden, on: LaneEngine(threads: 2)) }

    @Test(arguments: try Golden(files: "golden-arithmetic").cases)
    func theReferenceAgreesWithPyTorch(golden: GoldenCase) throws { try expectValues(of: golden, on: ReferenceEngine()) }

    @Test func theFixtureCoversEveryKind() throws {
        let cases = try Golden(files: "golden-arithmetic").cases.map(\.numbers)
        #expect(Set(cases.map(\.operation)) == [
            "arithmetic", "function", "reduction", "softmax", "gather", "slice", "concatenation", "transpose", "broadcast", "mask",
        ])
        #expect(Set(cases.filter { $0.operation == "arithmetic" }.compactMap(\.kind)) == Set(Arithmetic.Kind.allCases.map(\.rawValue)))
        #expect(Set(cases.filter { $0.operation == "function" }.compactMap(\.kind)).count == 20)
    }

    private func expectValues(of golden: GoldenCase, on engine: any Engine) throws {
        var graph = Graph(), weights = Weights(), inputs = [String: Source]()
        let numbers = golden.numbers, shared = numbers.shared ?? []
        func operand(_ name: String, isShared: Bool) -> Value? {
            guard let tensor = golden.input(name) else { return nil }
            if isShared {
                weights[name] = tensor
                return graph.variable(name, tensor.shape)
            }
            inputs[name] = Source(.floats(tensor.values), first: numbers.batch)
            return graph.input(name, Shape(Array(tensor.shape.extents.dropFirst())))
        }

        let names = ["a", "b", "c"].filter { golden.input($0) != nil }
        let operands = names.compactMap { operand($0, isShared: shared.contains($0)) }
        let y = try graph.append(try operation(of: golden), operands)[0]
        graph.output("y", y)
        if let upstream = operand("upstream", isShared: !graph[y].isBatched) {
            let product = try graph.arithmetic(.multiply, y, upstream)
            var loss = try graph.reduce(.sum, product, axes: Array(0..<graph[y].shape.rank))
            if graph[y].isBatched { loss = try graph.batchSum(loss) }
            for (name, gradient) in zip(names, try graph.differentiate(loss, by: operands)) {
                graph.output("d" + name, try #require(gradient))
            }
        }

        for graph in [graph, graph.optimized()] {
            let program = try engine.compile(graph, batch: numbers.batch)
            try program.load(weights)
            try program.run(Feed(count: numbers.batch, inputs: inputs))
            for (name, _) in graph.outputs { golden.expect(name, program.output(name)) }
        }
    }

    private func operation(of golden: GoldenCase) throws -> any StriateGraph.Operation {
        let numbers = golden.numbers, axis = numbers.axes?.first ?? 0, kind = numbers.kind ?? ""
        switch numbers.operation {
        case "arithmetic": return Arithmetic(try #require(Arithmetic.Kind(rawValue: kind)))
        case "function": return ElementFunction(try function(kind, numbers.parameters ?? []))
        case "reduction":
            return Reduction(
                try #require(Reduction.Kind(rawValue: kind)), axes: try #require(numbers.axes), keepsAxes: numbers.keepsAxes == true)
        case "softmax": return Softmax(axis: axis, isLogarithm: numbers.kind == "log")
        case "gather": return Gather(axis: axis, try #require(numbers.places), fill: try #require(numbers.parameters?.first))
        case "slice":
            let ends = try #require(numbers.places)
            return Slice(axis: axis, ends[0]..<ends[1])
        case "concatenation": return Concatenation(axis: axis)
        case "transpose": return Transpose(try #require(numbers.axes))
        case "broadcast": return Broadcast(Shape(try #require(numbers.shape)))
        case "mask": return ConnectionMask(ConnectionTable(inputs: 3, rows: try #require(numbers.table)))
        default: throw EngineError("the fixture has an operation that this test lacks: \(numbers.operation)")
        }
    }

    private func function(_ name: String, _ parameters: [Float]) throws -> ElementFunction.Kind {
        switch name {
        case "leaky-relu": return .leakyReLU(slope: parameters[0])
        case "elu": return .elu(scale: parameters[0])
        case "gelu": return .gelu(approximatedByTanh: false)
        case "gelu-tanh": return .gelu(approximatedByTanh: true)
        case "hard-sigmoid": return .hardSigmoid(slope: parameters[0], offset: parameters[1])
        case "hard-swish": return .hardSwish
        case "silu": return .silu
        case "softplus": return .softplus
        case "clip": return .clip(low: parameters[0], high: parameters[1])
        case "exp": return .exp
        case "log": return .log
        case "square-root": return .squareRoot
        case "reciprocal-square-root": return .reciprocalSquareRoot
        case "reciprocal": return .reciprocal
        case "absolute": return .absolute
        case "erf": return .erf
        case "sign": return .sign
        case "floor": return .floor
        case "ceil": return .ceil
        case "round": return .round
        default: throw EngineError("the fixture has a function that this test lacks: \(name)")
        }
    }
}
