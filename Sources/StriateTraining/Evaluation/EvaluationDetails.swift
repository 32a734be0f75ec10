import Foundation
public import StriateData

/// What a report shows of a test beside its numbers: how far the probabilities can be trusted, a few samples, and the worst mistakes.
/// Its size does not grow with the number of images.
public struct EvaluationDetails: Hashable, Sendable {
    /// A picture with what the network took it for.
    public struct Example: Hashable, Sendable {
        /// Its place among the images that were classified, from 0.
        public let place: Int
        /// As the network sees it, before it is normalised.
        public let picture: Picture
        public let label: Int
        public let answer: Int
        /// The probability of the answer, 0…1.
        public let probability: Double
        /// The natural logarithm of the right class's probability: the lower, the worse.
        public let logLikelihood: Double

        public var isRight: Bool { label == answer }

        public init(place: Int, picture: Picture, label: Int, answer: Int, probability: Double, logLikelihood: Double) {
            self.place = place
            self.picture = picture
            self.label = label
            self.answer = answer
            self.probability = probability
            self.logLikelihood = logLikelihood
        }
    }

    public private(set) var reliability = Reliability()
    /// The same images of every test of a set: the first ones of each class, or of some of the classes where these are many.
    /// In the order of their classes.
    public var samples: [Example] { samplesOfClass.sorted { $0.key < $1.key }.flatMap(\.value) }
    /// Images that were taken for another class, those whose own class seemed the least probable first.
    public private(set) var mistakes: [Example] = []

    private let classes: Int
    private let sampleLimit: Int
    private let mistakeLimit: Int
    private var samplesOfClass: [Int: [Example]] = [:]

    /// - Parameters:
    ///   - classes: How many classes there are.
    ///   - samples: The most samples that are kept.
    ///   - mistakes: The most mistakes that are kept.
    public init(classes: Int, samples: Int = 32, mistakes: Int = 32) {
        (self.classes, sampleLimit, mistakeLimit) = (max(1, classes), samples, mistakes)
    }

    public mutating func add(_ image: ClassifiedImage) {
        let answer = image.answer, isRight = answer == image.label
        let logProbability = image.logProbability(of: answer)
        let logLikelihood = isRight ? logProbability : image.logProbability(of: image.label)
        reliability.add(probability: exp(logProbability), isRight: isRight)

        let isSample = isSampled(image.label)
        let isAmongWorst = !isRight && (mistakes.count < mistakeLimit || mistakes.last.map { logLikelihood < $0.logLikelihood } ?? false)
        guard isSample || isAmongWorst else { return }
        let example = Example(
            place: image.place, picture: image.picture, label: image.label, answer: answer, probability: exp(logProbability),
            logLikelihood: logLikelihood)
        if isSample { samplesOfClass[image.label, default: []].append(example) }
        if isAmongWorst {
            let place = mistakes.firstIndex { $0.logLikelihood > logLikelihood } ?? mistakes.endIndex
            mistakes.insert(example, at: place)
            if mistakes.count > mistakeLimit { mistakes.removeLast() }
        }
    }

    /// Whether one more image of this class is wanted as a sample.
    private func isSampled(_ label: Int) -> Bool {
        let spread = max(1, (classes + sampleLimit - 1) / max(1, sampleLimit))
        return label.isMultiple(of: spread) && samplesOfClass[label, default: []].count < max(1, sampleLimit / classes)
    }
}
