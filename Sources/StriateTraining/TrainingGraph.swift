public import StriateGraph

/// The names of what training feeds to a graph and reads from it.
public enum TrainingNames {
    /// Input: the class of each image, a number.
    public static let labels = "labels"
    /// Input: the learning rate.
    public static let rate = "rate"
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

/// What a training step makes small: a loss of the logits, and its share of the same loss of each auxiliary head.
public struct Objective: Sendable {
    public var loss: Loss
    /// Logits of heads that help training alone, and the weight of each one's loss.
    public var auxiliaries: [(logits: Value, weight: Float)]

    public init(_ loss: Loss = .crossEntropy, auxiliaries: [(logits: Value, weight: Float)] = []) {
        self.loss = loss
        self.auxiliaries = auxiliaries
    }
}

extension Graph {
    /// A whole step of training as one graph: this forward graph, the loss with the labels, the gradients, and the optimiser's
    /// updates of all parameters.
    ///
    /// New inputs are `labels` and `rate`; new outputs `loss` (the batch's mean, auxiliary heads included) and `correct` (a count).
    ///
    /// - Parameter precision: What convolutions may round their operands to, forward and backward; see ``Graph/allowing(_:)``.
    /// - Throws: ``ShapeError`` where the graph has no output `logits` of one axis, or the loss does not suit it.
    public func trainingStep(
        optimizer: Optimizer, objective: Objective = Objective(), precision: Precision = .float32
    ) throws(ShapeError) -> Graph {
        var graph = self
        let logits = try requiredLogits()
        let labels = graph.input(TrainingNames.labels, .scalar)
        let rate = graph.scalarInput(TrainingNames.rate)

        graph.path = TrainingNames.loss
        var losses = try graph.loss(objective.loss, of: logits, labels: labels)
        for (auxiliary, weight) in objective.auxiliaries {
            let own = try graph.loss(objective.loss, of: auxiliary, labels: labels)
            losses = try graph.add(losses, try graph.multiply(own, by: weight))
        }
        let loss = try graph.batchMean(losses)
        let correct = try graph.batchSum(try graph.top1(logits, labels: labels))
        graph.path = ""

        let parameters = graph.variables.filter { $0.variable.role == .parameter }
        let goal = optimizer.sumsGradients ? try graph.batchSum(losses) : loss
        let gradients = try graph.differentiate(goal, by: parameters.map(\.value))
        try graph.appendUpdates(
            by: optimizer, of: zip(parameters, gradients).map { ($0.variable, $0.value, $1) }, rate: rate)
        graph.output(TrainingNames.loss, loss)
        graph.output(TrainingNames.correct, correct)
        return graph.optimized().allowing(precision)
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
