import Striate
import Testing

/// A network as a user of the library writes it, with one import.
private struct Small: Network {
    var classes = 10

    var body: [any Layer] {
        Conv2D(8, kernel: 5, stride: 2)
        ReLU()
        for _ in 0..<2 {
            Residual {
                Conv2D(8, kernel: 3, padding: 1)
                ReLU()
            }
        }
        AveragePool(2)
        Flatten()
        Linear(classes).named("head")
    }
}

@Suite struct LibraryTests {
    @Test func aNetworkOfOnesOwnLearnsWithOneImport() throws {
        let train = try DataSet.load(.train, of: "digits").prefix(1024)
        let preprocessing = Preprocessing([1, 28, 28], mean: [0.13], standardDeviation: [0.31])
        let network = try TracedNetwork(Small(), preprocessing: preprocessing)
        #expect(network.parameters.last?.path == "head.bias")
        let trainer = try Trainer(network, seed: 1, optimizer: .sgd(momentum: 0.9), batch: 32, engine: LaneEngine())
        let first = try trainer.train(on: train, rate: 0.02)
        for epoch in 1...4 {
            try trainer.train(on: train, order: Shuffle.permutation(of: train.count, seed: 1, epoch: epoch), rate: 0.02)
        }
        let last = try trainer.evaluate(on: train)
        #expect(last.loss < first.loss / 2 && last.accuracy > 0.8)
    }
}
