import StriateGraph
import StriateNetworks
import Testing

private typealias AdaptiveAveragePool = StriateNetworks.AdaptiveAveragePool
private typealias Softmax = StriateNetworks.Softmax

/// Layers that are made of others, and the pools.
@Suite struct BlockTests {
    @Test func residualsAddTheirShortcut() throws {
        let identity = try TracedNetwork(Residual { Conv2D(4, kernel: 3, padding: 1, bias: false).named("conv1") }, input: [4, 8, 8])
        #expect(identity.parameters.map(\.path) == ["conv1.weight"])
        let projected = try TracedNetwork(
            Residual {
                Conv2D(8, kernel: 3, stride: 2, padding: 1, bias: false).named("conv1")
            } shortcut: {
                Conv2D(8, kernel: 1, stride: 2, bias: false)
            }, input: [4, 8, 8])
        #expect(projected.parameters.map(\.path) == ["conv1.weight", "downsample.0.weight"])
        #expect(projected.graph[projected.logits].shape == [8, 4, 4])
        #expect(throws: ShapeError("cannot add 8×6×6 and 4×8×8")) {
            try TracedNetwork(Residual { Conv2D(8, kernel: 3) }, input: [4, 8, 8])
        }
    }

    @Test func branchesLieSideBySideAlongTheChannels() throws {
        let traced = try TracedNetwork(
            Branches {
                Conv2D(3, kernel: 1).named("narrow")
                Sequential { Conv2D(5, kernel: 3, padding: 1); ReLU() }
                MaxPool(3, stride: 1, padding: 1)
            }, input: [2, 6, 6])
        #expect(traced.graph[traced.logits].shape == [10, 6, 6])
        #expect(traced.parameters.map(\.path) == ["narrow.weight", "narrow.bias", "1.0.weight", "1.0.bias"])
    }

    @Test func anInceptionModuleServesAnyNetwork() throws {
        let module = Inception(.init(4, (2, 8), (3, 6), 5)) { width, kernel in
            ConvUnit(Conv2D(width, kernel: Extent(kernel), padding: Padding(kernel / 2, kernel / 2)))
        }
        let traced = try TracedNetwork(Sequential { module.named("mixed") }, input: [7, 9, 9])
        #expect(traced.graph[traced.logits].shape == [4 + 8 + 6 + 5, 9, 9])
        #expect(traced.parameters.filter { $0.path.hasSuffix("weight") }.map(\.path) == [
            "mixed.branch1.conv.weight", "mixed.branch2.0.conv.weight", "mixed.branch2.1.conv.weight", "mixed.branch3.0.conv.weight",
            "mixed.branch3.1.conv.weight", "mixed.branch4.1.conv.weight",
        ])
        #expect(traced.parameters.first { $0.path == "mixed.branch3.1.conv.weight" }?.shape == [6, 3, 5, 5])
    }

    @Test func blocksProjectOnlyWhereTheyMust() throws {
        func paths(_ block: any Layer, _ input: Shape) throws -> [String] {
            try TracedNetwork(block, input: input).parameters.map(\.path).filter { $0.hasPrefix("downsample") && $0.hasSuffix("weight") }
        }
        let both = ["downsample.0.weight", "downsample.1.weight"]
        #expect(try paths(BasicBlock(8), [8, 4, 4]).isEmpty)
        #expect(try paths(BasicBlock(8, stride: 2), [8, 4, 4]) == both)
        #expect(try paths(BasicBlock(16), [8, 4, 4]) == both)
        #expect(try paths(Bottleneck(2), [8, 4, 4]).isEmpty)
        #expect(try paths(Bottleneck(8), [8, 4, 4]) == both)
        #expect(try paths(BasicBlock(16, stride: 2, shortcut: .subsampledIdentity), [8, 4, 4]).isEmpty)
    }

    @Test func blocksMayStartAsTheirShortcuts() throws {
        let plain = try TracedNetwork(ResNet(.resnet50), input: [3, 32, 32])
        let quiet = try TracedNetwork(ResNet(.resnet50, startsAsShortcuts: true), input: [3, 32, 32])
        func zeros(_ network: TracedNetwork) -> [String] {
            network.parameters.filter { $0.path.hasSuffix("weight") && $0.initializer == .zeros }.map(\.path)
        }
        #expect(zeros(plain).isEmpty)
        #expect(zeros(quiet).count == 16 && zeros(quiet).allSatisfy { $0.hasSuffix("bn3.weight") })
    }

    @Test func aSubsampledIdentityTakesEverySecondPixelBetweenZeros() throws {
        let traced = try TracedNetwork(SubsampledIdentity(7, stride: 2), input: [4, 5, 6])
        #expect(traced.graph[traced.logits].shape == [7, 3, 3])
        let gathers = traced.graph.nodes.compactMap { $0.operation as? Gather }
        #expect(gathers.map(\.axis) == [1, 2, 0])
        #expect(gathers.map(\.positions) == [[0, 2, 4], [0, 2, 4], [-1, 0, 1, 2, 3, -1, -1]])
        #expect(gathers.allSatisfy { $0.fill == 0 })
    }

    @Test func poolsRoundUpOnRequest() throws {
        func shape(_ pool: any Layer, _ size: Int) throws -> Shape {
            let traced = try TracedNetwork(pool, input: [1, size, size])
            return traced.graph[traced.logits].shape
        }
        #expect(try shape(MaxPool(3, stride: 2), 112) == [1, 55, 55])
        #expect(try shape(MaxPool(3, stride: 2, roundsUp: true), 112) == [1, 56, 56])
        #expect(try shape(AveragePool(3, stride: 2, roundsUp: true), 28) == [1, 14, 14])
        #expect(try shape(AdaptiveAveragePool(4), 14) == [1, 4, 4])
        #expect(try shape(AdaptiveAveragePool(7), 1) == [1, 7, 7])
        #expect(try shape(GlobalAveragePool(), 9) == [1, 1, 1])
        #expect(try shape(Pad(Padding(top: 1, bottom: 2, left: 3, right: 4)), 9) == [1, 12, 16])
    }

    @Test func activationsAreTheirFunctions() throws {
        func kinds(@LayerBuilder _ layers: () -> [any Layer]) throws -> [ElementFunction.Kind] {
            try TracedNetwork(Sequential(layers), input: [4]).graph.nodes.compactMap { ($0.operation as? ElementFunction)?.kind }
        }
        #expect(try kinds { LeakyReLU(); LeakyReLU(slope: 0.2); ELU(); GELU(); GELU(isApproximatedByTanh: true) } == [
            .leakyReLU(slope: 0.01), .leakyReLU(slope: 0.2), .elu(scale: 1), .gelu(approximatedByTanh: false),
            .gelu(approximatedByTanh: true),
        ])
        #expect(try kinds { ReLU6(); SiLU(); HardSigmoid(); HardSwish(); Softplus() } == [
            .clip(low: 0, high: 6), .silu, .hardSigmoid(slope: 1 / 6, offset: 0.5), .hardSwish, .softplus,
        ])
        let both = try TracedNetwork(Sequential { Softmax(); LogSoftmax() }, input: [4]).graph.nodes
        #expect(both.compactMap { ($0.operation as? StriateGraph.Softmax)?.isLogarithm } == [false, true])
    }
}
