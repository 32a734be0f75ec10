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

    /// LARS (You, Gitman and Ginsburg, 2017): gradient descent in which `trust·|w|/(|g| + weightDecay·|w|)` scales each layer's gradient;
    /// see ``TrustRatio``. Parameters with a single axis follow plain gradient descent.
    case lars(momentum: Float = 0.9, weightDecay: Float = 1e-4, nesterov: Bool = false, trust: Float = 0.001, epsilon: Float = 1e-8)

    /// Muon (Jordan, 2024): each weight, seen as a matrix of outputs by the rest, moves along its orthogonalised momentum, with decoupled
    /// decay; see ``Orthogonalization``. Parameters with a single axis follow AdamW at the same rate.
    case muon(momentum: Double = 0.95, weightDecay: Float = 0.1, nesterov: Bool = true, scaling: MuonScaling = .rootMeanSquare)

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
        case .adamW, .lars, .muon: .weights
        }
    }

    /// Whether the rule's steps are for the sum of the images' losses instead of their mean.
    var sumsGradients: Bool { if case .lecunSDLM = self { true } else { false } }

    /// Whether second derivatives have to be estimated before each epoch.
    public var needsCurvature: Bool { if case .lecunSDLM = self { true } else { false } }

    /// Whether steps can be given a momentum of their own; see ``MomentumCycle``.
    public var takesMomentum: Bool {
        switch self {
        case .sgd, .adam, .adamW: true
        case .rmsprop, .lars, .muon, .lecunSDLM: false
        }
    }

    /// The numbers that a step is fed beside the rate, by their inputs' names.
    ///
    /// - Parameters:
    ///   - update: Which update it is, from 1.
    ///   - momentum: In the place of the rule's own momentum or β₁, where the step takes one.
    func numbers(atUpdate update: Int, momentum: Double? = nil) -> [String: Float] {
        switch self {
        case .adam(let ownBeta1, let beta2, _, _), .adamW(let ownBeta1, let beta2, _, _):
            let beta1 = momentum ?? ownBeta1
            return [
                TrainingNames.momentum: Float(1 - beta1),
                TrainingNames.meanCorrection: Float(1 / (1 - pow(beta1, Double(update)))),
                TrainingNames.squareCorrection: Float(1 / (1 - pow(beta2, Double(update))).squareRoot()),
            ]
        case .muon: return Optimizer.adamW().numbers(atUpdate: update)
        case .sgd(let own, _, _): return [TrainingNames.momentum: momentum.map { Float($0) } ?? own]
        case .rmsprop, .lars, .lecunSDLM: return [:]
        }
    }
}

/// How far Muon moves a matrix of R×C weights.
public enum MuonScaling: Hashable, Sendable {
    /// `√max(1, R/C)` times the rate, as Jordan proposes.
    case original
    /// `0.2·√max(R, C)` times the rate: steps as large as AdamW's usually are (Liu et al., "Muon is scalable for LLM training", 2025), so
    /// that all parameters can share a rate.
    case rootMeanSquare

    func factor(_ shape: Shape) -> Float {
        let rows = Float(shape[0]), columns = Float(shape.count / shape[0])
        return switch self {
        case .original: max(1, rows / columns).squareRoot()
        case .rootMeanSquare: 0.2 * max(rows, columns).squareRoot()
        }
    }
}
