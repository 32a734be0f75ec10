public import StriateData
public import StriateEngine
public import StriateFormats
public import StriateGraph
public import StriateNetworks

/// A network with its optimiser, compiled and ready to learn. It holds no policy: how often, in which order, at which rate
/// is up to the loop that calls it.
///
///     let network = try TracedNetwork(LeNet5(), preprocessing: preprocessing)
///     let trainer = try Trainer(network, seed: 1, optimizer: .sgd(momentum: 0.9), batch: 64, engine: LaneEngine())
///     for epoch in 1...10 {
///         let order = Shuffle.permutation(of: train.count, seed: 1, epoch: epoch)
///         print(try trainer.train(on: train, order: order, rate: 0.01).loss)
///     }
///     print(try trainer.evaluate(on: test).accuracy)
///     try trainer.save(to: "lenet5.safetensors", as: model)
public final class Trainer {
    /// The most images in a step.
    public let batch: Int
    /// The whole training step.
    public let program: any Program
    private let input: PictureInput
    private let inference: Graph
    private let engine: any Engine
    private let optimizer: Optimizer
    private let objective: Objective
    private let updateOptions: UpdateOptions
    /// The numbers that the step's graph takes.
    private let numberNames: Set<String>
    private var evaluator: Evaluator?
    private var estimator: CurvatureEstimator?
    /// Steps made so far. With the seed it decides what chance does in a step (dropout), so a resumed training sets it.
    public var steps = 0
    /// Updates made so far, one for each step unless gradients accumulate. Some optimisers and averages follow it, so a resumed training
    /// sets it.
    public var updates = 0
    /// What chance follows from.
    public let seed: UInt64
    /// What convolutions and their gradients may round their operands to, in steps and in ``evaluate(on:)``: mixed precision. The
    /// weights, sums, statistics and second derivatives are single floats whatever it is.
    public let precision: Precision

    /// - Parameters:
    ///   - forward: From an input of pictures to an output `logits`; see ``Graph/trainingStep(optimizer:)``.
    ///   - inference: The graph to evaluate with, where it is another than `forward`: same parameters, same outputs.
    ///   - weights: What the parameters and running statistics start from, all of them.
    ///   - seed: What chance (dropout) follows from.
    ///   - updates: What a step does beside the optimiser's rule.
    ///   - batch: The most images in a step, at least 1.
    ///   - precision: See ``precision``.
    /// - Throws: ``TrainingError`` where the graph cannot be trained or the weights do not fit it.
    public init(
        _ forward: Graph, inference: Graph? = nil, weights: Weights, seed: UInt64 = 1, optimizer: Optimizer,
        objective: Objective = Objective(), updates: UpdateOptions = UpdateOptions(), batch: Int, precision: Precision = .float32,
        engine: any Engine
    ) throws(TrainingError) {
        guard batch >= 1 else { throw .options("batch: \(batch) is not a number of images; give at least 1") }
        let step = try forward.trainingStep(optimizer: optimizer, objective: objective, updates: updates, precision: precision)
        self.batch = batch
        self.engine = engine
        self.inference = inference ?? forward
        self.optimizer = optimizer
        self.seed = seed
        self.precision = precision
        self.objective = objective
        updateOptions = updates
        numberNames = Set(step.inputs.filter { !step[$0.value].isBatched }.map(\.name))
        input = try PictureInput(of: forward)
        program = try computed(try engine.compile(step, batch: batch))
        try load(weights)
    }

    /// A trainer for a network, with the initial weights of `seed` unless others are given.
    ///
    /// - Parameters:
    ///   - inference: The same network traced for inference, where that is another graph (batch normalisation, dropout).
    ///   - objective: Without auxiliary heads, which are the network's.
    ///   - updates: What a step does beside the optimiser's rule.
    ///   - precision: See ``precision``.
    public convenience init(
        _ network: TracedNetwork, inference: TracedNetwork? = nil, weights: Weights? = nil, seed: UInt64, optimizer: Optimizer,
        objective: Objective = Objective(), updates: UpdateOptions = UpdateOptions(), batch: Int, precision: Precision = .float32,
        engine: any Engine
    ) throws(TrainingError) {
        var objective = objective
        objective.auxiliaries = network.auxiliaries.map { (logits: $0.value, weight: $0.weight) }
        try self.init(
            network.graph, inference: inference?.graph, weights: weights ?? network.initialWeights(seed: seed), seed: seed,
            optimizer: optimizer, objective: objective, updates: updates, batch: batch, precision: precision, engine: engine)
    }

    // MARK: - Weights

    /// The parameters and running statistics, or their averages where such are kept: what is evaluated, and what a model file holds.
    public var weights: Weights {
        let variables = program.variables
        var weights = Weights()
        for (variable, _) in program.graph.variables where variable.role != .optimizerState {
            weights[variable.name] = variables[Optimizer.averagePrefix + variable.name] ?? variables[variable.name]
        }
        return weights
    }

    /// A parameter or running statistic as the last step left it; nil where there is none of this path.
    public func learntTensor(at path: String) -> Tensor? { program.variable(path) }

    /// The parameters and running statistics as the last step left them.
    public var learntWeights: Weights {
        program.variables.only(program.graph.variables.filter { $0.variable.role != .optimizerState }.map(\.variable.name))
    }

    /// The parameters, running statistics and the optimiser's state: all that must be known to go on exactly.
    public var state: Weights { program.variables }

    /// The shapes of all of ``state``, by path.
    public var stateShapes: [(path: String, shape: Shape)] { program.graph.variables.map { ($0.variable.name, $0.variable.shape) } }

    /// Sets the parameters and running statistics, and what is averaged of them; the optimiser's other state stays as it is.
    ///
    /// - Throws: ``TrainingError`` naming the tensors that are missing, left over or of another shape; nothing is set then.
    public func load(_ weights: Weights) throws(TrainingError) {
        let expected = program.graph.variables.filter { $0.variable.role != .optimizerState }.map { ($0.variable.name, $0.variable.shape) }
        var matched = try filed(try weights.matched(to: expected, from: "the weights"))
        for (variable, _) in program.graph.variables where variable.name.hasPrefix(Optimizer.averagePrefix) {
            matched[variable.name] = matched[String(variable.name.dropFirst(Optimizer.averagePrefix.count))]
        }
        try computed(try program.load(matched))
    }

    /// Sets the whole ``state``.
    ///
    /// - Parameter source: What errors call the place where the tensors came from.
    public func restore(_ state: Weights, from source: String) throws(TrainingError) {
        let matched = try filed(try state.matched(to: stateShapes, from: source))
        try computed(try program.load(matched))
    }

    /// Writes ``weights`` as a model file, whole or not at all.
    public func save(to path: String, as model: ModelMetadata) throws(TrainingError) {
        try filed(try ModelFile(model, weights: weights).write(to: path))
    }

    // MARK: - Learning

    /// One step: forward, loss, backward, update.
    ///
    /// - Parameters:
    ///   - images: At most ``batch`` of them.
    ///   - momentum: In the place of the optimiser's own momentum or β₁, where ``UpdateOptions/isMomentumFed``; else it does not count.
    ///   - part: Which part of an update the step is, where gradients accumulate.
    /// - Throws: ``TrainingError``, also where the images do not fit the network.
    @discardableResult
    public func step(
        on images: PictureBatch, rate: Float, momentum: Double? = nil, part: StepPart = .whole
    ) throws(TrainingError) -> StepResult {
        var feed = try input.feed(images, for: objective)
        feed.scalars[TrainingNames.rate] = rate
        feed.seed = SeededGenerator.draw(seed: seed, stream: UInt64(truncatingIfNeeded: steps))
        return try step(feed, momentum: momentum, part: part)
    }

    /// One step on a feed of the caller's own making: the network's inputs, `labels`, and the scalar `rate`. Other numbers that the
    /// optimiser needs are added.
    @discardableResult
    public func step(_ feed: Feed, momentum: Double? = nil, part: StepPart = .whole) throws(TrainingError) -> StepResult {
        var feed = feed
        for (name, number) in numbers(of: part, momentum: momentum) where numberNames.contains(name) { feed.scalars[name] = number }
        try computed(try program.run(feed))
        steps += 1
        if part.isLast { updates += 1 }
        let loss = program.output(TrainingNames.loss).values[0], correct = program.output(TrainingNames.correct).values[0]
        // A count, in a float: exact up to 2²⁴ images.
        return StepResult(images: feed.count, loss: loss, correct: Int(exactly: correct.rounded()) ?? 0)
    }

    /// What a step is fed beside the rate.
    private func numbers(of part: StepPart, momentum: Double?) -> [String: Float] {
        guard numberNames.count > 1 else { return [:] }
        var numbers = optimizer.numbers(atUpdate: updates + 1, momentum: momentum)
        numbers[TrainingNames.share] = part.share
        numbers[TrainingNames.kept] = part.isFirst ? 0 : 1
        numbers[TrainingNames.gate] = part.isLast ? 1 : 0
        if let average = updateOptions.average { numbers[TrainingNames.averageShare] = part.isLast ? Float(average.share(atUpdate: updates + 1)) : 0 }
        return numbers
    }

    /// One epoch: steps over all images once.
    ///
    /// - Parameters:
    ///   - order: The numbers of the images in the order in which they are visited; nil for their own.
    ///   - progress: Called after each step with the sums so far.
    /// - Throws: ``TrainingError``. It is ``TrainingError/diverged(epoch:step:loss:rate:)`` (with epoch 0) once the loss is no longer finite.
    @discardableResult
    public func train(
        on images: ImageSet, order: [Int]? = nil, rate: Float, progress: (Totals) -> Void = { _ in }
    ) throws(TrainingError) -> Totals {
        let order = order ?? Array(0..<images.count)
        let images = PictureLoader(images)
        try estimateCurvature(on: images, order: Array(order.prefix(CurvatureEstimator.images)))
        var totals = Totals()
        let stream = images.batches(of: batch, order: order)
        var place = 0
        while let images = try loaded(try stream.next()) {
            let part = StepPart(
                at: place, count: stream.place - place, imagesOfUpdate: batch * updateOptions.accumulation, of: order.count)
            place = stream.place
            let result = try step(on: images, rate: rate, part: part)
            totals.add(result)
            guard result.loss.isFinite else { throw .diverged(epoch: 0, step: totals.steps, loss: result.loss, rate: rate) }
            progress(totals)
        }
        return totals
    }

    /// Estimates the second derivatives that some optimisers divide by, from the parameters as they are now; others need none.
    ///
    /// - Parameters:
    ///   - order: The images to learn from, by number: ``CurvatureEstimator/images`` of them are the custom.
    ///   - epoch: What chance in the loader follows from.
    public func estimateCurvature(on images: PictureLoader, order: [Int], epoch: Int = 0) throws(TrainingError) {
        guard optimizer.needsCurvature else { return }
        let estimator: CurvatureEstimator
        if let known = self.estimator { estimator = known } else {
            estimator = try CurvatureEstimator(inference, loss: objective.loss, engine: engine)
            self.estimator = estimator
        }
        let estimates = try estimator.estimate(learntWeights, on: images, order: order, epoch: epoch)
        try computed(try program.load(estimates))
    }

    // MARK: - Testing

    /// How well the parameters as they are now classify images.
    public func evaluate(on images: ImageSet) throws(TrainingError) -> Evaluation { try evaluate(on: PictureLoader(images)) }

    /// How well the parameters as they are now classify the pictures of a loader, which must not be changed by chance.
    ///
    /// - Parameter observe: Takes each image once it is classified.
    public func evaluate(on images: PictureLoader, observe: (ClassifiedImage) -> Void = { _ in }) throws(TrainingError) -> Evaluation {
        let weights = self.weights
        if let evaluator {
            try evaluator.load(weights)
            return try evaluator.evaluate(on: images, observe: observe)
        }
        let evaluator = try Evaluator(
            inference, weights: weights, loss: objective.loss, batch: max(batch, input.evaluationBatch), precision: precision, engine: engine)
        self.evaluator = evaluator
        return try evaluator.evaluate(on: images, observe: observe)
    }
}
