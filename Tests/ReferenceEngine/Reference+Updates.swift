import StriateGraph

extension ReferenceProgram {
    /// What optimisers make of parameters and their state.
    func updates(_ call: Call) -> [[Double]]? {
        switch call.node.operation {
        case let descent as GradientDescent:
            let inputs = call.inputs
            let rate = inputs[2][0], momentum = Double(descent.momentum), decay = Double(descent.weightDecay)
            var (parameters, velocities) = (inputs[0], inputs.count > 3 ? inputs[3] : [])
            for place in parameters.indices {
                let gradient = inputs[1][place] + decay * parameters[place]
                if velocities.isEmpty {
                    parameters[place] -= rate * gradient
                } else {
                    velocities[place] = momentum * velocities[place] + gradient
                    parameters[place] -= rate * (descent.isNesterov ? gradient + momentum * velocities[place] : velocities[place])
                }
            }
            return velocities.isEmpty ? [parameters] : [parameters, velocities]
        case let rule as LevenbergMarquardt:
            let (parameters, gradient, rate, curvature) = (call.inputs[0], call.inputs[1], call.inputs[2][0], call.inputs[3])
            return [parameters.indices.map { parameters[$0] - rate / (Double(rule.damping) + curvature[$0]) * gradient[$0] }]
        default: return nil
        }
    }
}
