import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// With the weights that PyTorch's networks have, the same logits (`Conformance/networks/make_fixtures.py` says how they were made).
/// One network after another: some fill half a gigabyte.
@Suite(.serialized) struct NetworkParityTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let network: String
        let gain: Float
        let batch, step: Int
        let largest: Double
        let samples, projections: [Double]
        var testDescription: String { network }
    }

    static func cases() throws -> [Case] { try NetworkFixtures.cases("logits") }

    @Test func everyNetworkIsComparedHereOrInParityTests() throws {
        // `lenet5-cifar` has the layers of `lenet5` with ReLU and max pooling, and the head of `lenet5-d2l`.
        let others = Set(try ParityTests.Run.all().map(\.network) + ["lenet5-cifar"])
        #expect(others.union(try Self.cases().map(\.network)) == Set(NetworkCatalog.networks.map(\.name)))
    }

    @Test(arguments: try cases(), LaneContents.allCases)
    func logitsAreThoseOfPyTorch(_ published: Case, lanesHold contents: LaneContents) throws {
        let model = try ModelDescription(network: published.network)
        let network = try model.tracedWithoutPreprocessing()
        let program = try LaneEngine().compile(network.graph.optimized(), batch: published.batch, lanesHold: contents)
        try program.adopt(NetworkFixtures.weights(of: network, gain: published.gain))
        try program.run(Feed(count: published.batch, inputs: [
            TracedNetwork.inputName: NetworkFixtures.pictures(published.batch, model.preprocessing.shape)
        ]))

        let logits = program.output(TracedNetwork.outputName).values
        let samples = stride(from: 0, to: logits.count, by: published.step).map { Double(logits[$0]) }
        try #require(samples.count == published.samples.count)
        let worst = zip(samples, published.samples).map { abs($0 - $1) }.max() ?? .infinity
        // The length of the whole difference: no logit is further away.
        let difference = NetworkFixtures.length(NetworkFixtures.projections(of: logits), published.projections)
        #expect(worst <= 1e-4 * published.largest && difference <= 1e-4 * published.largest)
    }
}
