public import StriateGraph

/// A parameter with the gradient of the loss.
struct Gradient {
    let variable: Variable
    let value: Value
    var gradient: Value

    /// Biases, and the scales and shifts of normalisations, have one axis.
    var isWeight: Bool { variable.shape.rank > 1 }
}

extension Graph {
    /// A number that every step is fed.
    mutating func number(_ name: String) -> Value { inputs.first { $0.name == name }?.value ?? scalarInput(name) }

    /// Appends what every parameter takes once a step is done: gradients added up and bounded, the optimiser's rule, and averages.
    ///
    /// Variables that this adds have the role ``Variable/Role/optimizerState`` and start from zero, but for averages, which start from
    /// what they average.
    mutating func appendUpdates(
        by optimizer: Optimizer, _ options: UpdateOptions, of gradients: [Gradient], head: Set<String>
    ) throws(ShapeError) {
        let enclosing = path
        defer { path = enclosing }
        var gradients = gradients
        path = "optimizer"
        if options.accumulation > 1 { try accumulate(&gradients) }
        if let clipping = options.clipping { try clip(&gradients, clipping) }
        var rates = [Float: Value]()
        for gradient in gradients {
            path = "optimizer.\(gradient.variable.name)"
            let factor = options.rateFactor(of: gradient.variable.name, head: head)
            var rate = rates[factor] ?? number(TrainingNames.rate)
            if factor != 1, rates[factor] == nil { rate = try arithmetic(.multiply, rate, constant(Tensor(factor))) }
            rates[factor] = rate
            let decays = (options.decayScope ?? optimizer.decayScope) == .all || gradient.isWeight
            try appendRule(of: optimizer, gradient, rate: rate, decays: decays, options)
        }
        if options.average != nil { try appendAveragesOfStatistics() }
    }

    /// Adds gradients up over the parts of an update.
    private mutating func accumulate(_ gradients: inout [Gradient]) throws(ShapeError) {
        let kept = number(TrainingNames.kept), share = number(TrainingNames.share)
        for index in gradients.indices {
            let variable = gradients[index].variable
            let sum = self.variable(Optimizer.gradientPrefix + variable.name, variable.shape, role: .optimizerState)
            gradients[index].gradient = try weightedSum(sum, kept, gradients[index].gradient, share)
            update(sum, to: gradients[index].gradient)
        }
    }

    private mutating func clip(_ gradients: inout [Gradient], _ clipping: GradientClipping) throws(ShapeError) {
        switch clipping {
        case .value(let limit):
            for index in gradients.indices {
                gradients[index].gradient = try apply(.clip(low: -limit, high: limit), gradients[index].gradient)
            }
        case .norm(let limit):
            // As PyTorch has it, whose small number keeps the quotient finite.
            let norm = try add(try self.norm(gradients.map(\.gradient)), constant(Tensor(1e-6)))
            let factor = try apply(.clip(low: 0, high: 1), try arithmetic(.divide, constant(Tensor(limit)), norm))
            for index in gradients.indices {
                gradients[index].gradient = try arithmetic(.multiply, gradients[index].gradient, factor)
            }
        }
    }

    private mutating func appendRule(
        of optimizer: Optimizer, _ gradient: Gradient, rate: Value, decays: Bool, _ options: UpdateOptions
    ) throws(ShapeError) {
        func decay(_ weightDecay: Float) -> Float { decays ? weightDecay : 0 }
        switch optimizer {
        case .sgd(let momentum, let weightDecay, let nesterov):
            var rule = GradientDescent(momentum: momentum, weightDecay: decay(weightDecay), isNesterov: nesterov)
            rule.isMomentumFed = options.isMomentumFed
            try appendRule(rule, gradient, rate, rule.isMomentumFed ? [number(TrainingNames.momentum)] : [], states: ["momentum"], options)
        case .adam(let beta1, let beta2, let epsilon, let weightDecay):
            var rule = Adam(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay(weightDecay))
            rule.isMomentumFed = options.isMomentumFed
            try appendAdam(rule, gradient, rate, options)
        case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
            var rule = Adam(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay(weightDecay), isDecoupled: true)
            rule.isMomentumFed = options.isMomentumFed
            try appendAdam(rule, gradient, rate, options)
        case .rmsprop(let alpha, let epsilon, let momentum, let centered, let weightDecay):
            let rule = RMSProp(
                alpha: alpha, epsilon: epsilon, momentum: momentum, weightDecay: decay(weightDecay), isCentered: centered)
            let states = ["square"] + (centered ? ["mean"] : []) + (momentum == 0 ? [] : ["momentum"])
            try appendRule(rule, gradient, rate, states: states, options)
        case .lars(let momentum, let weightDecay, let nesterov, let trust, let epsilon):
            var rule = GradientDescent(momentum: momentum, weightDecay: decay(weightDecay), isNesterov: nesterov)
            var numbers = [Value]()
            if gradient.isWeight {
                let ratio = TrustRatio(trust: trust, weightDecay: rule.weightDecay, epsilon: epsilon)
                numbers = try append(ratio, [try norm([gradient.value]), try norm([gradient.gradient])])
                rule.isScaled = true
            }
            try appendRule(rule, gradient, rate, numbers, states: ["momentum"], options)
        case .muon(let momentum, let weightDecay, let nesterov, let scaling):
            guard gradient.isWeight else {
                return try appendAdam(Adam(weightDecay: decay(weightDecay), isDecoupled: true), gradient, rate, options)
            }
            let isGated = options.accumulation > 1
            let average = AverageMomentum(momentum: momentum, isNesterov: nesterov, isGated: isGated)
            let state = variable(Optimizer.momentumPrefix + gradient.variable.name, gradient.variable.shape, role: .optimizerState)
            let results = try append(average, [state, gradient.gradient] + (isGated ? [number(TrainingNames.gate)] : []))
            update(state, to: results[0])
            var turned = gradient
            turned.gradient = try append(Orthogonalization(), [results[1]])[0]
            let rule = GradientDescent(weightDecay: decay(weightDecay), isDecoupled: true, isScaled: true)
            try appendRule(rule, turned, rate, [constant(Tensor(scaling.factor(gradient.variable.shape)))], states: [], options)
        case .lecunSDLM(let damping):
            try appendRule(LevenbergMarquardt(damping: damping), gradient, rate, states: ["curvature"], options)
        }
    }

    private mutating func appendAdam(_ rule: Adam, _ gradient: Gradient, _ rate: Value, _ options: UpdateOptions) throws(ShapeError) {
        let corrections = [number(TrainingNames.meanCorrection), number(TrainingNames.squareCorrection)]
        let momentum = rule.isMomentumFed ? [number(TrainingNames.momentum)] : []
        try appendRule(rule, gradient, rate, corrections + momentum, states: ["mean", "square"], options)
    }

    /// - Parameter states: What the rule's tensors are called; as many as it has count.
    private mutating func appendRule(
        _ rule: some ParameterUpdate, _ gradient: Gradient, _ rate: Value, _ numbers: [Value] = [], states: [String], _ options: UpdateOptions
    ) throws(ShapeError) {
        var rule = rule
        rule.extras = UpdateExtras(isGated: options.accumulation > 1, isAveraged: options.average != nil)
        let name = gradient.variable.name, shape = gradient.variable.shape
        let tensors = states.prefix(rule.tensorCount).map { variable("optimizer.\($0).\(name)", shape, role: .optimizerState) }
        let gate = rule.extras.isGated ? [number(TrainingNames.gate)] : []
        let average = rule.extras.isAveraged ? variable(Optimizer.averagePrefix + name, shape, role: .optimizerState) : nil
        let averaging = average.map { [$0, number(TrainingNames.averageShare)] } ?? []
        let results = try append(rule, [gradient.value, gradient.gradient, rate] + numbers + tensors + gate + averaging)
        update(gradient.value, to: results[0])
        for (state, result) in zip(tensors.prefix(rule.stateCount), results.dropFirst()) { update(state, to: result) }
        if let average { update(average, to: results[1 + rule.stateCount]) }
    }

    /// Statistics are averaged as weights are; a share of 0 leaves the average as it is.
    private mutating func appendAveragesOfStatistics() throws(ShapeError) {
        let share = number(TrainingNames.averageShare), rest = try arithmetic(.subtract, constant(Tensor(1)), share)
        for (variable, value) in variables where variable.role == .runningStatistic {
            guard let new = updates.first(where: { $0.variable == value })?.value else { continue }
            path = "optimizer.\(variable.name)"
            let average = self.variable(Optimizer.averagePrefix + variable.name, variable.shape, role: .optimizerState)
            update(average, to: try weightedSum(average, rest, new, share))
        }
    }

    /// The names of the parameters of the layer that makes the logits: the last one that has any.
    public func headParameters(of logits: Value) -> Set<String> {
        let producers = self.producers
        var value = logits
        while true {
            let node = nodes[producers[value.index]]
            let own = node.inputs.filter { parameterName(of: $0) != nil }
            if !own.isEmpty {
                let layer = node.path
                let names = nodes.filter { $0.path == layer }.flatMap(\.inputs).compactMap(parameterName)
                return Set(names)
            }
            guard let next = node.inputs.first(where: { self[$0].isBatched }) else { return [] }
            value = next
        }
    }

    private func parameterName(of value: Value) -> String? {
        for (variable, known) in variables where known == value && variable.role == .parameter { return variable.name }
        return nil
    }
}

extension UpdateOptions {
    func rateFactor(of path: String, head: Set<String>) -> Float {
        rateFactors.first { $0.pattern.matches(path) }?.factor ?? (head.contains(path) ? headRate : 1)
    }
}
