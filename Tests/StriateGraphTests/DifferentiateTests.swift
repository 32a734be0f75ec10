import StriateGraph
import Testing

/// The structure of backward graphs. Their numbers are the engine's tests' concern.
@Suite struct DifferentiateTests {
    @Test func eachParameterGetsAGradientOfItsOwnType() throws {
        var graph = Graph()
        var x = graph.input("x", [1, 8, 8])
        let weight = graph.variable("weight", [4, 1, 3, 3]), bias = graph.variable("bias", [4]), head = graph.variable("head", [3, 36])
        x = try graph.addBias(try graph.convolution(x, weight: weight, window: Window(kernel: 3)), bias)
        x = try graph.maxPool(try graph.activation(.sigmoid, x), window: Window(kernel: 2, stride: 2))
        let logits = try graph.linear(try graph.flatten(x), weight: head)
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(logits, labels: graph.input("labels", .scalar)))
        let gradients = try graph.differentiate(loss, by: [head, weight, bias])
        #expect(gradients.map { $0.map { graph[$0] } } == [.shared([3, 36]), .shared([4, 1, 3, 3]), .shared([4])])
    }

    @Test func onlyOneSharedNumberHasAGradient() throws {
        var graph = Graph()
        let x = graph.input("x", [3]), w = graph.variable("w", [3])
        #expect(throws: ShapeError.self) { try graph.differentiate(x, by: [x]) }
        #expect(throws: ShapeError.self) { try graph.differentiate(w, by: [w]) }
        let perImage = graph.input("losses", .scalar)
        let error = #expect(throws: ShapeError.self) { try graph.differentiate(perImage, by: [x]) }
        #expect(error?.message.contains("N") == true)
    }

    @Test func whatTheLossDoesNotDependOnHasNoGradient() throws {
        var graph = Graph()
        let x = graph.input("x", [3]), used = graph.variable("used", [2, 3]), unused = graph.variable("unused", [2, 3])
        let labels = graph.input("labels", .scalar)
        _ = try graph.linear(x, weight: unused)
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(try graph.linear(x, weight: used), labels: labels))
        let gradients = try graph.differentiate(loss, by: [unused, used, labels])
        #expect(gradients[0] == nil)
        #expect(gradients[1] != nil)
        #expect(gradients[2] == nil, "labels are no numbers to move along")
    }

    @Test func gradientsOfAValueWithTwoReadersAreAdded() throws {
        var graph = Graph()
        let x = graph.input("x", [3]), w = graph.variable("w", [3, 3]), head = graph.variable("head", [2, 3])
        let y = try graph.linear(x, weight: w)
        let sum = try graph.add(y, try graph.activation(.tanh, y))
        let logits = try graph.linear(sum, weight: head)
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(logits, labels: graph.input("labels", .scalar)))
        let forward = graph.nodes.count
        let gradient = try #require(try graph.differentiate(loss, by: [w])[0])
        let backward = graph.nodes[forward...]
        let sums = backward.filter { ($0.operation as? Arithmetic)?.kind == .add }
        #expect(sums.count == 1)
        let last = try #require(backward.last)
        #expect(last.operation is LinearWeightGradient)
        #expect(last.results == [gradient])
        #expect(last.inputs == [x, sums[0].results[0]])
    }

    @Test func gradientsFlowOnlyWhereTheyAreWanted() throws {
        var graph = Graph()
        let x = graph.input("x", [1, 6, 6]), frozen = graph.variable("frozen", [2, 1, 3, 3]), head = graph.variable("head", [2, 32])
        let maps = try graph.convolution(x, weight: frozen, window: Window(kernel: 3))
        let loss = try graph.batchMean(
            try graph.softmaxCrossEntropy(try graph.linear(try graph.flatten(maps), weight: head), labels: graph.input("labels", .scalar)))
        _ = try graph.differentiate(loss, by: [head])
        #expect(!graph.nodes.contains { $0.operation is ConvolutionWeightGradient || $0.operation is ConvolutionInputGradient })
    }

    @Test func backwardOperationsBelongToTheLayersOfTheirForwardOnes() throws {
        var graph = Graph()
        let x = graph.input("x", [3])
        graph.path = "fc1"
        let y = try graph.linear(x, weight: graph.variable("fc1.weight", [2, 3]))
        graph.path = "loss"
        let loss = try graph.batchMean(try graph.softmaxCrossEntropy(y, labels: graph.input("labels", .scalar)))
        graph.path = "here"
        _ = try graph.differentiate(loss, by: [try #require(graph.variables.first?.value)])
        #expect(graph.nodes.last?.operation is LinearWeightGradient)
        #expect(graph.nodes.last?.path == "fc1")
        #expect(graph.path == "here")
    }
}
