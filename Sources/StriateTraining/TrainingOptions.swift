public import StriateData
public import StriateGraph
public import StriateNetworks

/// Everything that decides a training run's result: same options, same data, same build, same bits. Stored as `config.json`.
///
/// Defaults are the tutorials' (10 epochs, batches of 64, rate 0.01 with momentum 0.9); a network's recipe sets its own. Each option but
/// the network's own has one name everywhere: see ``TrainingField``.
public struct TrainingOptions: Hashable, Sendable {
    public enum Rule: String, Hashable, Sendable, Codable, CaseIterable {
        case sgd, adam, adamw, rmsprop, lars, muon
        /// See ``Optimizer/lecunSDLM(damping:)``.
        case lecunSDLM = "lecun-sdlm"
    }

    /// The network's name.
    public var network: String
    /// Its options by name, such as `activation: tanh`.
    public var networkOptions: [String: String] = [:]
    /// The number of classes, where it is not the data's.
    public var classes: Int?
    /// `CxHxW`, where it is not the network's own.
    public var input: String?
    /// A file of weights to start from, instead of the seed's.
    public var initialWeights: String?
    /// The data set's name or path.
    public var data: String
    public var dataDirectory: String?
    /// Only the first so many training images.
    public var limit: Int?
    /// The share of each class that is kept for validation, where the data have no pictures for it; nil for a fifth of data without any parts.
    public var validationShare: Double?
    /// What shows through where pictures are transparent; nil for white.
    public var background: Colour?
    /// What happens to training pictures by chance; nil for nothing.
    public var augmentation: Augmentation?
    public var epochs = 10
    /// Images in a step; the last step of an epoch takes what is left.
    public var batch = 64
    /// Steps whose gradients make an update together: as batches of so many times the images, in the memory of one.
    public var accumulation = 1
    public var rate: Float = 0.01
    public var optimizer = Rule.sgd
    public var momentum: Float = 0.9
    public var weightDecay: Float = 0
    /// Nil for the optimiser's custom.
    public var decayScope: DecayScope?
    public var nesterov = false
    /// Adam's shares of the gradient's means that stay.
    public var beta1 = 0.9
    public var beta2 = 0.999
    /// What keeps a quotient finite; nil for the optimiser's own.
    public var epsilon: Float?
    /// RMSprop's share of the mean square that stays.
    public var alpha = 0.99
    /// Whether RMSprop divides by the standard deviation instead.
    public var isCentered = false
    /// How far LARS lets a layer move, as a share of its weights' norm.
    public var trust: Float = 0.001
    public var schedule = Schedule.constant
    public var clipping: GradientClipping?
    /// What is evaluated and kept instead of the weights themselves.
    public var average: WeightAverage?
    /// The path of a first convolution whose kernels whiten the patches of the training pictures and are not learnt.
    public var whitened: String?
    /// Parameters that are not learnt.
    public var frozen: [PathPattern] = []
    public var rateFactors: [RateFactor] = []
    /// A factor on the rate of the last layer.
    public var headRate: Float = 1
    public var loss = Loss.crossEntropy
    public var labelSmoothing: Float = 0
    public var classWeights: ClassWeights?
    /// The rate of every dropout layer; nil for each one's own.
    public var dropout: Float?
    /// How often the last residual block's branch falls for an image.
    public var stochasticDepth: Float = 0
    /// Whether each epoch visits the images in a new order.
    public var shuffle = true
    public var sampling = ImageSampling.natural
    /// What tells which epoch is the best.
    public var monitor = Monitor.accuracy
    /// Training ends after so many epochs without a better one; nil for never before the last.
    public var patience: Int?
    /// How many of the best epochs' models are kept, beside the best one's own file; nil for none.
    public var keep: Int?
    /// What convolutions and their gradients may round their operands to, in steps and in the validation after each epoch. Weights and
    /// all other numbers are single floats whatever it is.
    public var precision = Precision.float32
    public var seed: UInt64 = 1

    public init(network: String, data: String) {
        self.network = network
        self.data = data
    }

    /// The optimiser that these options describe.
    public var rule: Optimizer {
        switch optimizer {
        case .sgd: .sgd(momentum: momentum, weightDecay: weightDecay, nesterov: nesterov)
        case .adam: .adam(beta1: beta1, beta2: beta2, epsilon: epsilon ?? 1e-8, weightDecay: weightDecay)
        case .adamw: .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon ?? 1e-8, weightDecay: weightDecay)
        case .rmsprop:
            .rmsprop(alpha: alpha, epsilon: epsilon ?? 1e-8, momentum: momentum, centered: isCentered, weightDecay: weightDecay)
        case .lars:
            .lars(momentum: momentum, weightDecay: weightDecay, nesterov: nesterov, trust: trust, epsilon: epsilon ?? 1e-8)
        case .muon: .muon(momentum: Double(momentum), weightDecay: weightDecay, nesterov: nesterov)
        case .lecunSDLM: .lecunSDLM()
        }
    }

    /// What steps do beside the optimiser's rule.
    public var updates: UpdateOptions {
        var updates = UpdateOptions()
        updates.decayScope = decayScope
        updates.clipping = clipping
        updates.accumulation = accumulation
        updates.isMomentumFed = schedule.momentumCycle != nil
        updates.average = average
        updates.frozen = frozen + (whitened.flatMap { PathPattern("\($0).weight") }.map { [$0] } ?? [])
        updates.rateFactors = rateFactors
        updates.headRate = headRate
        return updates
    }

    /// What steps make small, auxiliary heads and class weights aside.
    public var objective: Objective {
        var objective = Objective(loss)
        objective.labelSmoothing = labelSmoothing
        objective.isMixed = augmentation.map { !$0.mixes.isEmpty } ?? false
        return objective
    }

    /// What steps make small, auxiliary heads aside.
    ///
    /// - Parameters:
    ///   - labels: Of the training images: balanced class weights follow their numbers.
    ///   - classes: How many the network tells apart.
    public func objective(labels: [Int32], classes: Int) throws(TrainingError) -> Objective {
        var objective: Objective = self.objective
        objective.classWeights = try classWeights.map { (weights) throws(TrainingError) in
            try weights.numbers(labels: labels, classes: classes)
        }
        return objective
    }

    public var regularization: Regularization { Regularization(dropout: dropout, stochasticDepth: stochasticDepth) }

    /// Sets the rate, momentum and decay that are usual for an optimiser: PyTorch's defaults, but for SGD the tutorials'.
    public mutating func adoptStandards(of optimizer: Rule) {
        self.optimizer = optimizer
        (rate, momentum, weightDecay, nesterov) =
            switch optimizer {
            case .sgd: (0.01, 0.9, 0, false)
            case .adam: (0.001, 0, 0, false)
            case .adamw: (0.001, 0, 0.01, false)
            case .rmsprop: (0.01, 0, 0, false)
            case .lars: (1, 0.9, 1e-4, false)
            case .muon: (0.001, 0.95, 0.1, true)
            case .lecunSDLM: (0.0005, 0, 0, false)
            }
    }

    /// Images of an update.
    public var imagesOfUpdate: Int { batch * accumulation }

    /// Refuses numbers without a meaning.
    ///
    /// - Throws: ``TrainingError/options(_:)`` naming the option and what it can be.
    public func validate() throws(TrainingError) {
        func demand(_ condition: Bool, _ message: String) throws(TrainingError) {
            if !condition { throw .options(message) }
        }
        try demand(epochs >= 1, "epochs: \(epochs) is not a number of epochs; give at least 1")
        try demand(epochs <= 1_000_000, "epochs: \(epochs) is more than a million")
        try demand(batch >= 1, "batch: \(batch) is not a number of images; give at least 1")
        try demand((1...1_000_000).contains(accumulation), "accumulate: \(accumulation) is not a number of steps from 1 to a million")
        try demand(batch <= Int(Int32.max), "batch: \(batch) images are too many")
        try demand(rate.isFinite && rate >= 0, "rate: \(rate) is not a learning rate; give a number from 0 up")
        try demand(momentum.isFinite && (0..<1).contains(momentum), "momentum: \(momentum) is not in 0 ..< 1")
        try demand(weightDecay.isFinite && weightDecay >= 0, "weight decay: \(weightDecay) is not a number from 0 up")
        try demand((0..<1).contains(beta1), "beta1: \(beta1) is not in 0 ..< 1")
        try demand((0..<1).contains(beta2), "beta2: \(beta2) is not in 0 ..< 1")
        try demand((0..<1).contains(alpha), "alpha: \(alpha) is not in 0 ..< 1")
        try demand(epsilon.map { $0.isFinite && $0 > 0 } ?? true, "epsilon: \(epsilon ?? 0) is not a number above 0")
        try demand(trust.isFinite && trust > 0, "trust: \(trust) is not a number above 0")
        try demand((0..<1).contains(labelSmoothing), "label smoothing: \(labelSmoothing) is not in 0 ..< 1")
        try demand(labelSmoothing == 0 || loss == .crossEntropy, "label smoothing: goes with the cross-entropy, not with \(loss)")
        try demand(dropout.map { (0..<1).contains($0) } ?? true, "dropout: \(dropout ?? 0) is not in 0 ..< 1")
        try demand((0..<1).contains(stochasticDepth), "stochastic depth: \(stochasticDepth) is not in 0 ..< 1")
        try demand(headRate.isFinite && headRate >= 0, "head rate: \(headRate) is not a factor from 0 up")
        try demand(!nesterov || momentum > 0, "nesterov: needs a momentum above 0")
        try demand(
            [.sgd, .lars, .muon].contains(optimizer) || !nesterov, "nesterov: \(optimizer.rawValue) does not look ahead; leave it out")
        try demand(
            [.sgd, .rmsprop, .lars, .muon].contains(optimizer) || momentum == 0, "momentum: \(optimizer.rawValue) has none; leave it out")
        try demand(optimizer != .lecunSDLM || weightDecay == 0, "weight decay: \(optimizer.rawValue) has none; leave it out")
        try demand(optimizer != .lecunSDLM || accumulation == 1, "accumulate: \(optimizer.rawValue) makes an update in every step")
        try demand(shuffle || sampling == .natural, "sampling: balanced draws images by chance; leave --no-shuffle out")
        try demand(
            validationShare.map { $0 > 0 && $0 < 1 } ?? true, "val share: \(validationShare ?? 0) is not between 0 and 1; give a share such as 0.2")
        try demand(limit.map { $0 >= 1 } ?? true, "limit: \(limit ?? 0) leaves no images; give at least 1")
        try demand(patience.map { $0 >= 1 } ?? true, "patience: \(patience ?? 0) is not a number of epochs; give at least 1")
        try demand(keep.map { $0 >= 1 } ?? true, "keep: \(keep ?? 0) is not a number of models; give at least 1")
        try demand(
            schedule.momentumCycle == nil || rule.takesMomentum,
            "schedule: the momentum of \(optimizer.rawValue) does not follow a cycle, that of sgd, adam and adamw can")
        if case .warmup(let length, _) = schedule {
            try demand(length < epochs, "schedule: a warm-up of \(length) epochs leaves nothing of \(epochs)")
        }
    }
}
