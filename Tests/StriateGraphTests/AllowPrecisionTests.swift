import StriateGraph
import Testing

@Suite struct AllowPrecisionTests {
    /// Two convolutions, a batch norm between them, and a linear layer.
    private func forward() throws -> Graph {
        var graph = Graph()
        let window = Window(kernel: 3, padding: 1)
        var x = graph.input("x", [3, 8, 8])
        x = try graph.convolution(x, weight: graph.variable("a", [4, 3, 3, 3]), window: window)
        let statistics = ["scale", "shift", "mean", "variance"].map { graph.variable($0, [4], role: .runningStatistic) }
        x = try graph.normalize(x, scale: statistics[0], shift: statistics[1], mean: statistics[2], variance: statistics[3])
        x = try graph.activation(.relu, x)
        x = try graph.convolution(x, weight: graph.variable("b", [5, 4, 3, 3]), window: window)
        x = try graph.activation(.relu, try graph.addBias(x, graph.variable("b.bias", [5])))
        x = try graph.flatten(try graph.maxPool(x, window: Window(kernel: 2, stride: 2)))
        graph.output("logits", try graph.linear(x, weight: graph.variable("head", [2, 80])))
        return graph
    }

    private func training(_ prepare: (Graph) -> Graph = { $0 }) throws -> Graph {
        var graph = prepare(try forward())
        let logits = try #require(graph.output(named: "logits"))
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(logits, labels: graph.input("labels", .scalar)))
        let parameters = graph.variables.filter { $0.variable.role == .parameter }
        for (parameter, gradient) in zip(parameters, try graph.differentiate(loss, by: parameters.map(\.value))) {
            graph.output(parameter.variable.name, try #require(gradient))
        }
        return graph
    }

    /// Of convolutions and their gradients, in order.
    private func precisions(_ graph: Graph) -> [Precision] {
        graph.nodes.compactMap {
            switch $0.operation {
            case let convolution as Convolution: convolution.precision
            case let gradient as ConvolutionInputGradient: gradient.precision
            case let gradient as ConvolutionWeightGradient: gradient.precision
            default: nil
            }
        }
    }

    @Test func convolutionsAndBothGradientsMayRound() throws {
        let graph = try training()
        #expect(precisions(graph) == Array(repeating: .float32, count: 6))
        #expect(precisions(graph.allowing(.bfloat16)) == Array(repeating: .bfloat16, count: 6))
    }

    @Test func nothingElseChanges() throws {
        for graph in [try training(), try training().optimized()] {
            let allowed = graph.allowing(.bfloat16)
            #expect(allowed.description == graph.description)
            #expect(allowed.types == graph.types && allowed.nodes.map(\.path) == graph.nodes.map(\.path))
            #expect(allowed.outputs.map(\.name) == graph.outputs.map(\.name) && allowed.outputs.map(\.value) == graph.outputs.map(\.value))
            #expect(allowed.multiplyAdds == graph.multiplyAdds)
        }
    }

    @Test func whatIsAllowedCanBeTakenBack() throws {
        let graph = try training().optimized()
        #expect(precisions(graph.allowing(.bfloat16).allowing(.float32)) == precisions(graph))
    }

    /// Folding, fusing and merging hand on what a convolution may do, so that passes may come in any order.
    @Test func noPassForgetsIt() throws {
        for graph in [try forward(), try training()] {
            let before = graph.allowing(.bfloat16).optimized(), after = graph.optimized().allowing(.bfloat16)
            #expect(before.description == after.description)
            #expect(precisions(before).allSatisfy { $0 == .bfloat16 } && precisions(before) == precisions(after))
        }
    }

    @Test func gradientsMayRoundWhatTheirConvolutionMayRound() throws {
        #expect(precisions(try training { $0.allowing(.bfloat16) }) == Array(repeating: .bfloat16, count: 6))
    }

    @Test func equalConvolutionsOfTwoPrecisionsStayApart() throws {
        var graph = Graph()
        let x = graph.input("x", [1, 4, 4]), weight = graph.variable("w", [1, 1, 3, 3])
        var rounded = Convolution(window: Window(kernel: 3))
        rounded.precision = .bfloat16
        graph.output("exact", try graph.convolution(x, weight: weight, window: Window(kernel: 3)))
        graph.output("rounded", try graph.append(rounded, [x, weight])[0])
        #expect(graph.mergingEqualValues().nodes.count == graph.nodes.count)
    }

    @Test func precisionsHaveTheNamesOfTheCommandLine() {
        #expect(Precision.allCases.map(\.rawValue) == ["fp32", "bf16"])
    }
}
