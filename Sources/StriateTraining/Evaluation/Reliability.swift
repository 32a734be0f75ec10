/// Whether probabilities mean what they say: images are sorted by the probability of their answer into bins of equal width
/// (Guo et al., 2017, On calibration of modern neural networks, ICML).
public struct Reliability: Hashable, Sendable {
    public struct Bin: Hashable, Sendable {
        public fileprivate(set) var count = 0
        /// Images whose answer is right.
        public fileprivate(set) var hits = 0
        fileprivate var probabilitySum = 0.0

        /// The mean probability of the answers; nil where there are none.
        public var confidence: Double? { count == 0 ? nil : probabilitySum / Double(count) }
        /// The share of right answers; nil where there are none.
        public var accuracy: Double? { count == 0 ? nil : Double(hits) / Double(count) }
    }

    /// From the least sure to the surest. A bin holds its upper end, not its lower one.
    public private(set) var bins: [Bin]

    /// - Parameter bins: At least 1.
    public init(bins: Int = 15) { self.bins = Array(repeating: Bin(), count: max(1, bins)) }

    /// - Parameter probability: Of the answer, 0…1; what is no number belongs to no bin.
    public mutating func add(probability: Double, isRight: Bool) {
        guard probability.isFinite else { return }
        let place = min(bins.count - 1, max(0, Int((probability * Double(bins.count)).rounded(.up)) - 1))
        bins[place].count += 1
        bins[place].probabilitySum += probability
        if isRight { bins[place].hits += 1 }
    }

    /// The number of images.
    public var count: Int { bins.reduce(0) { $0 + $1.count } }

    /// The expected calibration error: the distance between a bin's mean probability and its share of right answers, averaged over the
    /// images; 0 without any.
    public var error: Double {
        let gaps = bins.map { abs($0.probabilitySum - Double($0.hits)) }
        return count == 0 ? 0 : gaps.reduce(0, +) / Double(count)
    }
}
