import StriateTraining
import Testing

/// Scores of answers against those of scikit-learn, SciPy and NumPy: see ``GoldenScores``.
@Suite struct ScoreTests {
    private var answers: Answers {
        var answers = Answers(classes: GoldenScores.classes)
        for (image, label) in GoldenScores.labels.enumerated() {
            answers.append(GoldenScores.logits[image * GoldenScores.classes..<(image + 1) * GoldenScores.classes], label: label)
        }
        return answers
    }

    private var evaluation: Evaluation {
        let answers = answers
        var confusion = Array(repeating: Array(repeating: 0, count: GoldenScores.classes), count: GoldenScores.classes)
        for image in 0..<answers.count { confusion[Int(answers.labels[image])][answers.answer(to: image)] += 1 }
        let hits = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
        return Evaluation(
            samples: answers.count, loss: answers.negativeLogLikelihood(), accuracy: Double(hits) / Double(answers.count), top5: 0,
            errors: answers.count - hits, confusion: confusion)
    }

    private func expectEqual(_ value: Double?, _ expected: Double?, _ tolerance: Double = 1e-9, _ comment: String = "") {
        guard let value, let expected else {
            #expect(value == nil && expected == nil, "\(comment)")
            return
        }
        #expect(abs(value - expected) < tolerance, "\(comment): \(value), not \(expected)")
    }

    @Test func scoresOfClassesAreThoseOfScikitLearn() {
        for (label, score) in evaluation.classScores.enumerated() {
            #expect(score.support == GoldenScores.support[label])
            expectEqual(score.precision ?? 0, GoldenScores.precision[label], 1e-12, "precision of \(label)")
            expectEqual(score.recall ?? 0, GoldenScores.recall[label], 1e-12, "recall of \(label)")
            expectEqual(score.f1 ?? 0, GoldenScores.f1[label], 1e-12, "F1 of \(label)")
        }
        #expect(evaluation.classScores[3].recall == nil, "no image is of this class")
    }

    @Test func averagesAreThoseOfScikitLearn() {
        for (average, expected) in [(evaluation.macroAverage, GoldenScores.macro), (evaluation.weightedAverage, GoldenScores.weighted)] {
            expectEqual(average.precision, expected[0])
            expectEqual(average.recall, expected[1])
            expectEqual(average.f1, expected[2])
        }
        expectEqual(evaluation.balancedAccuracy, GoldenScores.balancedAccuracy)
    }

    @Test func areasUnderCurvesCountEqualProbabilitiesHalf() {
        for (label, area) in answers.areasUnderCurves.enumerated() { expectEqual(area, GoldenScores.areas[label], 1e-9, "class \(label)") }
        expectEqual(answers.areaUnderCurve, GoldenScores.area)
    }

    @Test func theCalibrationErrorIsThatOfFifteenBins() {
        expectEqual(answers.negativeLogLikelihood(), GoldenScores.loss)
        expectEqual(answers.calibrationError(), GoldenScores.calibrationError)
    }

    @Test func theTemperatureMakesTheLikelihoodLargest() {
        let temperature = answers.fittedTemperature()
        expectEqual(temperature, GoldenScores.temperature, 1e-5)
        expectEqual(answers.negativeLogLikelihood(temperature: temperature), GoldenScores.lossAtTemperature)
        expectEqual(answers.calibrationError(temperature: temperature), GoldenScores.calibrationErrorAtTemperature, 1e-6)
    }

    @Test func logitsThatAreAlwaysRightOrAllEqualHaveATemperatureToo() {
        var right = Answers(classes: 2), equal = Answers(classes: 2)
        for label in [0, 1, 0] as [Int32] {
            right.append(label == 0 ? [4, 0] : [0, 4], label: label)
            equal.append([1, 1], label: label)
        }
        #expect(abs(right.fittedTemperature() - Answers.temperatures.lowerBound) < 1e-6)
        #expect(Answers.temperatures.contains(equal.fittedTemperature()))
    }

    @Test func largeLogitsMakeNoInfinities() {
        var answers = Answers(classes: 3)
        answers.append([3e38, -3e38, 0], label: 0)
        answers.append([-3e38, 3e38, 0], label: 1)
        #expect(answers.probabilities(of: 0) == [1, 0, 0])
        #expect(answers.negativeLogLikelihood() == 0 && answers.calibrationError() == 0)
        #expect(answers.fittedTemperature().isFinite)
    }
}
