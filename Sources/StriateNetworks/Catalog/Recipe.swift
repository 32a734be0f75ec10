/// How a network is trained unless the user says otherwise.
public struct Recipe: Hashable, Sendable {
    public enum Optimizer: String, Hashable, Sendable {
        /// Stochastic gradient descent with momentum and weight decay.
        case sgd
        /// Stochastic diagonal Levenberg–Marquardt (LeCun et al., 1998, appendix C).
        case lecunSDLM = "lecun-sdlm"
    }

    public enum Loss: String, Hashable, Sendable {
        /// Of the softmax of the logits.
        case crossEntropy = "cross-entropy"
        /// The penalty of the right class alone (LeCun et al., 1998, eq. 8).
        case mse
        /// The discriminative criterion (LeCun et al., 1998, eq. 9).
        case map
    }

    public var epochs: Int
    public var batch: Int
    /// The learning rate.
    public var rate: Float
    public var momentum: Float
    public var isNesterov: Bool
    public var weightDecay: Float
    /// How the rate changes, in the words of `--schedule`: `constant`, `step:30:0.1`, `milestones:50%,75%:0.1`.
    public var schedule: String
    public var optimizer: Optimizer
    public var loss: Loss
    public var initialization: Initialization

    public init(
        epochs: Int, batch: Int, rate: Float, momentum: Float = 0, isNesterov: Bool = false, weightDecay: Float = 0,
        schedule: String = "constant", optimizer: Optimizer = .sgd, loss: Loss = .crossEntropy,
        initialization: Initialization = .pytorch
    ) {
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.momentum = momentum
        self.isNesterov = isNesterov
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.optimizer = optimizer
        self.loss = loss
        self.initialization = initialization
    }
}
