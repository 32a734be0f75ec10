public import StriateData
public import StriateEngine
import StriateFormats
public import StriateGraph

/// A network compiled to be tested: logits and loss of each image, no gradients.
public final class Evaluator {
    public let program: any Program
    private let input: PictureInput

    /// - Parameters:
    ///   - forward: From an input of pictures to an output `logits`.
    ///   - weights: All parameters.
    ///   - loss: What each image's loss is.
    ///   - batch: The most images in a run; nil for a number that suits the pictures' size. Results do not depend on it.
    ///   - precision: What convolutions may round their operands to.
    /// - Throws: ``TrainingError`` where the weights do not fit the graph, or the engine lacks an operation.
    public init(
        _ forward: Graph, weights: Weights, loss: Loss = .crossEntropy, batch: Int? = nil, precision: Precision = .float32, engine: any Engine
    ) throws(TrainingError) {
        let input = try PictureInput(of: forward)
        let graph = try shaped(try forward.evaluation(loss: loss, precision: precision))
        self.input = input
        program = try computed(try engine.compile(graph, batch: batch ?? input.evaluationBatch))
        try load(weights)
    }

    /// Sets the parameters and running statistics; those that the graph does not have, such as auxiliary heads', are left aside.
    public func load(_ weights: Weights) throws(TrainingError) {
        let expected = program.graph.variables.map { ($0.variable.name, $0.variable.shape) }
        let matched = try filed(try weights.only(expected.map(\.0)).matched(to: expected, from: "the weights"))
        try computed(try program.load(matched))
    }

    /// Classifies all images of a set; see ``evaluate(on:observe:progress:)``.
    public func evaluate(
        on images: ImageSet, progress: (Int) throws(TrainingError) -> Void = { _ in }
    ) throws(TrainingError) -> Evaluation {
        try evaluate(on: PictureLoader(images), progress: progress)
    }

    /// Classifies all pictures of a loader, in their order. Those that cannot be read do not count.
    ///
    /// - Parameters:
    ///   - observe: Takes each image once it is classified.
    ///   - progress: Called after each run with the number of images done; what it throws ends the test.
    /// - Throws: ``TrainingError``, also where an image's loss is not a number.
    public func evaluate(
        on images: PictureLoader, observe: (ClassifiedImage) -> Void = { _ in },
        progress: (Int) throws(TrainingError) -> Void = { _ in }
    ) throws(TrainingError) -> Evaluation {
        var tally = Tally(classes: input.classes), count = 0
        let stream = images.batches(of: program.batch)
        while let batch = try loaded(try stream.next()) {
            let feed = try input.feed(batch)
            try computed(try program.run(feed))
            let logits = program.output(TrainingNames.logits).values, losses = program.output(TrainingNames.losses).values
            for (place, (row, number)) in zip(batch.rows, batch.numbers).enumerated() {
                guard losses[place].isFinite else {
                    throw .data("image \(count + place): its loss is \(losses[place]); the network's weights are damaged or too large")
                }
                let image = ClassifiedImage(
                    place: count + place, number: number, label: Int(batch.labels[row]),
                    logits: logits[place * input.classes..<(place + 1) * input.classes], loss: losses[place], batch: batch, row: row)
                tally.add(image)
                observe(image)
            }
            count += batch.count
            try progress(count)
        }
        guard count > 0 else { throw .data("there are no images") }
        return tally.evaluation
    }
}
