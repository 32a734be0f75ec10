/// What the images of each class count for in the loss, written `balanced` or as numbers with commas: `1,2.5,1`.
public enum ClassWeights: Hashable, Sendable, CustomStringConvertible {
    /// As much the more as a class is rarer: `images / (classes · images of the class)`; a class without images counts for nothing.
    case balanced
    case list([Float])

    public var description: String {
        switch self {
        case .balanced: "balanced"
        case .list(let weights): weights.map { "\($0)" }.joined(separator: ",")
        }
    }

    /// Reads what ``description`` writes.
    public init?(parsing text: String) {
        if text == "balanced" {
            self = .balanced
            return
        }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false), weights = parts.compactMap { Float($0) }
        guard weights.count == parts.count, weights.allSatisfy({ $0.isFinite && $0 >= 0 }), weights.contains(where: { $0 > 0 }) else { return nil }
        self = .list(weights)
    }

    /// A number for each class.
    ///
    /// - Parameter labels: Of the training images.
    func numbers(labels: [Int32], classes: Int) throws(TrainingError) -> [Float] {
        switch self {
        case .list(let weights):
            guard weights.count == classes else {
                throw .options("class weights: \(weights.count) numbers do not fit \(classes) classes; give one for each")
            }
            return weights
        case .balanced:
            var counts = Array(repeating: 0, count: classes)
            for label in labels where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
            let present = counts.count { $0 > 0 }
            return counts.map { $0 == 0 ? 0 : Float(labels.count) / Float(present * $0) }
        }
    }
}
