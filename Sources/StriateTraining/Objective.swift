public import StriateGraph

/// What a training step makes small: a loss of the logits, and its share of the same loss of each auxiliary head.
public struct Objective: Sendable {
    public var loss: Loss
    /// Logits of heads that help training alone, and the weight of each one's loss.
    public var auxiliaries: [(logits: Value, weight: Float)]
    /// ε of label smoothing (Szegedy et al., 2016): this share of each image's target is spread evenly over all classes. For the
    /// cross-entropy alone.
    public var labelSmoothing: Float = 0
    /// What the images of each class count for: the loss is `Σ w·l / Σ w`, PyTorch's mean. Nil for the same.
    public var classWeights: [Float]?
    /// Whether steps take second labels and shares (`PictureBatch.mixing`).
    public var isMixed = false
    /// Whether steps take a weight for each image (`PictureBatch.weights`); the loss is `Σ w·l / Σ w`.
    public var isWeighted = false

    public init(_ loss: Loss = .crossEntropy, auxiliaries: [(logits: Value, weight: Float)] = []) {
        self.loss = loss
        self.auxiliaries = auxiliaries
    }
}

/// What images are labelled with, as values of a graph.
private struct Targets {
    let labels: Value
    /// Second labels and the share of the first.
    var mixing: (partners: Value, shares: Value, rests: Value)?
    /// What each image counts for.
    var weights: Value?
}

extension Graph {
    /// The loss of a batch, a shared scalar, and the loss of each image as it counts in it.
    ///
    /// Adds the inputs that the objective needs beside the labels.
    mutating func objectiveLoss(_ objective: Objective, logits: Value, labels: Value) throws(ShapeError) -> (mean: Value, losses: Value) {
        var targets = Targets(labels: labels)
        if objective.isMixed {
            let shares = input(TrainingNames.shares, .scalar)
            targets.mixing = (input(TrainingNames.partners, .scalar), shares, try affine(shares, scale: [-1], offset: [1]))
        }
        if objective.isWeighted { targets.weights = input(TrainingNames.weights, .scalar) }
        if let weights = objective.classWeights {
            try require(
                self[logits].shape.count == weights.count,
                "\(weights.count) class weights do not fit \(self[logits].shape.count) classes")
        }

        var losses = try targetLoss(objective, logits, targets)
        for (auxiliary, weight) in objective.auxiliaries {
            losses = try add(losses, try multiply(try targetLoss(objective, auxiliary, targets), by: weight))
        }
        guard let counts = try imageWeights(objective, logits, targets) else { return (try batchMean(losses), losses) }
        if let weights = targets.weights { losses = try arithmetic(.multiply, losses, weights) }
        return (try arithmetic(.divide, try batchSum(losses), try batchSum(counts)), losses)
    }

    /// The loss of each image with its class's weight, not its own: that of both labels, each with its share.
    private mutating func targetLoss(_ objective: Objective, _ logits: Value, _ targets: Targets) throws(ShapeError) -> Value {
        let own = try labelLoss(objective, logits, labels: targets.labels)
        guard let mixing = targets.mixing else { return own }
        return try blended(own, try labelLoss(objective, logits, labels: mixing.partners), mixing.shares, mixing.rests)
    }

    private mutating func blended(_ a: Value, _ b: Value, _ share: Value, _ rest: Value) throws(ShapeError) -> Value {
        try add(try arithmetic(.multiply, a, share), try arithmetic(.multiply, b, rest))
    }

    private mutating func labelLoss(_ objective: Objective, _ logits: Value, labels: Value) throws(ShapeError) -> Value {
        let loss = try self.loss(objective.loss, of: logits, labels: labels), smoothing = objective.labelSmoothing
        var weighted = loss
        if let weights = objective.classWeights {
            weighted = try arithmetic(.multiply, loss, try classWeight(weights, logits, labels: labels))
        }
        guard smoothing > 0 else { return weighted }
        try require(objective.loss == .crossEntropy, "label smoothing goes with the cross-entropy, not with \(objective.loss)")
        // log Σ eᶻ, with which the loss of every class is known.
        let total = try add(loss, try labelLogit(logits, labels: labels))
        let classes = Float(self[logits].shape.count), weights = objective.classWeights ?? [1]
        let mass = objective.classWeights?.reduce(0, +) ?? classes
        let sum = try reduce(.sum, try affine(logits, scale: weights, offset: weights.map { _ in 0 }), axes: [0])
        let spread = try arithmetic(.subtract, try multiply(total, by: mass), sum)
        return try add(try multiply(weighted, by: 1 - smoothing), try multiply(spread, by: smoothing / classes))
    }

    /// What each image counts for in the sum that losses are divided by; nil where all count for the same.
    private mutating func imageWeights(_ objective: Objective, _ logits: Value, _ targets: Targets) throws(ShapeError) -> Value? {
        guard let weights = objective.classWeights else { return targets.weights }
        var counts = try classWeight(weights, logits, labels: targets.labels)
        if let mixing = targets.mixing {
            counts = try blended(counts, try classWeight(weights, logits, labels: mixing.partners), mixing.shares, mixing.rests)
        }
        return try targets.weights.map { (own) throws(ShapeError) in try arithmetic(.multiply, counts, own) } ?? counts
    }

    /// The weight of each image's class. (Looked up among logits that are the weights.)
    private mutating func classWeight(_ weights: [Float], _ logits: Value, labels: Value) throws(ShapeError) -> Value {
        try labelLogit(try affine(logits, scale: weights.map { _ in 0 }, offset: weights), labels: labels)
    }

    private func require(_ condition: Bool, _ message: String) throws(ShapeError) {
        if !condition { throw ShapeError(message) }
    }
}
