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
        let distance = try distance(from: published, lanesHold: contents)
        #expect(distance.worst <= 1e-4 && distance.whole <= 1e-4)
    }

    /// PyTorch's are not rounded. Each rounding to bfloat16 is off by up to 1/256, in up to 155 layers one after another.
    @Test(arguments: try cases())
    func logitsOfRoundedOperandsAreNearPyTorchs(_ published: Case) throws {
        let distance = try distance(from: published, allowing: .bfloat16, lanesHold: .images)
        #expect(distance.worst <= 0.01)
        #expect(distance.whole <= 0.002 * Double(distance.count).squareRoot())
    }

    /// How far logits are from PyTorch's, as shares of the largest.
    private struct Distance {
        /// Of the worst one sampled.
        var worst: Double
        /// The length of the whole difference: no logit is further away.
        var whole: Double
        /// Logits.
        var count: Int
    }

    private func distance(
        from published: Case, allowing precision: Precision = .float32, lanesHold contents: LaneContents
    ) throws -> Distance {
        let model = try ModelDescription(network: published.network)
        let network = try model.tracedWithoutPreprocessing()
        let program = try LaneEngine().compile(
            network.graph.optimized().allowing(precision), batch: published.batch, lanesHold: contents)
        try program.adopt(NetworkFixtures.weights(of: network, gain: published.gain))
        try program.run(Feed(count: published.batch, inputs: [
            TracedNetwork.inputName: NetworkFixtures.pictures(published.batch, model.preprocessing.shape)
        ]))

        let logits = program.output(TracedNetwork.outputName).values
        let samples = stride(from: 0, to: logits.count, by: published.step).map { Double(logits[$0]) }
        try #require(samples.count == published.samples.count)
        let worst = zip(samples, published.samples).map { abs($0 - $1) }.max() ?? .infinity
        let difference = NetworkFixtures.length(NetworkFixtures.projections(of: logits), published.projections)
        return Distance(worst: worst / published.largest, whole: difference / published.largest, count: logits.count)
    }
}
