/// How well a network classifies a set of images.
public struct Evaluation: Hashable, Sendable, Codable {
    public let samples: Int
    /// Mean cross-entropy.
    public let loss: Double
    /// The share of images whose class had the largest logit, 0…1.
    public let accuracy: Double
    /// The share of images whose class was among the five largest logits, 0…1.
    public let top5: Double
    /// Images classified wrongly.
    public let errors: Int
    /// `confusion[class][answer]`: how many images of a class were given each answer.
    public let confusion: [[Int]]

    public init(samples: Int, loss: Double, accuracy: Double, top5: Double, errors: Int, confusion: [[Int]]) {
        self.samples = samples
        self.loss = loss
        self.accuracy = accuracy
        self.top5 = top5
        self.errors = errors
        self.confusion = confusion
    }
}

/// Counts answers, image by image.
struct Tally {
    private var samples = 0, correct = 0, amongFive = 0
    private(set) var lossSum = 0.0
    private var confusion: [[Int]]

    init(classes: Int) { confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes) }

    /// Of equal logits the first counts as the larger.
    mutating func add(_ image: ClassifiedImage) {
        let logits = image.logits, place = logits.startIndex + image.label
        let own = logits[place]
        let above = logits.indices.count { logits[$0] > own || (logits[$0] == own && $0 < place) }
        let answer = image.answer
        samples += 1
        lossSum += Double(image.loss)
        if answer == image.label { correct += 1 }
        if above < 5 { amongFive += 1 }
        confusion[image.label][answer] += 1
    }

    var evaluation: Evaluation {
        let count = Double(max(1, samples))
        return Evaluation(
            samples: samples, loss: lossSum / count, accuracy: Double(correct) / count, top5: Double(amongFive) / count,
            errors: samples - correct, confusion: confusion)
    }
}
