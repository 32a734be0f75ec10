import StriateGraph
import StriateNetworks
import Testing

@Suite struct PublishedNumbersTests {
    @Test(arguments: PublishedNumbers.all)
    func countsAreThePublishedOnes(_ published: PublishedNumbers) throws {
        let traced = try ModelDescription(network: published.name).traced()
        #expect(traced.parameterCount == published.parameters)
        #expect(try NetworkCatalog.network(named: published.name).parameterCount == published.parameters)
        #expect(traced.auxiliaryParameterCount == published.auxiliaryParameters)
        #expect(traced.multiplyAdds == published.multiplyAdds)
        let leaves = traced.layers.filter { !$0.isContainer }
        #expect(leaves.reduce(0) { $0 + $1.parameterCount } == published.parameters)
        #expect(leaves.reduce(0) { $0 + $1.multiplyAdds } == published.multiplyAdds)
        for (path, parameters) in published.parts {
            #expect(traced.layers.first { $0.path == path }?.parameterCount == parameters, "parameters of \(path)")
        }
        for (path, shape) in published.outputs {
            #expect(traced.layers.first { $0.path == path }?.output == shape, "output of \(path)")
        }
    }

    @Test(arguments: PublishedNumbers.all)
    func tensorsHaveTheNamesOfPyTorchInOrder(_ published: PublishedNumbers) throws {
        let model = try ModelDescription(network: published.name)
        let traced = try model.traced()
        #expect(traced.parameters.map(\.path) == published.paths)
        // Each batch norm of a `state_dict` has `num_batches_tracked` besides.
        let batchNorms = published.paths.count { $0.hasSuffix(".running_mean") }
        if let tensors = published.stateTensors { #expect(traced.parameters.count + batchNorms == tensors) }
        for parameter in traced.parameters {
            #expect((parameter.role == .runningStatistic) == parameter.path.contains(".running_"), "\(parameter.path)")
            #expect(parameter.isAuxiliary == parameter.path.hasPrefix("aux"), "\(parameter.path)")
        }
        let training = try model.traced(mode: .training)
        #expect(training.parameters == traced.parameters)
        #expect(training.multiplyAdds == published.trainingMultiplyAdds ?? published.multiplyAdds)
        #expect(training.graph.updates.count == 2 * batchNorms)
    }

    @Test func auxiliaryHeadsOfGoogLeNetAreWeighted() throws {
        for (name, first, second) in [("googlenet", 3_188_968, 3_191_016), ("googlenet-2014", 3_188_840, 3_190_888)] {
            let training = try ModelDescription(network: name).traced(mode: .training)
            #expect(training.auxiliaries.map(\.path) == ["aux1", "aux2"] && training.auxiliaries.map(\.weight) == [0.3, 0.3])
            #expect(training.auxiliaries.allSatisfy { training.graph[$0.value] == .batched([1000]) })
            for (head, count) in [("aux1", first), ("aux2", second)] {
                let parameters = training.parameters.filter { $0.path.hasPrefix(head) }
                #expect(parameters.reduce(0) { $0 + $1.learntCount } == count)
            }
            #expect(training.layers.first { $0.path == "aux1.avgpool" }?.output == [512, 4, 4])
            #expect(training.layers.first { $0.path == "aux2.avgpool" }?.output == [528, 4, 4])
        }
    }

    @Test func projectionsCostParametersAndSubsampledIdentitiesDoNot() throws {
        let counts = try ResNetCIFAR.Depth.allCases.map {
            try TracedNetwork(ResNetCIFAR($0, shortcut: .projection), input: [3, 32, 32]).parameterCount
        }
        #expect(counts == [272_474, 466_906, 661_338, 855_770, 1_730_714])
    }

    @Test func lrnOfAlexNetIsThePapers() throws {
        let graph = try TracedNetwork(AlexNet(), input: [3, 227, 227]).graph
        let found = graph.nodes.compactMap { $0.operation as? LocalResponseNormalization }
        // The paper's alpha is not divided by the size, this one is.
        #expect(found.map(\.size) == [5, 5] && found.map(\.k) == [2, 2] && found.map(\.beta) == [0.75, 0.75])
        #expect(found.allSatisfy { abs($0.alpha / Float($0.size) - 1e-4) < 1e-10 })
    }

    @Test func classesAndInputsOfOnesOwnFitEveryNetwork() throws {
        for network in NetworkCatalog.networks {
            let extents = network.input.extents
            let input = Shape([extents[0] == 1 ? 3 : 1, extents[1] + 32, extents[2] + 32])
            let model = try ModelDescription(network: network.name, classes: (0..<7).map(String.init), input: input)
            #expect(try model.traced(mode: .training).auxiliaries.count == (network.name.hasPrefix("googlenet") ? 2 : 0))
            let traced = try model.traced()
            #expect(traced.graph[traced.logits].shape == [7], "\(network.name)")
        }
    }

    @Test(arguments: [
        ("alexnet", 64, "features.14: a kernel of 3×3 does not fit into a picture of 2×2"),
        ("alexnet-torchvision", 32, "features.12: a kernel of 3×3 does not fit into a picture of 1×1"),
        ("vgg16", 16, "features.30: a kernel of 2×2 does not fit into a picture of 1×1"),
        ("googlenet-2014", 32, "aux1.avgpool: a kernel of 5×5 does not fit into a picture of 2×2"),
        ("lenet5-1998", 12, "c3: a kernel of 5×5 does not fit into a picture of 4×4"),
    ])
    func aPictureTooSmallIsRefusedWhereItShrinksToNothing(_ name: String, _ size: Int, _ reason: String) throws {
        let channels = try NetworkCatalog.network(named: name).input[0]
        let model = try ModelDescription(network: name, input: [channels, size, size])
        #expect(throws: NetworkError("\(name) does not fit pictures of \(channels)×\(size)×\(size): \(reason)")) { try model.traced() }
    }

    /// torchvision's own lower limits.
    @Test(arguments: [("alexnet-torchvision", 63), ("vgg16", 32), ("googlenet", 15), ("resnet50", 1)])
    func theSmallestPictureFits(_ name: String, _ size: Int) throws {
        #expect(throws: Never.self) { try ModelDescription(network: name, input: [3, size, size]).traced() }
    }
}
