import ArgumentParser
import Striate

/// What a model is set to work on.
enum WorkMode: String, ExpressibleByArgument, CaseIterable {
    case train, infer

    /// All of one step, as the network's own recipe has it: the forward graph, and in training loss, gradients and updates.
    func graph(of description: any ModelArchitecture, precision: Precision = .float32) throws -> Graph {
        switch self {
        case .infer: return try description.traced().graph.optimized().allowing(precision)
        case .train:
            let traced = try description.traced(mode: .training), recipe = description.recipe
            let auxiliaries = traced.auxiliaries.map { (logits: $0.value, weight: $0.weight) }
            return try traced.graph.trainingStep(
                optimizer: Optimizer(recipe), objective: Objective(Loss(recipe.loss), auxiliaries: auxiliaries), precision: precision)
        }
    }
}
