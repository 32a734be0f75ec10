public import StriateGraph

/// The rule by which parameters follow their gradients.
public enum Optimizer: Hashable, Sendable {
    /// Stochastic gradient descent by PyTorch's rule; see ``GradientDescent``.
    ///
    /// - `momentum`: the share of the velocity that is kept from step to step; 0 for none.
    /// - `weightDecay`: this times the parameter joins its gradient, for biases too, as in PyTorch.
    /// - `nesterov`: looks one step of the velocity ahead; needs momentum.
    case sgd(momentum: Float = 0, weightDecay: Float = 0, nesterov: Bool = false)

    /// Stochastic diagonal Levenberg–Marquardt (LeCun et al., 1998, section III and appendix C): each parameter moves by
    /// `rate/(damping + h)` times its gradient, h the mean over some images of its second derivative; see ``CurvatureEstimator``.
    ///
    /// The gradients of a batch are added up, not averaged: a batch of one is the paper's pattern by pattern, and a larger one makes the
    /// same steps at once.
    case lecunSDLM(damping: Float = 0.02)

    /// What the paths of the rules' own state begin with, as in `optimizer.momentum.conv1.weight`.
    public static let momentumPrefix = "optimizer.momentum."
    public static let curvaturePrefix = "optimizer.curvature."

    /// Whether the rule's steps are for the sum of the images' losses instead of their mean.
    var sumsGradients: Bool { if case .lecunSDLM = self { true } else { false } }

    /// Whether second derivatives have to be estimated before each epoch.
    public var needsCurvature: Bool { if case .lecunSDLM = self { true } else { false } }
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
            case .lecunSDLM(let damping):
                let curvature = self.variable(Optimizer.curvaturePrefix + variable.name, variable.shape, role: .optimizerState)
                let rule = LevenbergMarquardt(damping: damping)
                update(value, to: try append(rule, [value, gradient, rate, curvature])[0])
            }
        }
    }
}
