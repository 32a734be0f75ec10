import StriateGraph
import Testing

@Suite struct GraphTests {
    @Test func aGraphReadsLikeAProgram() throws {
        var graph = Graph()
        let x = graph.input("x", [1, 4, 4])
        graph.path = "conv1"
        let maps = try graph.convolution(x, weight: graph.variable("conv1.weight", [2, 1, 3, 3]), window: Window(kernel: 3))
        graph.path = "head"
        let loss = try graph.softmaxCrossEntropy(try graph.flatten(maps), labels: graph.input("labels", .scalar))
        graph.output("loss", try graph.batchMean(loss))
        #expect(graph.description == """
            %0: N×1×4×4 = input x
            %1: 2×1×3×3 = variable conv1.weight    // conv1
            %2: N×2×2×2 = convolution 3×3 %0 %1    // conv1
            %3: N×8 = reshape to 8 %2    // head
            %4: N = input labels    // head
            %5: N = softmax-cross-entropy %3 %4    // head
            %6: scalar = batch-mean %5    // head
            output loss %6

            """)
    }

    @Test func updatesAndSeveralResultsAreInTheText() throws {
        var graph = Graph()
        let w = graph.variable("w", [2]), v = graph.variable("w.velocity", [2], role: .optimizerState)
        let gradient = graph.constant(Tensor([2], [1, 2])), rate = graph.scalarInput("rate")
        let results = try graph.append(GradientDescent(momentum: 0.5, isNesterov: true), [w, gradient, rate, v])
        graph.update(w, to: results[0])
        graph.update(v, to: results[1])
        #expect(graph.description == """
            %0: 2 = variable w
            %1: 2 = variable w.velocity
            %2: 2 = constant of 2
            %3: scalar = input rate
            %4: 2, %5: 2 = gradient-descent momentum 0.5 nesterov %0 %2 %3 %1
            update %0 to %4
            update %1 to %5

            """)
    }

    @Test func inputsVariablesAndOutputsAreFoundByName() throws {
        var graph = Graph()
        let x = graph.input("pixels", [3]), w = graph.variable("w", [2, 3]), rate = graph.scalarInput("rate")
        let y = try graph.linear(x, weight: w)
        graph.output("y", y)
        #expect(graph.inputs.map(\.name) == ["pixels", "rate"])
        #expect(graph.inputs.map(\.value) == [x, rate])
        #expect(graph.variables.map(\.variable.name) == ["w"])
        #expect(graph.variables[0].variable.role == .parameter)
        #expect(graph.output(named: "y") == y)
        #expect(graph.output(named: "z") == nil)
        #expect(graph[y] == .batched([2]))
        #expect(graph[rate] == .shared(.scalar))
    }

    @Test func aNewOutputOfAnOldNameReplacesIt() throws {
        var graph = Graph()
        let x = graph.input("x", [3])
        graph.output("y", x)
        let y = try graph.activation(.relu, x)
        graph.output("y", y)
        #expect(graph.outputs.count == 1)
        #expect(graph.output(named: "y") == y)
    }

    @Test func usesCountReadersOutputsAndUpdates() throws {
        var graph = Graph()
        let w = graph.variable("w", [3])
        let twice = try graph.add(w, w)
        graph.output("twice", twice)
        graph.update(w, to: twice)
        #expect(graph.uses == [2, 2])
        #expect(graph.producers == [0, 1])
    }

    @Test func normalizingIsPartOfTheGraph() throws {
        var graph = Graph()
        let pixels = graph.input("pixels", [1, 28, 28])
        let x = try graph.normalized(pixels, by: Preprocessing([1, 28, 28], mean: [0.5], standardDeviation: [0.25]))
        let affine = try #require(graph.nodes.last?.operation as? Affine)
        #expect(graph.nodes.last?.results == [x])
        #expect(abs(affine.scale[0] * 255 + affine.offset[0] - 2) < 1e-6, "white: (1 − 0.5) / 0.25")
        #expect(affine.offset[0] == -2, "black: (0 − 0.5) / 0.25")
    }
}

@Suite struct WeightsTests {
    @Test func weightsKeepTheOrderInWhichTheyWereAdded() {
        var weights = Weights()
        for path in ["fc.weight", "conv.weight", "a"] { weights[path] = Tensor([2], repeating: 1) }
        weights["conv.weight"] = Tensor([3], repeating: 2)
        #expect(weights.paths == ["fc.weight", "conv.weight", "a"])
        #expect(weights.map(\.path) == weights.paths)
        #expect(weights.map(\.tensor.shape) == [[2], [3], [2]])
        #expect(weights.count == 3)
        #expect(weights.elementCount == 7)
    }

    @Test func settingNilRemovesATensor() {
        var weights = Weights()
        weights["a"] = Tensor(1)
        weights["b"] = Tensor(2)
        weights["a"] = nil
        weights["missing"] = nil
        #expect(weights.paths == ["b"])
        #expect(weights["a"] == nil)
        #expect(weights["b"]?.values == [2])
        weights["a"] = Tensor(3)
        #expect(weights.paths == ["b", "a"])
    }

    @Test func aTensorOfOneNumberIsAScalar() {
        #expect(Tensor(7).shape == .scalar)
        #expect(Tensor([2, 2], repeating: 3).values == [3, 3, 3, 3])
    }
}
