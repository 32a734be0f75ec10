import ReferenceEngine
import StriateData
import StriateEngine
import StriateFormats
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

@Suite struct TrainerTests {
    private func trainer(batch: Int = 8, momentum: Float = 0.9) throws -> Trainer {
        try Trainer(smallGraph(), seed: 1, optimizer: .sgd(momentum: momentum), batch: batch, engine: ReferenceEngine())
    }

    @Test func anOrdinaryLoopLearns() throws {
        let images = smallImages(90), trainer = try trainer()
        var losses = [Double]()
        for epoch in 0..<8 {
            let order = Shuffle.permutation(of: images.count, seed: 1, epoch: epoch)
            losses.append(try trainer.train(on: images, order: order, rate: 0.05).loss)
        }
        #expect(losses[0] > 0.7 && losses[7] < 0.2, "\(losses)")
        #expect(try trainer.evaluate(on: smallImages(60, seed: 9)).accuracy > 0.95)
    }

    @Test(arguments: [1, 7, 8, 50, 51, 1000]) func everyBatchSizeSeesEveryImageOnce(batch: Int) throws {
        var seen = [Int]()
        let totals = try trainer(batch: batch).train(on: smallImages(50), rate: 0) { seen.append($0.images) }
        #expect(totals.images == 50 && totals.steps == (50 + batch - 1) / batch)
        #expect(seen.last == 50 && seen.count == totals.steps)
        // With a rate of 0 every batching measures the same loss as the evaluation.
        let evaluation = try trainer(batch: batch).evaluate(on: smallImages(50))
        #expect(abs(totals.loss - evaluation.loss) < 1e-6 && totals.accuracy == evaluation.accuracy)
    }

    @Test func aRateOfZeroChangesNoParameter() throws {
        let trainer = try trainer(), before = trainer.weights
        try trainer.train(on: smallImages(20), rate: 0)
        #expect(trainer.weights == before)
    }

    @Test func stateIsAllThatIsNeededToGoOn() throws {
        let images = smallImages(40), first = try trainer(), second = try trainer()
        try first.train(on: images, rate: 0.1)
        try second.restore(first.state, from: "first")
        try first.train(on: images, rate: 0.1)
        try second.train(on: images, rate: 0.1)
        #expect(first.state == second.state)
        #expect(first.state.paths.count == 2 * first.weights.paths.count)
    }

    @Test func whatIsSavedIsAModelFile() throws {
        try withFolder { folder in
            let trainer = try trainer()
            try trainer.save(to: "\(folder)/model", as: smallModel)
            #expect(try ModelFile.read("\(folder)/model") == ModelFile(smallModel, weights: trainer.weights))
        }
    }

    @Test func weightsThatDoNotFitAreRefusedAndChangeNothing() throws {
        let trainer = try trainer(), before = trainer.state
        var wrong = trainer.weights
        wrong["hidden.bias"] = Tensor([9], repeating: 1)
        wrong["more"] = Tensor(1)
        let error = #expect(throws: TrainingError.self) { try trainer.load(wrong) }
        #expect(try #require(error).description.contains("hidden.bias") && #require(error).description.contains("left over (more)"))
        #expect(throws: TrainingError.self) { try trainer.restore(trainer.weights, from: "weights alone") }
        #expect(trainer.state == before)
    }

    @Test func imagesThatDoNotFitAreRefused() throws {
        let trainer = try trainer()
        let large = ImageSet(shape: [1, 5, 5], pixels: Array(repeating: 0, count: 25), labels: [0], classes: ["a"])
        let many = ImageSet(shape: [1, 4, 4], pixels: Array(repeating: 0, count: 16), labels: [3], classes: ["a", "b", "c", "d"])
        let none = ImageSet(shape: [1, 4, 4], pixels: [], labels: [], classes: ["a"])
        for images in [large, many] {
            #expect(throws: TrainingError.self) { try trainer.train(on: images, rate: 0.1) }
            #expect(throws: TrainingError.self) { try trainer.evaluate(on: images) }
        }
        #expect(throws: TrainingError.data("there are no images")) { try trainer.evaluate(on: none) }
        #expect(try trainer.train(on: none, rate: 0.1).images == 0)
    }

    @Test func divergenceStopsTheEpochAndNamesTheStep() throws {
        let wild = Optimizer.sgd(weightDecay: 1e30)
        let trainer = try Trainer(smallGraph(), seed: 1, optimizer: wild, batch: 8, engine: ReferenceEngine())
        let error = #expect(throws: TrainingError.self) { try trainer.train(on: smallImages(50), rate: 1e30) }
        guard case .diverged(_, let step, let loss, let rate) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(step == 2 && !loss.isFinite && rate == 1e30)
        #expect(error?.description.contains("lower rate") == true)
    }

    @Test func aCallersOwnFeedMayBeFloats() throws {
        let trainer = try trainer(), images = smallImages(8), same = try self.trainer()
        let feed = Feed(
            count: 8,
            inputs: [
                "pixels": Source(.floats(images.pixels.map(Float.init)), first: 8), "labels": Source(.floats(images.labels.map(Float.init)), first: 8),
            ], scalars: ["rate": 0.1])
        #expect(try trainer.step(feed) == same.step(on: PictureBatch(images, rows: Array(0..<8)[...]), rate: 0.1))
        #expect(trainer.state == same.state)
    }
}

@Suite struct EvaluationTests {
    /// Logits are the pixels: what an evaluation must say can be counted by hand.
    private func evaluate(_ pictures: [[UInt8]], labels: [Int32], batch: Int = 2) throws -> Evaluation {
        var graph = Graph()
        let pixels = graph.input("pixels", [1, 1, 7])
        graph.output("logits", try graph.reshape(try graph.multiply(pixels, by: 1), to: [7]))
        let images = ImageSet(shape: [1, 1, 7], pixels: pictures.flatMap { $0 }, labels: labels, classes: (0..<7).map(String.init))
        return try Evaluator(graph, weights: Weights(), batch: batch, engine: ReferenceEngine()).evaluate(on: images)
    }

    @Test func answersAreCounted() throws {
        let evaluation = try evaluate(
            [
                [9, 0, 0, 0, 0, 0, 0],  // right
                [9, 8, 7, 6, 5, 4, 3],  // label 4: wrong, but among five
                [9, 8, 7, 6, 5, 4, 3],  // label 5: not among five
                [0, 5, 5, 0, 0, 0, 0],  // label 2: the first of equals is the answer
                [0, 5, 5, 0, 0, 0, 0],  // label 1
            ], labels: [0, 4, 5, 2, 1])
        #expect(evaluation.samples == 5 && evaluation.errors == 3)
        #expect(evaluation.accuracy == 0.4 && evaluation.top5 == 0.8)
        #expect(evaluation.confusion[4][0] == 1 && evaluation.confusion[5][0] == 1 && evaluation.confusion[2][1] == 1)
        #expect(evaluation.confusion.flatMap { $0 }.reduce(0, +) == 5)
        let scores = evaluation.classScores
        #expect(scores[0].precision == 1.0 / 3 && scores[0].recall == 1)
        #expect(scores[6].precision == nil && scores[6].recall == nil && scores[6].f1 == nil)
    }

    @Test func theLossIsTheMeanCrossEntropy() throws {
        let evaluation = try evaluate([[0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1]], labels: [3, 6])
        #expect(abs(evaluation.loss - 1.945910149) < 1e-6, "log 7")
        #expect(evaluation.accuracy == 0 && evaluation.top5 == 0.5, "of equals the first counts as the larger")
    }

    @Test func resultsDoNotDependOnTheBatch() throws {
        let pictures = (0..<20).map { n in (0..<7).map { UInt8(n * $0 % 11) } }
        let labels = (0..<20).map { Int32($0 % 7) }
        let results = try [1, 3, 20, 64].map { try evaluate(pictures, labels: labels, batch: $0) }
        #expect(Set(results).count == 1)
    }
}
