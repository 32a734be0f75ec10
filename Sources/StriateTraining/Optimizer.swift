public import StriateGraph

/// The rule by which parameters follow their gradients.
public enum Optimizer: Hashable, Sendable {
    /// Stochastic gradient descent by PyTorch's rule; see ``GradientDescent``.
    ///
    /// - `momentum`: the share of the velocity that is kept from step to step; 0 for none.
    /// - `weightDecay`: this times the parameter joins its gradient, for biases too, as in PyTorch.
    /// - `nesterov`: looks one step of the velocity ahead; needs momentum.
    case sgd(momentum: Float = 0, weightDecay: Float = 0, nesterov: Bool = false)

    /// What the paths of the rule's own state begin with, as in `optimizer.momentum.conv1.weight`.
    public static let momentumPrefix = "optimizer.momentum."
}

extension Graph {
    /// Appends the optimiser's updates: what every parameter takes once a step is done.
    ///
    /// The optimiser's own variables have the role ``Variable/Role/optimizerState`` and start from zero.
    /// - Parameters:
    ///   - parameters: The variables with the gradients of the loss; nil leaves one as it is.
    ///   - rate: The learning rate, a shared scalar.
    public mutating func appendUpdates(
        by optimizer: Optimizer, of parameters: [(variable: Variable, value: Value, gradient: Value?)], rate: Value
    ) throws(ShapeError) {
        let enclosing = path
        defer { path = enclosing }
        for (variable, value, gradient) in parameters {
            guard let gradient else { continue }
            path = "optimizer.\(variable.name)"
            switch optimizer {
            case .sgd(let momentum, let weightDecay, let nesterov):
                let rule = GradientDescent(momentum: momentum, weightDecay: weightDecay, isNesterov: nesterov)
                guard momentum != 0 else {
                    update(value, to: try append(rule, [value, gradient, rate])[0])
                    continue
                }
                let velocity = self.variable(Optimizer.momentumPrefix + variable.name, variable.shape, role: .optimizerState)
                let results = try append(rule, [value, gradient, rate, velocity])
                update(value, to: results[0])
                update(velocity, to: results[1])
            }
        }
    }
}
