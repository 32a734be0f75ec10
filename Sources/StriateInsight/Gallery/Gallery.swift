public import StriateData
public import StriateTraining

/// How a model answered each picture of a test set, and which of them are worth a look: a few of each class, the worst mistakes, those of one
/// cell of the confusion matrix. It holds the pictures' numbers, not the pictures.
///
///     let gallery = try Gallery(testing: evaluator, on: pictures)
///     for entry in gallery.entries(.mistakes).prefix(9) { print(entry.label, entry.answer, entry.probability) }
public struct Gallery: Hashable, Sendable {
    /// A picture that was classified.
    public struct Entry: Hashable, Sendable {
        /// Its number among the pictures of the set.
        public let number: Int
        /// Its class.
        public let label: Int
        public let answer: Int
        /// Of the answer, 0…1.
        public let probability: Double
        /// The natural logarithm of the right class's probability: the lower, the worse.
        public let logLikelihood: Double
    }

    /// Which pictures are asked for.
    public enum Selection: Hashable, Sendable {
        /// The first picture of each class, then the second of each, and so on.
        case samples
        /// Those that were taken for another class, the worst first.
        case mistakes
        /// Those of a class that were given an answer, the least likely to be of that class first.
        case cell(label: Int, answer: Int)
    }

    public let evaluation: Evaluation
    /// In the order of the set.
    private let entries: [Entry]

    /// Classifies all pictures. Those that cannot be read are left out.
    ///
    /// - Parameter progress: Called after each run with the number of pictures done; what it throws ends the test.
    /// - Throws: As ``StriateTraining/Evaluator/evaluate(on:observe:progress:)``.
    public init(
        testing evaluator: Evaluator, on pictures: PictureLoader, progress: (Int) throws(TrainingError) -> Void = { _ in }
    ) throws(TrainingError) {
        var found = [Entry]()
        evaluation = try evaluator.evaluate(on: pictures, observe: { found.append(Entry($0)) }, progress: progress)
        entries = found
    }

    public func entries(_ selection: Selection) -> [Entry] {
        switch selection {
        case .samples: samples
        case .mistakes: worstFirst { $0.answer != $0.label }
        case .cell(let label, let answer): worstFirst { $0.label == label && $0.answer == answer }
        }
    }

    private var samples: [Entry] {
        var seen = Array(repeating: 0, count: evaluation.confusion.count)
        let rounds = entries.map { entry in
            seen[entry.label] += 1
            return (round: seen[entry.label], entry: entry)
        }
        return rounds.sorted { ($0.round, $0.entry.label) < ($1.round, $1.entry.label) }.map(\.entry)
    }

    private func worstFirst(_ isWanted: (Entry) -> Bool) -> [Entry] {
        entries.filter(isWanted).sorted { ($0.logLikelihood, $0.number) < ($1.logLikelihood, $1.number) }
    }
}

extension Gallery.Entry {
    fileprivate init(_ image: ClassifiedImage) {
        let answer = image.answer
        self.init(
            number: image.number, label: image.label, answer: answer, probability: image.probability(of: answer),
            logLikelihood: image.logProbability(of: image.label))
    }
}
