import ReferenceEngine
import StriateData
import StriateEngine
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

@Suite struct TrainingGraphTests {
    private let parameters = ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]

    @Test func aStepIsOneGraphWithItsInputsAndResults() throws {
        let graph = try smallGraph().graph.trainingStep(optimizer: .sgd())
        #expect(graph.inputs.map(\.name) == ["pixels", "labels", "rate"])
        #expect(graph[try #require(graph.output(named: "loss"))] == .shared(.scalar))
        #expect(graph[try #require(graph.output(named: "correct"))] == .shared(.scalar))
        #expect(graph.variables.map(\.variable.name) == parameters)
        #expect(graph.updates.count == 4, "each parameter takes a new value")
    }

    @Test func momentumAddsAVelocityForEachParameter() throws {
        let graph = try smallGraph().graph.trainingStep(optimizer: .sgd(momentum: 0.9, weightDecay: 1e-4, nesterov: true))
        let state = graph.variables.filter { $0.variable.role == .optimizerState }
        #expect(state.map(\.variable.name) == parameters.map { "optimizer.momentum.\($0)" })
        #expect(graph.updates.count == 8)
        let rules = graph.nodes.compactMap { $0.operation as? GradientDescent }
        #expect(rules == Array(repeating: GradientDescent(momentum: 0.9, weightDecay: 1e-4, isNesterov: true), count: 4))
    }

    @Test func biasesAndActivationsAreFusedAndNothingIsComputedInVain() throws {
        let graph = try smallGraph().graph.trainingStep(optimizer: .sgd())
        #expect(!graph.nodes.contains { $0.operation is AddBias || $0.operation is Activation })
        let inputGradients = graph.nodes.filter { $0.operation is LinearInputGradient }
        #expect(inputGradients.count == 1, "the pictures need no gradient")
    }

    @Test func anEvaluationChangesNothing() throws {
        let graph = try smallGraph().graph.evaluation()
        #expect(graph.updates.isEmpty)
        #expect(graph.outputs.map(\.name) == ["logits", "losses", "hits"])
        #expect(graph.inputs.map(\.name) == ["pixels", "labels"])
    }

    @Test func aPrecisionIsAllowedToConvolutionsOfStepsAndEvaluations() throws {
        func roundings(_ graph: Graph) -> [Bool] {
            graph.nodes.compactMap {
                switch $0.operation {
                case let convolution as Convolution: convolution.precision == .bfloat16
                case let gradient as ConvolutionInputGradient: gradient.precision == .bfloat16
                case let gradient as ConvolutionWeightGradient: gradient.precision == .bfloat16
                default: nil
                }
            }
        }
        let forward = try ModelDescription(network: "lenet5").traced().graph
        for (precision, isAllowed) in [(Precision.float32, false), (.bfloat16, true)] {
            // Three convolutions, of which the first needs no input gradient.
            #expect(roundings(try forward.trainingStep(optimizer: .sgd(), precision: precision)) == Array(repeating: isAllowed, count: 8))
            #expect(roundings(try forward.evaluation(precision: precision)) == Array(repeating: isAllowed, count: 3))
        }
    }

    @Test func aGraphWithoutLogitsCannotBeTrained() throws {
        var graph = Graph()
        graph.output("answer", graph.input("pixels", [1, 2, 2]))
        #expect(throws: TrainingError.self) { try graph.trainingStep(optimizer: .sgd()) }
        #expect(throws: ShapeError.self) { try graph.evaluation() }
        #expect(throws: TrainingError.self) {
            try Trainer(graph, weights: Weights(), optimizer: .sgd(), batch: 1, engine: ReferenceEngine())
        }
    }

    @Test func plainDescentFollowsTheFiniteDifferencesOfTheLoss() throws {
        let network = try smallGraph(), images = smallImages(12)
        let trainer = try Trainer(network, seed: 3, optimizer: .sgd(), batch: 12, engine: ReferenceEngine())
        let before = trainer.weights
        try trainer.step(on: PictureBatch(images, rows: Array(0..<12)[...]), rate: 1)
        let after = trainer.weights
        let evaluator = try Evaluator(network.graph, weights: before, engine: ReferenceEngine())
        for path in parameters {
            let old = try #require(before[path]?.values), new = try #require(after[path]?.values)
            for index in stride(from: 0, to: old.count, by: 5) {
                func loss(_ shift: Float) throws -> Double {
                    var shifted = before
                    shifted[path]?.values[index] += shift
                    try evaluator.load(shifted)
                    return try evaluator.evaluate(on: images).loss
                }
                let slope = try (loss(0x1p-6) - loss(-0x1p-6)) / 0x1p-5
                #expect(abs(Double(old[index] - new[index]) - slope) < 2e-4, "\(path)[\(index)]")
            }
        }
    }
}
