public import StriateNetworks

// What a network of the catalogue says of its training, in this room's types.

extension TrainingOptions {
    /// Takes over a network's own recipe.
    public mutating func adopt(_ recipe: Recipe) {
        guard let schedule = Schedule(parsing: recipe.schedule) else { fatalError("a recipe's schedule is none: \(recipe.schedule)") }
        epochs = recipe.epochs
        batch = recipe.batch
        rate = recipe.rate
        momentum = recipe.momentum
        nesterov = recipe.isNesterov
        weightDecay = recipe.weightDecay
        optimizer = recipe.optimizer == .lecunSDLM ? .lecunSDLM : .sgd
        loss = Loss(recipe.loss)
        self.schedule = schedule
    }
}

extension Optimizer {
    public init(_ recipe: Recipe) {
        switch recipe.optimizer {
        case .sgd: self = .sgd(momentum: recipe.momentum, weightDecay: recipe.weightDecay, nesterov: recipe.isNesterov)
        case .lecunSDLM: self = .lecunSDLM()
        }
    }
}

extension Loss {
    public init(_ loss: Recipe.Loss) {
        switch loss {
        case .crossEntropy: self = .crossEntropy
        case .mse: self = .meanSquaredError
        case .map: self = .maximumAPosteriori()
        }
    }
}
