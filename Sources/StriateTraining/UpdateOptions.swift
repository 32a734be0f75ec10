/// What a step does with gradients and weights beside the optimiser's rule.
public struct UpdateOptions: Hashable, Sendable {
    /// Which parameters decay; nil for the optimiser's custom, see ``Optimizer/decayScope``.
    public var decayScope: DecayScope?
    /// Bounds gradients before the rule sees them.
    public var clipping: GradientClipping?
    /// How many steps make an update. More than one keeps the memory of a small batch; see ``StepPart``.
    public var accumulation = 1
    /// Whether every step is given its own momentum, by the rules that take one: see ``Optimizer/takesMomentum``.
    public var isMomentumFed = false
    /// Nil for none.
    public var average: WeightAverage?
    /// Parameters that stay as they are, and with them the statistics of batch normalisations.
    public var frozen: [PathPattern] = []
    /// Factors on the rate; the first that matches counts.
    public var rateFactors: [RateFactor] = []
    /// A factor on the rate of the last layer, where no other matches.
    public var headRate: Float = 1

    public init() {}
}

/// Which parameters decay.
public enum DecayScope: String, Hashable, Sendable, Codable, CaseIterable {
    /// All of them, as in PyTorch.
    case all
    /// Not those with a single axis: biases, and the scales and shifts of normalisations, as in timm.
    case weights
}

/// A bound on gradients, written `norm:1` or `value:0.5`.
public enum GradientClipping: Hashable, Sendable, CustomStringConvertible {
    /// All gradients together are scaled down to this Euclidean norm where theirs is larger: PyTorch's `clip_grad_norm_`.
    case norm(Float)
    /// Each element is held within ± this: PyTorch's `clip_grad_value_`.
    case value(Float)

    public var description: String {
        switch self {
        case .norm(let limit): "norm:\(limit)"
        case .value(let limit): "value:\(limit)"
        }
    }

    /// Reads what ``description`` writes; a number alone is a norm.
    public init?(parsing text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let limit = parts.last.flatMap({ Float($0) }), limit.isFinite, limit > 0 else { return nil }
        switch (parts.count, parts[0]) {
        case (1, _), (2, "norm"): self = .norm(limit)
        case (2, "value"): self = .value(limit)
        default: return nil
        }
    }
}

/// Which part of an update a step is. Gradients of the parts are added up, and the last part's step makes the update.
public struct StepPart: Hashable, Sendable {
    /// The share of the update's images that are in this step: with it, the parts' mean gradients add up to that of all images.
    public var share: Float
    public var isFirst: Bool
    public var isLast: Bool

    public init(share: Float, isFirst: Bool, isLast: Bool) {
        self.share = share
        self.isFirst = isFirst
        self.isLast = isLast
    }

    /// A step that is an update of its own.
    public static let whole = StepPart(share: 1, isFirst: true, isLast: true)

    /// The part that a step is in an epoch of `images` images.
    ///
    /// - Parameters:
    ///   - place: Images of the epoch that came before.
    ///   - count: Images of the step.
    ///   - imagesOfUpdate: Of every update but the epoch's last, which takes what is left.
    public init(at place: Int, count: Int, imagesOfUpdate: Int, of images: Int) {
        let start = place / imagesOfUpdate * imagesOfUpdate, end = min(start + imagesOfUpdate, images)
        self.init(share: Float(count) / Float(end - start), isFirst: place == start, isLast: place + count == end)
    }
}
