import StriateGraph
import Testing

/// What each operation makes of its inputs, and what it refuses: the message names the layer and the shapes.
@Suite struct ShapeRuleTests {
    private func types(_ operation: any Operation, _ inputs: ValueType...) throws -> [ValueType] {
        try operation.resultTypes(for: inputs)
    }

    private func expectRefusal(
        _ operation: any Operation, _ inputs: ValueType..., saying words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: ShapeError.self, sourceLocation: sourceLocation) { try operation.resultTypes(for: inputs) }
        for word in words {
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
        }
    }

    @Test func convolutionMakesOneMapForEachKernel() throws {
        let five = Convolution(window: Window(kernel: 5))
        #expect(try types(five, .batched([1, 32, 32]), .shared([6, 1, 5, 5])) == [.batched([6, 28, 28])])
        let grouped = Convolution(window: Window(kernel: 3, padding: 1), groups: 2, hasBias: true)
        #expect(try types(grouped, .batched([4, 7, 9]), .shared([6, 2, 3, 3]), .shared([6])) == [.batched([6, 7, 9])])
    }

    @Test func convolutionRefusesWhatDoesNotFit() {
        let five = Convolution(window: Window(kernel: 5))
        expectRefusal(five, .batched([400]), .shared([6, 1, 5, 5]), saying: "pictures", "400")
        expectRefusal(five, .shared([1, 32, 32]), .shared([6, 1, 5, 5]), saying: "pictures")
        expectRefusal(five, .batched([1, 32, 32]), .shared([6, 5, 5]), saying: "6×5×5")
        expectRefusal(five, .batched([1, 32, 32]), .batched([6, 1, 5, 5]), saying: "weight")
        expectRefusal(five, .batched([3, 32, 32]), .shared([6, 1, 5, 5]), saying: "6×1×5×5", "3 channels")
        expectRefusal(five, .batched([1, 32, 32]), .shared([6, 1, 3, 3]), saying: "6×1×3×3", "5×5")
        expectRefusal(five, .batched([1, 4, 32]), .shared([6, 1, 5, 5]), saying: "4×32")
        let grouped = Convolution(window: Window(kernel: 1), groups: 2)
        expectRefusal(grouped, .batched([3, 4, 4]), .shared([4, 1, 1, 1]), saying: "2 groups", "3 input")
        expectRefusal(grouped, .batched([4, 4, 4]), .shared([3, 2, 1, 1]), saying: "3 output")
        expectRefusal(Convolution(window: Window(kernel: 1), groups: 0), .batched([3, 4, 4]), .shared([4, 3, 1, 1]), saying: "0 groups")
        let biased = Convolution(window: Window(kernel: 1), hasBias: true)
        expectRefusal(biased, .batched([3, 4, 4]), .shared([4, 3, 1, 1]), .shared([3]), saying: "bias", "4")
    }

    @Test func linearMapsFeaturesToOutputs() throws {
        #expect(try types(Linear(), .batched([120]), .shared([84, 120])) == [.batched([84])])
        #expect(try types(Linear(hasBias: true), .batched([1]), .shared([1, 1]), .shared([1])) == [.batched([1])])
        expectRefusal(Linear(), .batched([16, 5, 5]), .shared([120, 400]), saying: "flatten", "16×5×5")
        expectRefusal(Linear(), .batched([400]), .shared([120, 256]), saying: "120×256", "400")
        expectRefusal(Linear(), .shared([400]), .shared([120, 400]))
        expectRefusal(Linear(hasBias: true), .batched([4]), .shared([3, 4]), .shared([4]), saying: "bias")
    }

    @Test func poolsKeepChannelsAndShrinkPictures() throws {
        #expect(try types(Pool(.max, window: Window(kernel: 2, stride: 2)), .batched([6, 28, 28])) == [.batched([6, 14, 14])])
        #expect(try types(Pool(.average, window: Window(kernel: 3, stride: 2, padding: 1)), .batched([6, 7, 8])) == [.batched([6, 4, 4])])
        expectRefusal(Pool(.max, window: Window(kernel: 3, padding: 3)), .batched([1, 9, 9]), saying: "padding", "3×3")
        expectRefusal(Pool(.max, window: Window(kernel: 3)), .batched([9]), saying: "pictures")
        expectRefusal(Pool(.average, window: Window(kernel: 9)), .batched([1, 8, 8]), saying: "9×9", "8×8")
    }

    @Test func elementwiseOperationsKeepTheirType() throws {
        #expect(try types(Activation(.tanh), .batched([3, 2])) == [.batched([3, 2])])
        #expect(try types(Arithmetic(.add), .batched([3]), .batched([3])) == [.batched([3])])
        #expect(try types(AddBias(), .batched([3, 2, 2]), .shared([3])) == [.batched([3, 2, 2])])
        #expect(try types(Affine(scale: [1, 2], offset: [3, 4]), .batched([2, 5, 5])) == [.batched([2, 5, 5])])
        expectRefusal(Arithmetic(.add), .batched([3]), .batched([4]), saying: "3", "4")
        #expect(try types(Arithmetic(.add), .batched([2, 3]), .shared([3])) == [.batched([2, 3])])
        expectRefusal(AddBias(), .batched([3, 2, 2]), .shared([2]), saying: "3×2×2")
        expectRefusal(AddBias(), .batched(.scalar), .shared([1]))
        expectRefusal(Affine(scale: [1, 2], offset: [3, 4]), .batched([3, 5, 5]), saying: "2 channels", "3×5×5")
    }

    @Test func reshapeKeepsTheNumberOfElements() throws {
        #expect(try types(Reshape([400]), .batched([16, 5, 5])) == [.batched([400])])
        #expect(try types(Reshape([2, 3]), .shared([6])) == [.shared([2, 3])])
        expectRefusal(Reshape([399]), .batched([16, 5, 5]), saying: "16×5×5", "399")
    }

    @Test func reductionsOverTheBatchMakeSharedValues() throws {
        #expect(try types(BatchReduction(.mean), .batched(.scalar)) == [.shared(.scalar)])
        #expect(try types(BatchReduction(.sum), .batched([3, 2])) == [.shared([3, 2])])
        expectRefusal(BatchReduction(.mean), .shared([3]))
    }

    @Test func lossesTakeLogitsAndOneLabelForEachImage() throws {
        #expect(try types(SoftmaxCrossEntropy(), .batched([10]), .batched(.scalar)) == [.batched(.scalar)])
        #expect(try types(Top1(), .batched([10]), .batched(.scalar)) == [.batched(.scalar)])
        expectRefusal(SoftmaxCrossEntropy(), .batched([10, 1, 1]), .batched(.scalar), saying: "logits", "10×1×1")
        expectRefusal(SoftmaxCrossEntropy(), .batched([10]), .shared(.scalar), saying: "label")
        expectRefusal(Top1(), .batched([0]), .batched(.scalar), saying: "logits")
        expectRefusal(Top1(), .batched([10]), .batched([10]), saying: "label")
    }

    @Test func gradientDescentTakesAVelocityOnlyWithMomentum() throws {
        let w = ValueType.shared([4, 2]), rate = ValueType.shared(.scalar)
        #expect(try types(GradientDescent(), w, w, rate) == [w])
        #expect(try types(GradientDescent(momentum: 0.9), w, w, rate, w) == [w, w])
        expectRefusal(GradientDescent(), w, w, rate, w)
        expectRefusal(GradientDescent(momentum: 0.9), w, w, rate)
        expectRefusal(GradientDescent(), w, .shared([2, 4]), rate)
        expectRefusal(GradientDescent(), w, w, w)
        expectRefusal(GradientDescent(momentum: 0.9), w, w, rate, .shared([4]))
    }

    /// PyTorch's sizes in ceil mode, also where one kernel is larger than the picture.
    @Test func roundingUpCoversEveryElement() throws {
        func size(_ extent: Int, _ window: Window) throws -> Int { try window.outputSize(for: Extent(extent)).rows }
        let window = Window(kernel: 3, stride: 2, roundsUp: true)
        #expect(try (2...8).map { try size($0, window) } == [1, 1, 2, 2, 3, 3, 4])
        #expect(throws: ShapeError.self) { try size(1, window) }
        // The last window would begin in the padding behind the picture.
        #expect(try size(3, Window(kernel: 2, stride: 2, padding: 1, roundsUp: true)) == 2)
        #expect(try size(4, Window(kernel: 2, stride: 2, padding: 1, roundsUp: true)) == 3)
        #expect(throws: ShapeError.self) { try size(2, Window(kernel: 3, stride: 2)) }
    }

    @Test func errorsNameTheLayer() {
        var graph = Graph()
        let x = graph.input("x", [3, 8, 8]), weight = graph.variable("w", [6, 1, 5, 5])
        graph.path = "features.3"
        let error = #expect(throws: ShapeError.self) { try graph.convolution(x, weight: weight, window: Window(kernel: 5)) }
        #expect(error?.path == "features.3")
        #expect(error?.description.hasPrefix("features.3: ") == true)
        #expect(graph.nodes.count == 2, "what was refused is not in the graph")
    }

    /// C5 of LeNet-5 and its twin as a linear layer: 48,000 each (specification sheet, B.1).
    @Test func multiplyAddsAreCountedAsInTheLiterature() throws {
        let c1 = Convolution(window: Window(kernel: 5)).multiplyAdds(for: [.batched([1, 32, 32]), .shared([6, 1, 5, 5])])
        let c5 = Convolution(window: Window(kernel: 5)).multiplyAdds(for: [.batched([16, 5, 5]), .shared([120, 16, 5, 5])])
        let depthwise = Convolution(window: Window(kernel: 3), groups: 4).multiplyAdds(for: [.batched([4, 5, 5]), .shared([4, 1, 3, 3])])
        #expect(c1 == 117_600)
        #expect(c5 == 48_000)
        #expect(depthwise == 4 * 9 * 9)
        #expect(Linear().multiplyAdds(for: [.batched([120]), .shared([84, 120])]) == 10_080)
        #expect(Pool(.max, window: Window(kernel: 2)).multiplyAdds(for: [.batched([4, 5, 5])]) == 0)
    }
}
