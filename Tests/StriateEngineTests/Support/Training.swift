import StriateEngine
import StriateGraph
import StriateNetworks

/// A whole training step as one graph: forward, mean loss, backward, update.
///
/// Inputs besides the network's own: `labels` and the scalar `rate`. Outputs: `loss`, `correct`.
func trainingGraph(_ network: TracedNetwork, _ descent: GradientDescent = GradientDescent(momentum: 0.875)) throws -> Graph {
    var graph = network.graph
    try graph.appendTraining(of: network.logits, descent)
    return graph
}

extension Graph {
    /// Appends loss, gradients of all parameters, and their updates.
    ///
    /// - Returns: The gradients, by the parameters' names.
    @discardableResult
    mutating func appendTraining(of logits: Value, _ descent: GradientDescent) throws -> [(name: String, value: Value)] {
        let labels = input("labels", .scalar), rate = scalarInput("rate")
        let loss = try batchMean(try softmaxCrossEntropy(logits, labels: labels))
        output("loss", loss)
        output("correct", try batchSum(try top1(logits, labels: labels)))
        let parameters = variables
        let gradients = try differentiate(loss, by: parameters.map(\.value))
        var found = [(name: String, value: Value)]()
        for (parameter, gradient) in zip(parameters, gradients) {
            guard let gradient else { continue }
            found.append((parameter.variable.name, gradient))
            let velocity = descent.momentum == 0
                ? [] : [variable(parameter.variable.name + ".velocity", parameter.variable.shape, role: .optimizerState)]
            let results = try append(descent, [parameter.value, gradient, rate] + velocity)
            for (variable, result) in zip([parameter.value] + velocity, results) { update(variable, to: result) }
        }
        return found
    }
}

extension Program {
    /// Gives every variable numbers of a fixed formula: uniform within 1/√(inputs of a unit), as PyTorch starts.
    func loadHashedWeights(seed: Int = 1) throws {
        var weights = Weights()
        for (index, (variable, _)) in graph.variables.enumerated() where variable.role == .parameter {
            let inputs = variable.shape.rank > 1 ? variable.shape.count / variable.shape[0] : variable.shape.count
            weights[variable.name] = Hashed.tensor(variable.shape, seed: seed * 1000 + index, scale: 1 / Float(inputs).squareRoot())
        }
        try load(weights)
    }
}

/// Bytes and labels for `images` pictures, from a formula.
func hashedImages(_ shape: Shape, images: Int, classes: Int) -> (pixels: Source.Elements, labels: Source.Elements) {
    (
        .bytes((0..<images * shape.count).map { UInt8(truncatingIfNeeded: Hashed.bits($0, seed: 11)) }),
        .bytes((0..<images).map { UInt8(Int(Hashed.bits($0, seed: 12)) % classes) })
    )
}
