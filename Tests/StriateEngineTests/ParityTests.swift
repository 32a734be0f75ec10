import Foundation
import StriateEngine
import StriateGraph
import StriateNetworks
import Testing

/// Same weights, same batches: the losses that PyTorch finds, step after step (`make_parity.py` says how they were made).
@Suite struct ParityTests {
    struct Run: Decodable, Sendable, CustomTestStringConvertible {
        let network: String
        let options: [String: String]
        let channels, size, batch, steps: Int
        let mean, deviation, rate, momentum, weightDecay, gain: Float
        let nesterov: Bool
        /// How far PyTorch in float32 and PyTorch in float64 are apart.
        let drift: Double
        let losses: [Double]

        var testDescription: String { ([network] + options.values.sorted()).joined(separator: " ") }

        static func all() throws -> [Run] {
            struct Document: Decodable { let runs: [Run] }
            let path = try #require(Bundle.module.path(forResource: "parity", ofType: "json", inDirectory: "Fixtures"))
            return try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(fileURLWithPath: path))).runs
        }
    }

    static let images = 1024

    @Test(arguments: try Run.all())
    func lossesAgreeWithPyTorchForTwoHundredSteps(run: Run) throws {
        try #require(run.losses.count == run.steps && run.steps == 200)
        var model = try ModelDescription(network: run.network, options: run.options)
        model.preprocessing.mean = Array(repeating: run.mean, count: run.channels)
        model.preprocessing.standardDeviation = Array(repeating: run.deviation, count: run.channels)
        let network = try model.traced(mode: .training)
        let descent = GradientDescent(momentum: run.momentum, weightDecay: run.weightDecay, isNesterov: run.nesterov)
        let graph = try trainingGraph(network, descent).fusingBiasAndActivation().removingDeadValues()
        let program = try LaneEngine().compile(graph, batch: run.batch)
        try program.load(weights(of: network, gain: run.gain))

        let (pixels, labels) = pictures(run)
        var worst = (step: 0, error: 0.0)
        for step in 0..<run.steps {
            let rows = (step * run.batch..<(step + 1) * run.batch).map { $0 % Self.images }[...]
            try program.run(Feed(
                count: run.batch, inputs: ["pixels": Source(pixels, rows: rows), "labels": Source(labels, rows: rows)],
                scalars: ["rate": run.rate]))
            let loss = Double(program.output("loss").values[0])
            let error = abs(loss - run.losses[step]) / run.losses[step]
            if !(error <= worst.error) { worst = (step, error) }
        }
        #expect(worst.error <= 1e-4, "step \(worst.step) is \(worst.error) away; PyTorch from itself: \(run.drift)")
    }

    private func weights(of network: TracedNetwork, gain: Float) -> Weights {
        var weights = Weights(), fanIn: Float = 1
        for (index, parameter) in network.parameters.enumerated() {
            let isWeight = parameter.shape.rank > 1
            if isWeight { fanIn = Float(parameter.shape.count / parameter.shape[0]) }
            let bound = (isWeight ? gain : 1) / fanIn.squareRoot()
            weights[parameter.path] = Hashed.tensor(parameter.shape, seed: 100 + index, scale: bound)
        }
        return weights
    }

    private func pictures(_ run: Run) -> (pixels: Source.Elements, labels: Source.Elements) {
        let (size, blocks) = (run.size, (run.size + 3) / 4)
        var pixels = [UInt8](), labels = [UInt8]()
        pixels.reserveCapacity(Self.images * run.channels * size * size)
        for image in 0..<Self.images {
            let label = Int(Hashed.bits(image, seed: 1)) % 10, other = Int(Hashed.bits(image, seed: 4))
            let pattern = other % 4 == 0 ? other / 4 % 10 : label
            labels.append(UInt8(label))
            for channel in 0..<run.channels {
                for row in 0..<size {
                    for column in 0..<size {
                        let block = ((pattern * run.channels + channel) * blocks + row / 4) * blocks + column / 4
                        let place = ((image * run.channels + channel) * size + row) * size + column
                        pixels.append(UInt8(Hashed.bits(block, seed: 2) & 127) + UInt8(Hashed.bits(place, seed: 3) & 127))
                    }
                }
            }
        }
        return (.bytes(pixels), .bytes(labels))
    }
}
