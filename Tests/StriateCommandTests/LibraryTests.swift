import Foundation
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

@Suite struct ClassifierTests {
    @Test func aRunsModelClassifiesAFileAsPredictDoes() throws {
        try withFolder { folder in
            let trained = try Tool.run(
                "train", "lenet5", "--data", "digits", "--limit", "2000", "--activation", "relu", "--epochs", "1", "--quiet", "--run", "run", in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let digit = try DataSet.load(.test, of: "digits")[3]
            try Data(PNG.encode(digit)).write(to: URL(fileURLWithPath: folder + "/digit.png"))
            let classifier = try Classifier(StoredModel(contentsOf: folder + "/run"))
            let best = try classifier.predictions(for: classifier.picture(contentsOf: folder + "/digit.png"))[0]
            let answer = try Tool.run("predict", "run", "digit.png", "--json", in: folder).json()
            let first = try #require((answer["predictions"] as? [[String: Any]])?.first)
            #expect(first["class"] as? String == best.name)
            #expect(abs((first["probability"] as? Double ?? 0) - Double(best.probability)) < 1e-6)
        }
    }

    @Test func picturesOfAnotherSizeAreRefused() throws {
        let model = try ModelDescription(network: "lenet5")
        let classifier = try Classifier(model, weights: model.traced().initialWeights(seed: 1), batch: 2, engine: LaneEngine())
        let picture = Picture(shape: [1, 28, 28], pixels: Array(repeating: 0, count: 784))
        #expect(throws: DataError.self) { try classifier.probabilities(of: [picture]) }
        let fitting = try picture.prepared(for: model.preprocessing)
        #expect(throws: DataError.self) { try classifier.probabilities(of: [fitting, fitting, fitting]) }
        #expect(try classifier.probabilities(of: [fitting, fitting]).allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
        #expect(try classifier.probabilities(of: []).isEmpty)
    }
}
