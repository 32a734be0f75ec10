import ReferenceEngine
import StriateEngine
import StriateGraph
import Testing

/// Concatenations and slices of channels are a matter of where values lie: nothing is copied.
@Suite struct SideBySideTests {
    private func copies(_ graph: Graph) throws -> [String] {
        try LaneEngine.plan(graph).flatMap(\.steps).filter { $0.hasPrefix("concatenation") || $0.hasPrefix("slice") || $0 == "copy" }
    }

    /// Runs on lanes and in the reference engine, with a batch smaller than the program's too.
    private func expectAgreementOfEngines(_ graph: Graph, _ shape: Shape, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for threads in [1, 3] {
            let lanes = try LaneEngine(threads: threads).compile(graph, batch: 37), reference = ReferenceProgram(graph, batch: 37)
            try lanes.loadHashedWeights()
            for count in [37, 1, 16, 17] {
                try reference.load(lanes.variables)
                let feed = Feed(
                    count: count,
                    inputs: [
                        "x": Source(.floats(Hashed.tensor(Shape([count] + shape.extents), seed: count).values), first: count),
                        "labels": Source(.integers((0..<count).map { Int32($0 % 3) }), first: count),
                    ].filter { name, _ in graph.inputs.contains { $0.name == name } },
                    scalars: graph.inputs.contains { $0.name == "rate" } ? ["rate": 0.25] : [:])
                try lanes.run(feed)
                try reference.run(feed)
                for (name, _) in graph.outputs {
                    expectAgreement(
                        lanes.output(name).values, reference.elements(of: name), tolerance: 1e-5, "\(name) of \(count)",
                        sourceLocation: sourceLocation)
                }
                let expected = reference.variables
                for (name, tensor) in lanes.variables {
                    expectAgreement(tensor, try #require(expected[name]), tolerance: 1e-5, floor: 1e-3, name, sourceLocation: sourceLocation)
                }
            }
        }
    }

    private func convolution(_ name: String, _ x: Value, _ outputs: Int, _ kernel: Int, _ graph: inout Graph) throws -> Value {
        let weight = graph.variable(name + ".weight", [outputs, graph[x].shape[0], kernel, kernel])
        let window = Window(kernel: Extent(kernel), padding: Padding(kernel / 2, kernel / 2))
        let sums = try graph.convolution(x, weight: weight, window: window)
        return try graph.activation(.relu, try graph.addBias(sums, graph.variable(name + ".bias", [outputs])))
    }

    /// Four branches of Szegedy et al. (2014), figure 2b.
    private func inception(_ name: String, _ x: Value, _ graph: inout Graph) throws -> Value {
        let one = try convolution(name + ".1", x, 3, 1, &graph)
        let three = try convolution(name + ".2b", try convolution(name + ".2a", x, 2, 1, &graph), 5, 3, &graph)
        let five = try convolution(name + ".3b", try convolution(name + ".3a", x, 2, 1, &graph), 2, 5, &graph)
        let pool = try convolution(name + ".4", try graph.maxPool(x, window: Window(kernel: 3, padding: 1)), 1, 1, &graph)
        return try graph.concatenate([one, three, five, pool])
    }

    private func appendTraining(_ x: Value, _ graph: inout Graph) throws {
        let logits = try graph.linear(try graph.flatten(x), weight: graph.variable("head", [3, graph[x].shape.count]))
        graph.output("logits", logits)
        try graph.appendTraining(of: logits, GradientDescent(momentum: 0.5))
    }

    @Test func inceptionModulesAreComputedSideBySide() throws {
        var graph = Graph()
        let x = try inception("a", graph.input("x", [4, 7, 5]), &graph)
        graph.output("y", try inception("b", x, &graph))
        #expect(try copies(graph.optimized()) == [])
        try expectAgreementOfEngines(graph, [4, 7, 5])
        try expectAgreementOfEngines(graph.optimized(), [4, 7, 5])
    }

    @Test func theirGradientsAreSlicedWithoutACopy() throws {
        var graph = Graph()
        try appendTraining(try inception("b", try inception("a", graph.input("x", [4, 7, 5]), &graph), &graph), &graph)
        #expect(try copies(graph.optimized()) == [])
        try expectAgreementOfEngines(graph, [4, 7, 5])
        try expectAgreementOfEngines(graph.optimized(), [4, 7, 5])
    }

    /// As torchvision writes a dense block: each layer reads the concatenation of all that came before.
    @Test(arguments: [true, false]) func denseBlocksLieInOnePlace(isNested: Bool) throws {
        var graph = Graph()
        var features = [try convolution("0", graph.input("x", [2, 4, 5]), 3, 3, &graph)]
        var all = features[0]
        for layer in 1...4 {
            features.append(try convolution("\(layer)", try graph.activation(.relu, all), 2, 3, &graph))
            all = try graph.concatenate(isNested ? [all, features[layer]] : features)
        }
        try appendTraining(all, &graph)
        #expect(try copies(graph) == [])
        try expectAgreementOfEngines(graph, [2, 4, 5])
        try expectAgreementOfEngines(graph.optimized(), [2, 4, 5])
    }

    @Test func aBranchMayReadAnother() throws {
        var graph = Graph()
        let x = graph.input("x", [2, 3, 3])
        let a = try convolution("a", x, 3, 3, &graph), b = try convolution("b", a, 2, 1, &graph)
        let c = try convolution("c", try graph.add(b, b), 17, 3, &graph)
        graph.output("a", a)
        graph.output("y", try graph.activation(.tanh, try graph.concatenate([c, b, a])))
        #expect(try copies(graph) == [])
        try expectAgreementOfEngines(graph, [2, 3, 3])
    }

    @Test func nestedAndNamedConcatenationsAreRight() throws {
        var graph = Graph()
        let x = graph.input("x", [2, 3, 3])
        let parts = try (0..<4).map { try convolution("\($0)", x, $0 + 1, 1, &graph) }
        let inner = try graph.concatenate([parts[0], parts[1]]), other = try graph.concatenate([parts[2], parts[3]])
        let outer = try graph.concatenate([inner, other])
        graph.output("inner", inner)
        graph.output("outer", outer)
        graph.output("sum", try graph.add(outer, try graph.concatenate([other, inner])))
        try expectAgreementOfEngines(graph, [2, 3, 3])
    }

    @Test func whatCannotLieThereIsCopied() throws {
        var graph = Graph()
        let x = graph.input("x", [4, 3, 3]), y = try convolution("y", x, 4, 3, &graph)
        let half = try graph.slice(x, axis: 0, 1..<3)
        graph.output("twice", try graph.concatenate([y, y, x, half]))
        graph.output("half", half)
        graph.output("flat", try graph.concatenate([try graph.flatten(y), try graph.flatten(half)]))
        graph.output("single", try graph.concatenate([half]))
        graph.output("rows", try graph.concatenate([x, y, try graph.slice(y, axis: 1, 1..<2)], axis: 1))
        graph.output("columns", try graph.concatenate([x, try graph.slice(y, axis: 2, 0..<2)], axis: 2))
        try expectAgreementOfEngines(graph, [4, 3, 3])
    }

    /// The product may not take over the memory of an operand that it still reads through a slice.
    @Test func anOperandIsNotOverwrittenWhileASliceOfItIsRead() throws {
        var graph = Graph()
        let x = try graph.activation(.tanh, graph.input("x", [5, 2]))
        graph.output("y", try graph.arithmetic(.multiply, x, try graph.slice(x, axis: 0, 0..<1)))
        let z = try graph.activation(.tanh, x), slice = try graph.slice(z, axis: 0, 1..<4)
        let sum = try graph.add(z, z)
        graph.output("z", try graph.add(try graph.slice(sum, axis: 0, 0..<3), slice))
        try expectAgreementOfEngines(graph, [5, 2])
    }

    @Test func sharedValuesAreSlicedAndConcatenatedToo() throws {
        var graph = Graph()
        let x = graph.input("x", [6])
        let a = graph.variable("a", [5, 6]), b = graph.variable("b", [2, 6])
        let weight = try graph.concatenate([try graph.slice(a, axis: 0, 1..<4), b, try graph.slice(a, axis: 0, 0..<1)])
        let half = try graph.slice(weight, axis: 1, 2..<5)
        graph.output("half", half)
        try appendTraining(try graph.linear(x, weight: weight), &graph)
        try expectAgreementOfEngines(graph, [6])
        try expectAgreementOfEngines(graph.optimized(), [6])
    }

    /// Outputs tell a variable's value in the run, not what the run made of it.
    @Test func anUpdatedVariableIsShownAsTheRunSawIt() throws {
        var graph = Graph()
        let weight = graph.variable("weight", [2, 3]), rate = graph.scalarInput("rate")
        let new = try graph.append(GradientDescent(), [weight, try graph.add(weight, weight), rate])[0]
        graph.update(weight, to: new)
        graph.output("old", weight)
        graph.output("part", try graph.reshape(try graph.slice(weight, axis: 0, 1..<2), to: [3]))
        graph.output("new", new)
        graph.output("twice", try graph.add(new, new))
        try expectAgreementOfEngines(graph, [1])
    }
}
