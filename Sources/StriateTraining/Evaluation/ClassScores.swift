/// How well one class is told from the others.
public struct ClassScore: Hashable, Sendable {
    /// How many images are of the class.
    public let support: Int
    /// Of the images that were given this answer, the share that are of the class; nil where none were given it.
    public let precision: Double?
    /// Of the images of this class, the share that were given the right answer; nil where there are none.
    public let recall: Double?
    /// The harmonic mean of both, `2·hits / (support + answers)`; nil where the class was neither there nor answered.
    public let f1: Double?
}

/// The mean of scores over classes. What a class has no score of counts as 0, as in scikit-learn.
public struct AverageScore: Hashable, Sendable {
    public let precision: Double
    public let recall: Double
    public let f1: Double
}

extension Evaluation {
    /// The scores of each class, by number.
    public var classScores: [ClassScore] {
        var answers = Array(repeating: 0, count: confusion.count)
        for row in confusion { for (answer, count) in row.enumerated() { answers[answer] += count } }
        return confusion.indices.map { index in
            let hits = confusion[index][index], support = confusion[index].reduce(0, +)
            return ClassScore(
                support: support, precision: share(hits, of: answers[index]), recall: share(hits, of: support),
                f1: share(2 * hits, of: support + answers[index]))
        }
    }

    /// What images of a class are most often wrongly taken for, and how many are; nil where all are right.
    public func mostFrequentError(of label: Int) -> (answer: Int, count: Int)? {
        let row = confusion[label]
        let worst = row.indices.filter { $0 != label }.max { row[$0] < row[$1] }
        return worst.flatMap { row[$0] > 0 ? ($0, row[$0]) : nil }
    }

    /// Each class counts the same, but those that were neither there nor answered.
    public var macroAverage: AverageScore { average { $0.f1 == nil ? 0 : 1 } }

    /// Each image counts the same.
    public var weightedAverage: AverageScore { average { Double($0.support) } }

    /// The mean recall of the classes that are there: accuracy as if all classes were equally frequent.
    public var balancedAccuracy: Double {
        let recalls = classScores.compactMap(\.recall)
        return recalls.isEmpty ? 0 : recalls.reduce(0, +) / Double(recalls.count)
    }

    private func average(weight: (ClassScore) -> Double) -> AverageScore {
        let scores = classScores, sum = scores.reduce(0) { $0 + weight($1) }
        func mean(_ score: KeyPath<ClassScore, Double?>) -> Double {
            sum == 0 ? 0 : scores.reduce(0) { $0 + weight($1) * ($1[keyPath: score] ?? 0) } / sum
        }
        return AverageScore(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
    }

    private func share(_ part: Int, of whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}
