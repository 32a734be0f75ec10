import Foundation
import ReferenceEngine
import StriateData
import StriateGraph
import StriateNetworks
import StriateTraining
import Testing

/// What a test leaves to look at, of a network that has learnt nothing yet and so makes many mistakes.
@Suite struct EvaluationDetailsTests {
    private func tested(
        _ images: ImageSet, samples: Int = 30, mistakes: Int = 30
    ) throws -> (evaluation: Evaluation, details: EvaluationDetails, answers: Answers) {
        let network = try smallGraph()
        let evaluator = try Evaluator(network.graph, weights: network.initialWeights(seed: 3), batch: 16, engine: ReferenceEngine())
        var details = EvaluationDetails(classes: 3, samples: samples, mistakes: mistakes), answers = Answers(classes: 3)
        let evaluation = try evaluator.evaluate(on: PictureLoader(images), observe: {
            details.add($0)
            answers.append($0.logits, label: Int32($0.label))
        })
        return (evaluation, details, answers)
    }

    @Test func theWorstMistakesAreTheLeastProbableClasses() throws {
        let images = smallImages(50), (evaluation, details, answers) = try tested(images, mistakes: 7)
        #expect(evaluation.errors > 7)
        let wrong = (0..<answers.count).filter { answers.answer(to: $0) != Int(answers.labels[$0]) }
        let worst = wrong.sorted {
            answers.probabilities(of: $0)[Int(answers.labels[$0])] < answers.probabilities(of: $1)[Int(answers.labels[$1])]
        }
        #expect(details.mistakes.map(\.place) == Array(worst.prefix(7)))
        for mistake in details.mistakes {
            #expect(mistake.picture == images[mistake.place] && mistake.label == Int(images.labels[mistake.place]))
            #expect(mistake.answer == answers.answer(to: mistake.place) && !mistake.isRight)
            #expect(abs(mistake.probability - answers.probabilities(of: mistake.place)[mistake.answer]) < 1e-9)
        }
    }

    @Test func samplesAreTheFirstOfEachClass() throws {
        let images = smallImages(50), details = try tested(images, samples: 6).details
        var expected = [Int]()
        for label in 0..<3 { expected += (0..<50).filter { Int(images.labels[$0]) == label }.prefix(2) }
        #expect(details.samples.map(\.place) == expected)
        #expect(try tested(images, samples: 2).details.samples.map(\.label) == [0, 2], "of more classes than samples some are shown")
    }

    @Test func reliabilityCountsEveryImage() throws {
        let (evaluation, details, answers) = try tested(smallImages(50))
        #expect(details.reliability.count == 50)
        #expect(details.reliability.bins.reduce(0) { $0 + $1.hits } == 50 - evaluation.errors)
        #expect(abs(details.reliability.error - answers.calibrationError()) < 1e-9)
    }

    @Test func whatIsNoProbabilityBelongsToNoBin() {
        var reliability = Reliability(bins: 10)
        reliability.add(probability: .nan, isRight: true)
        #expect(reliability.count == 0 && reliability.error == 0)
        for probability in [0, 0.1, 1] { reliability.add(probability: probability, isRight: false) }
        #expect(reliability.bins.map(\.count) == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func aRunKeepsWhatItsLastValidationShowed() throws {
        try withFolder { folder in
            let options = smallOptions(epochs: 2)
            let run = try smallRun(options, in: RunFolder(creating: folder + "/run", options: options))
            #expect(run.details == nil)
            _ = try run.run()
            #expect(run.details?.reliability.count == 30 && run.evaluation?.samples == 30)
        }
    }
}
