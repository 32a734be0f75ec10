import Foundation
import StriateGraph

/// The rule by which parameters follow their gradients.
public enum Optimizer: Hashable, Sendable {
    /// Stochastic gradient descent by PyTorch's rule; see ``GradientDescent``.
    ///
    /// - `momentum`: the share of the velocity that is kept from step to step; 0 for none.
    /// - `weightDecay`: this times the parameter joins its gradient.
    /// - `nesterov`: looks one step of the velocity ahead; needs momentum.
    case sgd(momentum: Float = 0, weightDecay: Float = 0, nesterov: Bool = false)

    /// Adam by PyTorch's rule, its decay part of the gradient; see ``StriateGraph/Adam``.
    case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)

    /// Adam with decoupled decay: each step takes `rate·weightDecay` of a parameter away.
    case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)

    /// RMSprop by PyTorch's rule; see ``RMSProp``.
    case rmsprop(alpha: Double = 0.99, epsilon: Float = 1e-8, momentum: Float = 0, centered: Bool = false, weightDecay: Float = 0)

    /// Stochastic diagonal Levenberg–Marquardt (LeCun et al., 1998, section III and appendix C): each parameter moves by
    /// `rate/(damping + h)` times its gradient, h the mean over some images of its second derivative; see ``CurvatureEstimator``.
    ///
    /// The gradients of a batch are added up, not averaged: a batch of one is the paper's pattern by pattern, and a larger one makes the
    /// same steps at once.
    case lecunSDLM(damping: Float = 0.02)

    /// What the paths of the rules' own state begin with, as in `optimizer.momentum.conv1.weight`.
    public static let momentumPrefix = "optimizer.momentum."
    public static let curvaturePrefix = "optimizer.curvature."
    /// Of gradients that are added up, and of averaged weights and statistics.
    public static let gradientPrefix = "optimizer.gradient."
    public static let averagePrefix = "optimizer.average."

    /// Which parameters decay unless it is said: all by the rules to which the decay is part of the gradient, as ever; weights alone by
    /// the newer rules.
    public var decayScope: DecayScope {
        switch self {
        case .sgd, .adam, .rmsprop, .lecunSDLM: .all
        case .adamW: .weights
        }
    }

    /// Whether the rule's steps are for the sum of the images' losses instead of their mean.
    var sumsGradients: Bool { if case .lecunSDLM = self { true } else { false } }

    /// Whether second derivatives have to be estimated before each epoch.
    public var needsCurvature: Bool { if case .lecunSDLM = self { true } else { false } }

    /// The numbers that a step is fed beside the rate, by their inputs' names.
    ///
    /// - Parameter update: Which update it is, from 1.
    func numbers(atUpdate update: Int) -> [String: Float] {
        switch self {
        case .adam(let beta1, let beta2, _, _), .adamW(let beta1, let beta2, _, _):
            [
                TrainingNames.meanCorrection: Float(1 / (1 - pow(beta1, Double(update)))),
                TrainingNames.squareCorrection: Float(1 / (1 - pow(beta2, Double(update))).squareRoot()),
            ]
        case .sgd, .rmsprop, .lecunSDLM: [:]
        }
    }
}
