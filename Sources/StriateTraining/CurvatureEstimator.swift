public import StriateData
public import StriateEngine
import StriateFormats
public import StriateGraph

/// Estimates each parameter's second derivative of the loss by the Gauss–Newton rule, for ``Optimizer/lecunSDLM(damping:)``
/// (LeCun et al., 1998, eqs. 23 to 27): the mean over some images of the sum over the parameter's connections.
public final class CurvatureEstimator {
    /// How many images an estimate is made from, as in the paper.
    public static let images = 500

    private let program: any Program
    private let input: PictureInput
    private let paths: [String]

    /// - Parameters:
    ///   - forward: The inference graph, from an input of pictures to an output `logits`.
    /// - Throws: ``TrainingError`` naming the first operation that has no rule for second derivatives.
    public init(_ forward: Graph, loss: Loss, engine: any Engine) throws(TrainingError) {
        input = try PictureInput(of: forward)
        let graph = try shaped(try forward.curvatureEstimate(loss: loss))
        paths = graph.outputs.map(\.name).filter { $0.hasPrefix(Optimizer.curvaturePrefix) }
        program = try computed(try engine.compile(graph, batch: min(CurvatureEstimator.images, input.evaluationBatch)))
    }

    /// The estimates for the parameters as they are in `weights`, by ``Optimizer/curvaturePrefix`` and the parameter's path.
    ///
    /// - Parameters:
    ///   - order: The images, by number.
    ///   - epoch: What chance in the loader follows from.
    public func estimate(_ weights: Weights, on images: PictureLoader, order: [Int], epoch: Int = 0) throws(TrainingError) -> Weights {
        try computed(try program.adopt(weights))
        var sums = [String: [Double]](), count = 0
        let stream = images.batches(of: program.batch, order: order, epoch: epoch)
        while let batch = try loaded(try stream.next()) {
            count += batch.count
            var feed = try input.feed(batch)
            feed.inputs[TrainingNames.labels] = nil
            try computed(try program.run(feed))
            for path in paths {
                let part = program.output(path).values.map(Double.init)
                sums[path] = sums[path].map { zip($0, part).map(+) } ?? part
            }
        }
        var estimates = Weights()
        for path in paths {
            let shape = program.output(path).shape
            estimates[path] = Tensor(shape, (sums[path] ?? []).map { Float($0 / Double(count)) })
        }
        return estimates
    }
}

extension Graph {
    /// This forward graph with an output for each parameter: the sum over the batch of its second derivatives of the loss.
    public func curvatureEstimate(loss: Loss) throws(ShapeError) -> Graph {
        var graph = self
        let (value, curvature) = try graph.curvature(of: loss, logits: try requiredLogits())
        let parameters = variables.filter { $0.variable.role == .parameter }
        let sums = try graph.secondDerivatives(from: value, curvature, by: parameters.map(\.value))
        for (parameter, sum) in zip(parameters, sums) {
            if let sum { graph.output(Optimizer.curvaturePrefix + parameter.variable.name, sum) }
        }
        return graph.optimized()
    }
}
