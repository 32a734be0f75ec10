import StriateGraph
import Testing

@Suite struct FuseBatchNormalizationTests {
    /// What a graph makes of its batches, in order, but for gradients of variables.
    private func operations(_ graph: Graph) -> [String] { graph.nodes.map { "\($0.operation)" }.filter { $0.hasPrefix("batch-norm") || $0 == "add" || $0.hasPrefix("relu") } }

    private func normalized(_ name: String, _ x: Value, _ graph: inout Graph) throws -> Value {
        let channels = graph[x].shape[0]
        let scale = graph.variable("\(name).scale", [channels]), shift = graph.variable("\(name).shift", [channels])
        return try graph.append(BatchNormalization(), [x, scale, shift])[0]
    }

    private func appendGradients(of features: Value, _ graph: inout Graph) throws {
        let logits = try graph.flatten(features)
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(logits, labels: graph.input("labels", .scalar)))
        for (index, gradient) in try graph.differentiate(loss, by: graph.variables.map(\.value)).enumerated() {
            graph.output("gradient \(index)", try #require(gradient))
        }
    }

    private func convolution(_ name: String, _ x: Value, _ graph: inout Graph) throws -> Value {
        let channels = graph[x].shape[0]
        return try graph.convolution(x, weight: graph.variable(name, [channels, channels, 1, 1]), window: Window(kernel: 1))
    }

    @Test func aReLUMovesIntoTheNormalizationAndItsGradient() throws {
        var graph = Graph()
        let x = try convolution("w", graph.input("x", [2, 3, 3]), &graph)
        try appendGradients(of: try graph.activation(.relu, try normalized("a", x, &graph)), &graph)
        let fused = graph.fusingBatchNormalization()
        #expect(operations(fused) == ["batch-normalization + relu", "batch-normalization-gradient + relu"])
        let gradient = try #require(fused.nodes.compactMap { $0.operation as? BatchNormalizationGradient }.first)
        #expect(gradient.mask == .normalized && !gradient.returnsUpstream, "nothing but x needs to be kept")
    }

    @Test func aResidualBlockIsOneOperationEachWay() throws {
        var graph = Graph()
        let x = try graph.activation(.relu, try convolution("stem", graph.input("x", [2, 3, 3]), &graph))
        let body = try normalized("a", try convolution("w", x, &graph), &graph)
        try appendGradients(of: try graph.activation(.relu, try graph.add(body, x)), &graph)
        let fused = graph.fusingBatchNormalization()
        #expect(operations(fused) == ["relu", "batch-normalization + residual + relu", "batch-normalization-gradient + relu", "add", "relu-gradient"])
        let gradient = try #require(fused.nodes.compactMap { $0.operation as? BatchNormalizationGradient }.first)
        #expect(gradient.mask == .result && gradient.returnsUpstream, "the shortcut needs the masked upstream too")
    }

    /// The residual must be there before the sum is made: the later one of two normalisations makes it.
    @Test func ofTwoNormalizationsTheLaterOneAdds() throws {
        var graph = Graph()
        let x = graph.input("x", [2, 3, 3])
        let body = try normalized("a", x, &graph), side = try normalized("b", x, &graph)
        graph.output("y", try graph.activation(.relu, try graph.add(body, side)))
        let fused = graph.fusingBatchNormalization()
        #expect(operations(fused) == ["batch-normalization", "batch-normalization + residual + relu"])
        #expect(fused.output(named: "y") == fused.nodes.last?.results[0])
    }

    @Test func whatReadersHandBackIsAddedUpOnTheWay() throws {
        var graph = Graph()
        let x = try convolution("w", graph.input("x", [2, 3, 3]), &graph)
        let y = try graph.activation(.relu, try normalized("a", x, &graph))
        let readers = try ["b", "c", "d"].map { try convolution($0, y, &graph) }
        try appendGradients(of: try graph.concatenate(readers), &graph)
        let fused = graph.fusingBatchNormalization()
        #expect(operations(fused) == ["batch-normalization + relu", "batch-normalization-gradient of 3 + relu"])
    }

    @Test func whatSomeoneElseReadsStaysVisible() throws {
        var graph = Graph()
        let x = graph.input("x", [2, 3, 3]), y = try normalized("a", x, &graph)
        graph.output("normalized", y)
        graph.output("y", try graph.activation(.relu, y))
        #expect(graph.fusingBatchNormalization().description == graph.description)
    }

    @Test func aNamedGradientIsReturnedAsItWas() throws {
        var graph = Graph()
        let x = try convolution("w", graph.input("x", [2, 3, 3]), &graph)
        try appendGradients(of: try graph.activation(.relu, try normalized("a", x, &graph)), &graph)
        let masked = try #require(graph.nodes.first { $0.operation is ActivationGradient }).results[0]
        graph.output("masked", masked)
        let fused = graph.fusingBatchNormalization()
        let gradient = try #require(fused.nodes.first { $0.operation is BatchNormalizationGradient })
        #expect(fused.output(named: "masked") == gradient.results[3])
    }
}
