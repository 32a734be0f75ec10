import StriateGraph
import StriateNetworks
import Testing

private typealias Linear = StriateNetworks.Linear
private typealias Dropout = StriateNetworks.Dropout

private struct WithHead: Network {
    var body: [any Layer] {
        Conv2D(4, kernel: 3, padding: 1, bias: false).named("conv")
        BatchNorm(momentum: 0.25).named("bn")
        Auxiliary(weight: 0.3) {
            Flatten()
            Dropout(0.7)
            Linear(3).named("fc")
        }.named("aux")
        Flatten()
        Linear(3).named("head")
    }
}

@Suite struct TrainingModeTests {
    @Test func batchNormHasTheNamesOfPyTorch() throws {
        for mode in [Trace.Mode.training, .inference] {
            let traced = try TracedNetwork(BatchNorm().named("bn1"), input: [4, 2, 2], mode: mode)
            #expect(traced.parameters.map(\.path) == ["weight", "bias", "running_mean", "running_var"])
            #expect(traced.parameters.map(\.role) == [.parameter, .parameter, .runningStatistic, .runningStatistic])
            #expect(traced.graph.variables.map(\.variable.role) == traced.parameters.map(\.role))
            #expect(traced.parameterCount == 8)
            #expect(traced.parameters.map { $0.initialTensor(seed: 1).values[0] } == [1, 0, 0, 1])
        }
    }

    @Test func batchNormFollowsTheBatchesInTrainingAlone() throws {
        let training = try TracedNetwork(WithHead(), input: [2, 4, 4], mode: .training).graph
        #expect(training.updates.count == 2)
        let following = try #require(training.nodes.lazy.compactMap { $0.operation as? RunningStatistics }.first)
        #expect(following == RunningStatistics(momentum: 0.25, positions: 16))
        let inference = try TracedNetwork(WithHead(), input: [2, 4, 4], mode: .inference).graph
        #expect(inference.updates.isEmpty && !inference.nodes.contains { $0.operation is BatchNormalization })
        #expect(inference.nodes.contains { $0.operation is ChannelAffine })
    }

    @Test(arguments: Initialization.allCases)
    func noInitializationTouchesBatchNorm(_ initialization: Initialization) throws {
        let traced = try TracedNetwork(WithHead(), input: [2, 4, 4], initialization: initialization)
        let weights = traced.initialWeights(seed: 1)
        for (name, value) in [("weight", Float(1)), ("bias", 0), ("running_mean", 0), ("running_var", 1)] {
            #expect(weights["bn.\(name)"] == Tensor([4], repeating: value))
        }
    }

    @Test func auxiliaryHeadsAreAppliedInTrainingAlone() throws {
        let training = try TracedNetwork(WithHead(), input: [2, 4, 4], mode: .training)
        #expect(training.auxiliaries.map(\.path) == ["aux"] && training.auxiliaries.map(\.weight) == [0.3])
        #expect(training.graph[training.auxiliaries[0].value] == .batched([3]))
        #expect(training.graph.variables.map(\.variable.name) == training.parameters.map(\.path))
        #expect(training.layers.map(\.path) == ["conv", "bn", "aux", "aux.0", "aux.1", "aux.fc", "3", "head"])

        let inference = try TracedNetwork(WithHead(), input: [2, 4, 4], mode: .inference)
        #expect(inference.auxiliaries.isEmpty)
        #expect(inference.parameters == training.parameters)
        #expect(inference.parameters.filter(\.isAuxiliary).map(\.path) == ["aux.fc.weight", "aux.fc.bias"])
        #expect(!inference.graph.variables.contains { $0.variable.name.hasPrefix("aux") })
        #expect(inference.multiplyAdds == 4 * 16 * 18 + 3 * 64)
        #expect(training.multiplyAdds == inference.multiplyAdds + 3 * 64)
    }

    @Test func auxiliaryHeadsAndStatisticsAreNotAmongThePublishedParameters() throws {
        for mode in [Trace.Mode.training, .inference] {
            let traced = try TracedNetwork(WithHead(), input: [2, 4, 4], mode: mode)
            #expect(traced.parameterCount == 4 * 18 + 8 + 3 * 65)
            #expect(traced.auxiliaryParameterCount == 3 * 65)
        }
    }

    @Test func dropoutIsAppliedInTrainingAlone() throws {
        func rates(_ mode: Trace.Mode, _ rate: Float) throws -> [Float] {
            try TracedNetwork(Sequential { Dropout(rate) }, input: [8], mode: mode).graph.nodes
                .compactMap { ($0.operation as? StriateGraph.Dropout)?.rate }
        }
        #expect(try rates(.training, 0.25) == [0.25])
        #expect(try rates(.training, 0).isEmpty)
        #expect(try rates(.inference, 0.25).isEmpty)
        #expect(throws: ShapeError(path: "0", "a dropout rate lies in 0 ..< 1, not at 1.0")) { try rates(.training, 1) }
    }

    @Test func dropoutsOfOneNetworkHaveStreamsOfTheirOwn() throws {
        let graph = try TracedNetwork(Sequential { Dropout(); Dropout() }, input: [8], mode: .training).graph
        #expect(Set(graph.nodes.compactMap { ($0.operation as? StriateGraph.Dropout)?.stream }).count == 2)
    }

    @Test func laterBlocksFallMoreOften() throws {
        let resnet = try ModelDescription(network: "resnet20")
        func depths(_ regularization: Regularization, _ mode: Trace.Mode) throws -> [Float] {
            try resnet.traced(mode: mode, regularization: regularization).graph.nodes.compactMap { node in
                (node.operation as? StriateGraph.Dropout).flatMap { $0.isByImage ? $0.rate : nil }
            }
        }
        let found = try depths(Regularization(stochasticDepth: 0.45), .training)
        #expect(found.count == 9 && zip(found, 1...9).allSatisfy { abs($0 - 0.05 * Float($1)) < 1e-6 })
        #expect(try depths(Regularization(stochasticDepth: 0.45), .inference).isEmpty && depths(Regularization(), .training).isEmpty)
        let plain = try resnet.traced(mode: .training).parameters.map(\.path)
        #expect(try resnet.traced(mode: .training, regularization: Regularization(stochasticDepth: 0.45)).parameters.map(\.path) == plain)
    }

    @Test func dropoutLayersTakeAnotherRate() throws {
        let alexnet = try ModelDescription(network: "alexnet", classes: ["a", "b"])
        let rates = try alexnet.traced(mode: .training, regularization: Regularization(dropout: 0.25)).graph.nodes
            .compactMap { ($0.operation as? StriateGraph.Dropout)?.rate }
        #expect(rates == [0.25, 0.25])
    }

    @Test(arguments: [Regularization(dropout: 0.5), Regularization(stochasticDepth: 0.5)])
    func regularisationNeedsItsLayers(regularization: Regularization) throws {
        #expect(throws: NetworkError.self) { try ModelDescription(network: "lenet5").traced(mode: .training, regularization: regularization) }
    }
}
