import StriateEngine
import StriateGraph
import StriateNetworks

/// A model that tells the score of one class, and how steeply it rises with a value of the model's graph.
final class ScoreProgram {
    private let program: any Program
    private let shape: Shape
    private let hasValues: Bool

    private enum Name {
        static let target = "class"
        static let score = "score"
        static let values = "values"
        static let slopes = "slopes"
    }

    /// - Parameters:
    ///   - value: What the score is differentiated by: a layer's result, or the network's input.
    ///   - batch: The most pictures in a run.
    /// - Throws: ``InsightError`` where the score does not depend on the value, ``EngineError`` where the graph cannot be run.
    init(_ network: TracedNetwork, slopesBy value: Value, called name: String, weights: Weights, batch: Int, engine: any Engine) throws {
        var graph = network.graph
        let target = graph.input(Name.target, .scalar), score = try graph.labelLogit(network.logits, labels: target)
        // Each picture's score depends on that picture alone: the slope of the sum is the slope of each.
        guard let slopes = try graph.differentiate(graph.batchSum(score), by: [value])[0] else {
            throw InsightError("the answer does not depend on \(name)")
        }
        graph.removeOutput(TracedNetwork.outputName)
        graph.output(Name.score, score)
        graph.output(Name.slopes, slopes)
        hasValues = value != network.input
        if hasValues { graph.output(Name.values, value) }
        shape = graph[network.input].shape
        program = try engine.compile(graph.optimized(), batch: batch)
        try program.adopt(weights)
    }

    /// - Parameter pixels: Picture after picture, levels of 0…255.
    func run(_ pixels: [Float], target: Int) throws -> Result {
        let count = pixels.count / shape.count
        try program.run(Feed(count: count, inputs: [
            TracedNetwork.pixelsName: Source(.floats(pixels), first: count),
            Name.target: Source(.integers([Int32(target)]), rows: Array(repeating: 0, count: count)[...]),
        ]))
        return Result(
            scores: program.output(Name.score).values, slopes: program.output(Name.slopes).values,
            values: hasValues ? program.output(Name.values).values : pixels)
    }

    /// One after another for each picture.
    struct Result {
        let scores: [Float]
        let slopes: [Float]
        /// What was differentiated by.
        let values: [Float]
    }
}
