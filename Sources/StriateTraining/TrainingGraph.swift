public import StriateGraph

/// The names of what training feeds to a graph and reads from it.
public enum TrainingNames {
    /// Input: the class of each image, a number.
    public static let labels = "labels"
    /// Input: a second class for each image, where images are blended, and the share of the first.
    public static let partners = "partners"
    public static let shares = "shares"
    /// Input: what each image's loss counts for.
    public static let weights = "weights"
    /// Input: the learning rate.
    public static let rate = "rate"
    /// Inputs of steps that are parts of an update: the share of its images that are in the step, what is kept of the gradients so
    /// far (0 in the first part, then 1), and whether the update is made (1 in the last part, else 0).
    public static let share = "share"
    public static let kept = "kept"
    public static let gate = "gate"
    /// Inputs: Adam's `1/(1 − β₁ᵗ)` and `1/√(1 − β₂ᵗ)`.
    public static let meanCorrection = "mean_correction"
    public static let squareCorrection = "square_correction"
    /// Input: the momentum of gradient descent, or Adam's 1 − β₁, where it changes from step to step.
    public static let momentum = "momentum"
    /// Input: the share of the new weights in their average.
    public static let averageShare = "average_share"
    /// The output of a forward graph that training builds on: one number for each class.
    public static let logits = "logits"
    /// Output of a training step: the mean loss of the batch.
    public static let loss = "loss"
    /// Output of a training step: how many images of the batch were classified rightly.
    public static let correct = "correct"
    /// Output of an evaluation: the loss of each image.
    public static let losses = "losses"
    /// Output of an evaluation: for each image 1 where it was classified rightly, else 0.
    public static let hits = "hits"
}

extension Graph {
    /// A whole step of training as one graph: this forward graph, the loss with the labels, the gradients, and the optimiser's
    /// updates of all parameters.
    ///
    /// New inputs are `labels`, `rate` and what else the options need (see ``TrainingNames``); new outputs `loss` (the batch's mean,
    /// auxiliary heads included) and `correct` (a count).
    ///
    /// - Parameters:
    ///   - updates: What is done with gradients and weights beside the optimiser's rule.
    ///   - precision: What convolutions may round their operands to, forward and backward; see ``Graph/allowing(_:)``.
    /// - Throws: ``TrainingError`` where the graph has no output `logits` of one axis, the loss does not suit it, or a pattern matches no
    ///   parameter.
    public func trainingStep(
        optimizer: Optimizer, objective: Objective = Objective(), updates: UpdateOptions = UpdateOptions(), precision: Precision = .float32
    ) throws(TrainingError) -> Graph {
        let paths = variables.filter { $0.variable.role == .parameter }.map(\.variable.name)
        let frozen = try PathPattern.paths(matching: updates.frozen, among: paths, option: "freeze")
        guard frozen.count < paths.count else { throw .options("freeze: the patterns match every parameter; nothing is left to learn") }
        _ = try PathPattern.paths(matching: updates.rateFactors.map(\.pattern), among: paths, option: "rate factors")
        let (forward, ownObjective) = freezing(frozen, objective)
        return try shaped(try forward.trainingStep(optimizer, ownObjective, updates, frozen: frozen)).optimized().allowing(precision)
    }

    /// This graph with frozen batch normalisations, and the objective with its logits in it.
    private func freezing(_ frozen: Set<String>, _ objective: Objective) -> (Graph, Objective) {
        guard !frozen.isEmpty else { return (self, objective) }
        var graph = self, objective = objective
        // Outputs are how a value is found again in a graph that was rewritten.
        let names = objective.auxiliaries.indices.map { "auxiliary.\($0)" }
        for (name, auxiliary) in zip(names, objective.auxiliaries) { graph.output(name, auxiliary.logits) }
        graph = graph.freezingBatchNormalization(of: frozen)
        for (index, name) in names.enumerated() {
            objective.auxiliaries[index].logits = graph.output(named: name) ?? objective.auxiliaries[index].logits
            graph.removeOutput(name)
        }
        return (graph, objective)
    }

    private func trainingStep(
        _ optimizer: Optimizer, _ objective: Objective, _ updates: UpdateOptions, frozen: Set<String>
    ) throws(ShapeError) -> Graph {
        var graph = self
        let logits = try requiredLogits()
        let labels = graph.input(TrainingNames.labels, .scalar)
        _ = graph.scalarInput(TrainingNames.rate)

        graph.path = TrainingNames.loss
        let (loss, losses) = try graph.objectiveLoss(objective, logits: logits, labels: labels)
        let correct = try graph.batchSum(try graph.top1(logits, labels: labels))
        graph.path = ""

        let parameters = graph.variables.filter { $0.variable.role == .parameter && !frozen.contains($0.variable.name) }
        let goal = optimizer.sumsGradients ? try graph.batchSum(losses) : loss
        let gradients = try graph.differentiate(goal, by: parameters.map(\.value))
        let learnt = zip(parameters, gradients).compactMap { parameter, gradient in
            gradient.map { Gradient(variable: parameter.variable, value: parameter.value, gradient: $0) }
        }
        try graph.appendUpdates(by: optimizer, updates, of: learnt, head: graph.headParameters(of: logits))
        graph.output(TrainingNames.loss, loss)
        graph.output(TrainingNames.correct, correct)
        return graph
    }

    /// This forward graph with the loss of each image (`losses`) and whether it was classified rightly (`hits`).
    ///
    /// - Parameter precision: What convolutions may round their operands to; see ``Graph/allowing(_:)``.
    /// - Throws: ``ShapeError`` where the graph has no output `logits` of one axis.
    public func evaluation(loss: Loss = .crossEntropy, precision: Precision = .float32) throws(ShapeError) -> Graph {
        var graph = self
        let logits = try requiredLogits()
        let labels = graph.input(TrainingNames.labels, .scalar)
        graph.path = TrainingNames.loss
        graph.output(TrainingNames.losses, try graph.loss(loss, of: logits, labels: labels))
        graph.output(TrainingNames.hits, try graph.top1(logits, labels: labels))
        graph.path = ""
        return graph.optimized().allowing(precision)
    }

    func requiredLogits() throws(ShapeError) -> Value {
        guard let logits = output(named: TrainingNames.logits) else {
            throw ShapeError("a network to be trained has an output called \(TrainingNames.logits)")
        }
        return logits
    }
}
