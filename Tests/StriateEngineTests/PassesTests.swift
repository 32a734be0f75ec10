import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// A pass changes how a graph computes, not what.
@Suite struct PassesTests {
    struct Pass: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let apply: @Sendable (Graph) -> Graph
    }

    static let passes = [
        Pass(testDescription: "fusing bias and activation") { $0.fusingBiasAndActivation() },
        Pass(testDescription: "removing dead values") { $0.removingDeadValues() },
        Pass(testDescription: "merging equal values") { $0.mergingEqualValues() },
        Pass(testDescription: "fusing pool and activation gradients") { $0.fusingPoolAndActivationGradients() },
        Pass(testDescription: "fusing batch normalisation") { $0.fusingBatchNormalization() },
        Pass(testDescription: "fusing pools") { $0.fusingBiasAndActivation().fusingPools() },
        Pass(testDescription: "all of them") { $0.optimized() },
    ]

    @Test(arguments: passes, ["lenet5", "lenet5-d2l", "lenet5-cifar"])
    func trainingIsTheSameAfterAPass(pass: Pass, network: String) throws {
        let traced = try ModelDescription(network: network).traced(mode: .training)
        let graph = try trainingGraph(traced), passed = pass.apply(graph)
        let shape = traced.graph[traced.input].shape
        let (pixels, labels) = hashedImages(shape, images: 66, classes: 10)
        func train(_ graph: Graph) throws -> any Program {
            let program = try LaneEngine(threads: 2).compile(graph, batch: 33)
            try program.loadHashedWeights()
            for first in [0, 33] {
                let rows = Array(first..<first + 33)[...]
                try program.run(Feed(
                    count: 33, inputs: ["pixels": Source(pixels, rows: rows), "labels": Source(labels, rows: rows)],
                    scalars: ["rate": 0.0625]))
            }
            return program
        }
        let plain = try train(graph), changed = try train(passed)
        for (name, _) in graph.outputs { expectAgreement(changed.output(name), plain.output(name), tolerance: 1e-5, name) }
        let expected = plain.variables
        for (name, tensor) in changed.variables { expectAgreement(tensor, try #require(expected[name]), tolerance: 1e-5, name) }
    }
}
