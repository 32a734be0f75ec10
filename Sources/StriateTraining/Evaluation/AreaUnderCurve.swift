extension Answers {
    /// For each class the area under its receiver operating characteristic, it against all others: the chance that its probability is higher
    /// for an image of the class than for another one, where equal probabilities count half. Nil where all images are of the class,
    /// or none.
    public var areasUnderCurves: [Double?] {
        var scores = Array(repeating: [Double](), count: classes)
        for image in 0..<count {
            for (label, probability) in probabilities(of: image).enumerated() { scores[label].append(probability) }
        }
        return scores.enumerated().map { label, scores in
            Answers.areaUnderCurve(scores, isPositive: labels.map { $0 == label })
        }
    }

    /// The mean of ``areasUnderCurves`` over the classes that have one; nil where none has.
    public var areaUnderCurve: Double? {
        let areas = areasUnderCurves.compactMap { $0 }
        return areas.isEmpty ? nil : areas.reduce(0, +) / Double(areas.count)
    }

    /// Mann and Whitney's statistic: from the ranks of the positive ones, equal scores sharing their mean rank.
    static func areaUnderCurve(_ scores: [Double], isPositive: [Bool]) -> Double? {
        let positives = isPositive.count { $0 }, negatives = scores.count - positives
        guard positives > 0, negatives > 0 else { return nil }
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var rankSum = 0.0, start = 0
        while start < order.count {
            var end = start, hits = 0
            while end < order.count, scores[order[end]] == scores[order[start]] {
                if isPositive[order[end]] { hits += 1 }
                end += 1
            }
            // Ranks start + 1 to end.
            rankSum += Double(hits) * Double(start + 1 + end) / 2
            start = end
        }
        return (rankSum - Double(positives) * Double(positives + 1) / 2) / (Double(positives) * Double(negatives))
    }
}
