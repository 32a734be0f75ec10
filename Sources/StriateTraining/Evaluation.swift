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

    /// Of the images that were given this answer, the share that were of the class; nil where none were given it.
    public func precision(of class: Int) -> Double? {
        share(confusion[`class`][`class`], of: confusion.reduce(0) { $0 + $1[`class`] })
    }

    /// Of the images of this class, the share that were given the right answer; nil where there are none.
    public func recall(of class: Int) -> Double? {
        share(confusion[`class`][`class`], of: confusion[`class`].reduce(0, +))
    }

    private func share(_ part: Int, of whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}

/// Counts answers, image by image.
struct Tally {
    private var samples = 0, correct = 0, amongFive = 0
    private(set) var lossSum = 0.0
    private var confusion: [[Int]]

    init(classes: Int) { confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes) }

    /// - Parameter logits: One for each class. Of equal ones the first counts as the larger.
    mutating func add(_ logits: ArraySlice<Float>, label: Int, loss: Float) {
        let first = logits.startIndex
        let own = logits[first + label]
        var best = first, above = 0
        for index in logits.indices {
            if logits[index] > logits[best] { best = index }
            if logits[index] > own || (logits[index] == own && index < first + label) { above += 1 }
        }
        samples += 1
        lossSum += Double(loss)
        if best - first == label { correct += 1 }
        if above < 5 { amongFive += 1 }
        confusion[label][best - first] += 1
    }

    var evaluation: Evaluation {
        let count = Double(max(1, samples))
        return Evaluation(
            samples: samples, loss: lossSum / count, accuracy: Double(correct) / count, top5: Double(amongFive) / count,
            errors: samples - correct, confusion: confusion)
    }
}
