import StriateData
import StriateEngine
import StriateGraph

/// How pictures and labels enter a graph.
struct PictureInput {
    let name: String
    let shape: Shape
    /// How many classes the graph tells apart.
    let classes: Int

    init(of forward: Graph) throws(TrainingError) {
        let pictures = forward.inputs.filter { forward[$0.value].isBatched && forward[$0.value].shape.rank == 3 }
        guard pictures.count == 1, let logits = forward.output(named: TrainingNames.logits) else {
            throw .shape(ShapeError("a network to be trained has one input of pictures and an output called \(TrainingNames.logits)"))
        }
        name = pictures[0].name
        shape = forward[pictures[0].value].shape
        classes = forward[logits].shape.count
    }

    /// Images whose inputs fill about 16 MiB, between 16 and 512: enough for many cores, little enough for large pictures.
    var evaluationBatch: Int { min(512, max(16, (1 << 22) / max(1, shape.count))) }

    /// The feed of a batch; nothing is copied.
    func feed(_ batch: PictureBatch) throws(TrainingError) -> Feed {
        guard batch.count > 0 else { throw .data("there are no images") }
        guard batch.shape == shape else {
            throw .data("the images are \(batch.shape), but the network takes \(shape); fit them to it first")
        }
        guard batch.classCount <= classes else {
            throw .data("the images have \(batch.classCount) classes, but the network tells \(classes) apart")
        }
        return Feed(
            count: batch.count,
            inputs: [
                name: Source(.bytes(batch.pixels), rows: batch.rows),
                TrainingNames.labels: Source(.integers(batch.labels), rows: batch.rows),
            ])
    }

    /// The feed of a training step: with second labels, shares and weights where the step takes them.
    func feed(_ batch: PictureBatch, for objective: Objective) throws(TrainingError) -> Feed {
        var feed = try feed(batch)
        guard objective.isMixed || batch.mixing == nil, objective.isWeighted || batch.weights == nil else {
            throw .data("the images are blended or weighted, but the trainer was made for others; say so in its objective")
        }
        let count = batch.count
        if objective.isMixed {
            // An image that was not blended has its own class alone.
            let mixing = batch.mixing ?? .init(partners: batch.rows.map { batch.labels[$0] }, shares: Array(repeating: 1, count: count))
            feed.inputs[TrainingNames.partners] = Source(.integers(mixing.partners), first: count)
            feed.inputs[TrainingNames.shares] = Source(.floats(mixing.shares), first: count)
        }
        if objective.isWeighted {
            let weights = batch.weights ?? Array(repeating: 1, count: count)
            feed.inputs[TrainingNames.weights] = Source(.floats(weights), first: count)
        }
        return feed
    }
}
