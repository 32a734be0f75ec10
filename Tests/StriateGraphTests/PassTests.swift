import StriateGraph
import Testing

@Suite struct FuseBiasAndActivationTests {
    private func operations(_ graph: Graph) -> [String] { graph.nodes.map { "\($0.operation)" } }

    @Test func biasAndActivationMoveIntoTheConvolution() throws {
        var graph = Graph()
        let x = graph.input("x", [1, 5, 5]), weight = graph.variable("w", [2, 1, 3, 3]), bias = graph.variable("b", [2])
        graph.path = "conv1"
        let sums = try graph.addBias(try graph.convolution(x, weight: weight, window: Window(kernel: 3)), bias)
        graph.output("y", try graph.activation(.relu, sums))
        let fused = graph.fusingBiasAndActivation()
        #expect(operations(fused) == ["input x", "variable w", "variable b", "convolution 3×3 + bias + relu"])
        #expect(fused.nodes[3].path == "conv1")
        #expect(fused.output(named: "y") == fused.nodes[3].results[0])
        #expect(fused[fused.nodes[3].results[0]] == .batched([2, 3, 3]))
    }

    @Test func aLinearLayerFusesToo() throws {
        var graph = Graph()
        let x = graph.input("x", [3]), weight = graph.variable("w", [2, 3]), bias = graph.variable("b", [2])
        graph.output("y", try graph.activation(.tanh, try graph.addBias(try graph.linear(x, weight: weight), bias)))
        #expect(operations(graph.fusingBiasAndActivation()).last == "linear + bias + tanh")
    }

    @Test func whatSomeoneElseReadsStaysVisible() throws {
        var graph = Graph()
        let x = graph.input("x", [3]), weight = graph.variable("w", [2, 3]), bias = graph.variable("b", [2])
        let sums = try graph.linear(x, weight: weight)
        let shifted = try graph.addBias(sums, bias)
        let y = try graph.activation(.tanh, shifted)
        graph.output("y", y)

        var readTwice = graph
        readTwice.output("twice", try readTwice.add(shifted, y))
        #expect(operations(readTwice.fusingBiasAndActivation()).contains("linear + bias"))

        var named = graph
        named.output("sums", sums)
        #expect(operations(named.fusingBiasAndActivation()) == operations(named))
    }

    @Test func aTrainingGraphFusesAsItsBackwardReadsOnlyResults() throws {
        var graph = Graph()
        let x = graph.input("x", [1, 5, 5]), weight = graph.variable("w", [2, 1, 3, 3]), bias = graph.variable("b", [2])
        let sums = try graph.convolution(x, weight: weight, window: Window(kernel: 3))
        let maps = try graph.activation(.sigmoid, try graph.addBias(sums, bias))
        let logits = try graph.linear(try graph.flatten(maps), weight: graph.variable("head", [2, 18]))
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(logits, labels: graph.input("labels", .scalar)))
        for (index, gradient) in try graph.differentiate(loss, by: [weight, bias]).enumerated() {
            graph.output("gradient \(index)", try #require(gradient))
        }
        let fused = graph.fusingBiasAndActivation()
        #expect(operations(fused).contains("convolution 3×3 + bias + sigmoid"))
        #expect(fused.nodes.count == graph.nodes.count - 2)
        #expect(fused.outputs.map(\.name) == graph.outputs.map(\.name))
    }

    /// A bias that is made after the convolution could not be read by it.
    @Test func aBiasThatComesTooLateStaysOutside() throws {
        var graph = Graph()
        let x = graph.input("x", [3])
        let sums = try graph.linear(x, weight: graph.variable("w", [2, 3]))
        graph.output("y", try graph.addBias(sums, graph.variable("late", [2])))
        #expect(operations(graph.fusingBiasAndActivation()) == operations(graph))
    }
}

@Suite struct RemoveDeadValuesTests {
    @Test func whatNothingReadsIsDroppedAndInputsStay() throws {
        var graph = Graph()
        let x = graph.input("x", [3]), unused = graph.input("unused", [1]), y = try graph.activation(.relu, x)
        _ = try graph.activation(.tanh, try graph.activation(.sigmoid, x))
        _ = try graph.linear(unused, weight: graph.variable("dead", [1, 1]))
        graph.output("y", y)
        let kept = graph.removingDeadValues()
        #expect(kept.nodes.map { "\($0.operation)" } == ["input x", "input unused", "relu"])
        #expect(kept.output(named: "y") == kept.nodes[2].results[0])
    }

    @Test func theFirstLayersInputGradientIsDropped() throws {
        var graph = Graph()
        let x = graph.input("x", [3]), weight = graph.variable("w", [2, 3])
        let logits = try graph.linear(x, weight: weight)
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(logits, labels: graph.input("labels", .scalar)))
        graph.output("loss", loss)
        graph.output("gradient", try #require(try graph.differentiate(loss, by: [weight])[0]))
        #expect(graph.nodes.contains { $0.operation is LinearInputGradient })
        #expect(!graph.removingDeadValues().nodes.contains { $0.operation is LinearInputGradient })
    }

    @Test func updatesKeepWhatTheyNeed() throws {
        var graph = Graph()
        let w = graph.variable("w", [2])
        graph.update(w, to: try graph.add(w, w))
        let kept = graph.removingDeadValues()
        #expect(kept.description == graph.description)
    }
}

@Suite struct MergeEqualValuesTests {
    @Test func whatIsComputedTwiceIsComputedOnce() throws {
        var graph = Graph()
        let x = graph.input("x", [3])
        let a = try graph.activation(.tanh, try graph.activation(.relu, x))
        let b = try graph.activation(.tanh, try graph.activation(.relu, x))
        graph.output("sum", try graph.add(a, b))
        graph.output("b", b)
        let merged = graph.mergingEqualValues()
        #expect(merged.nodes.map { "\($0.operation)" } == ["input x", "relu", "tanh", "add"])
        #expect(merged.nodes[3].inputs[0] == merged.nodes[3].inputs[1])
        #expect(merged.output(named: "b") == merged.nodes[2].results[0])
    }

    @Test func sumsAndProductsMergeInEitherOrder() throws {
        var graph = Graph()
        let x = graph.input("x", [3]), y = graph.input("y", [3])
        for kind in [Arithmetic.Kind.add, .multiply, .subtract] {
            graph.output("\(kind) ab", try graph.arithmetic(kind, x, y))
            graph.output("\(kind) ba", try graph.arithmetic(kind, y, x))
        }
        #expect(graph.mergingEqualValues().nodes.map { "\($0.operation)" } == ["input x", "input y", "add", "multiply", "subtract", "subtract"])
    }

    @Test func equalConstantsMergeAndVariablesNever() throws {
        var graph = Graph()
        let a = graph.variable("w", [1]), b = graph.variable("w", [1])
        let one = graph.constant(Tensor([1], [1])), another = graph.constant(Tensor([1], [1])), two = graph.constant(Tensor([1], [2]))
        for (name, value) in [("a", a), ("b", b), ("one", one), ("another", another), ("two", two)] { graph.output(name, value) }
        let merged = graph.mergingEqualValues()
        #expect(merged.nodes.count == 4)
        #expect(merged.output(named: "one") == merged.output(named: "another"))
        #expect(merged.output(named: "one") != merged.output(named: "two"))
        #expect(merged.output(named: "a") != merged.output(named: "b"))
    }

    @Test func operationsThatDifferInOneNumberStayApart() throws {
        var graph = Graph()
        let x = graph.input("x", [2, 5, 5])
        graph.output("a", try graph.averagePool(x, window: Window(kernel: 3, padding: 1), countsPadding: true))
        graph.output("b", try graph.averagePool(x, window: Window(kernel: 3, padding: 1), countsPadding: false))
        graph.output("c", try graph.maxPool(x, window: Window(kernel: 3, padding: 1)))
        #expect(graph.mergingEqualValues().nodes.count == 4)
    }
}

@Suite struct FoldChannelAffinesTests {
    private func operations(_ graph: Graph) -> [String] { graph.nodes.map { "\($0.operation)" } }

    private func normalized(_ x: Value, channels: Int, _ graph: inout Graph) throws -> Value {
        let statistics = ["scale", "shift", "mean", "variance"].map { graph.variable($0, [channels]) }
        return try graph.normalize(x, scale: statistics[0], shift: statistics[1], mean: statistics[2], variance: statistics[3])
    }

    @Test func aNormalizedConvolutionIsOneConvolution() throws {
        var graph = Graph()
        let x = graph.input("x", [3, 6, 6])
        let sums = try graph.convolution(x, weight: graph.variable("w", [4, 3, 3, 3]), window: Window(kernel: 3))
        let biased = try graph.addBias(sums, graph.variable("b", [4]))
        graph.output("y", try graph.activation(.relu, try normalized(biased, channels: 4, &graph)))
        let folded = graph.optimized()
        let batched = folded.nodes.filter { folded[$0.results[0]].isBatched }
        #expect(batched.map { "\($0.operation)" } == ["input x", "convolution 3×3 + bias + relu"])
        #expect(folded.variables.map(\.variable.name) == graph.variables.map(\.variable.name))
    }

    @Test func aLinearLayerWithoutABiasFoldsToo() throws {
        var graph = Graph()
        let sums = try graph.linear(graph.input("x", [3]), weight: graph.variable("w", [2, 3]))
        graph.output("y", try normalized(sums, channels: 2, &graph))
        #expect(operations(graph.optimized()).last == "linear + bias")
    }

    @Test func whatSomeoneElseReadsStaysVisible() throws {
        var graph = Graph()
        let sums = try graph.linear(graph.input("x", [3]), weight: graph.variable("w", [2, 3]))
        graph.output("sums", sums)
        graph.output("y", try normalized(sums, channels: 2, &graph))
        #expect(operations(graph.foldingChannelAffines()) == operations(graph))
    }

    /// The gradient of a scale that learns reads what is scaled.
    @Test func aScaleThatLearnsIsNotFolded() throws {
        var graph = Graph()
        let sums = try graph.linear(graph.input("x", [3]), weight: graph.variable("w", [2, 3]))
        let scale = graph.variable("s", [2]), y = try graph.channelAffine(sums, scale: scale, offset: graph.variable("t", [2]))
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(y, labels: graph.input("labels", .scalar)))
        graph.output("gradient", try #require(try graph.differentiate(loss, by: [scale])[0]))
        #expect(operations(graph.foldingChannelAffines()) == operations(graph))
    }

    @Test func whatIsNoPlainLayerIsNotFolded() throws {
        var graph = Graph()
        let x = graph.input("x", [3, 4, 4])
        graph.output("y", try normalized(try graph.activation(.relu, x), channels: 3, &graph))
        #expect(operations(graph.foldingChannelAffines()) == operations(graph))
    }
}
