import StriateGraph

extension ReferenceProgram {
    /// What optimisers make of parameters and their state.
    func updates(_ call: Call) -> [[Double]]? {
        switch call.node.operation {
        case let rule as any ParameterUpdate: return updated(call, by: rule)
        case is WeightedSum:
            let (x, a, y, b) = (call.inputs[0], call.inputs[1][0], call.inputs[2], call.inputs[3][0])
            return [zip(x, y).map { a * $0 + b * $1 }]
        case is EuclideanNorm: return [[call.inputs.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()]]
        case let ratio as TrustRatio:
            let (w, g) = (call.inputs[0][0], call.inputs[1][0])
            return [[w > 0 && g > 0 ? Double(ratio.trust) * w / (g + Double(ratio.weightDecay) * w + Double(ratio.epsilon)) : 1]]
        case let momentum as AverageMomentum:
            let share = momentum.isGated && call.inputs[2][0] == 0 ? 0 : 1 - momentum.momentum
            let v = zip(call.inputs[0], call.inputs[1]).map { $0 + share * ($1 - $0) }
            return [v, momentum.isNesterov ? zip(v, call.inputs[1]).map { $1 + momentum.momentum * ($0 - $1) } : v]
        case is Orthogonalization: return [orthogonalized(call.inputs[0], rows: call.type.shape[0])]
        default: return nil
        }
    }

    /// With the sum over all rows at once, transposed or not.
    private func orthogonalized(_ matrix: [Double], rows: Int) -> [Double] {
        let columns = matrix.count / rows, norm = max(matrix.reduce(0) { $0 + $1 * $1 }.squareRoot(), Double(Orthogonalization.epsilon))
        let (a, b, c) = Orthogonalization.coefficients
        var x = matrix.map { $0 / norm }
        func product(_ a: [Double], _ b: [Double], inner: Int) -> [Double] {
            let width = b.count / inner
            return (0..<a.count / inner).flatMap { row in
                (0..<width).map { column in (0..<inner).reduce(0) { $0 + a[row * inner + $1] * b[$1 * width + column] } }
            }
        }
        for _ in 0..<Orthogonalization.steps {
            let transposed = (0..<columns).flatMap { column in (0..<rows).map { x[$0 * columns + column] } }
            let gram = product(x, transposed, inner: columns), square = product(gram, gram, inner: rows)
            let polynomial = zip(gram, square).map { Double(b) * $0 + Double(c) * $1 }
            x = zip(x, product(polynomial, x, inner: rows)).map { Double(a) * $0 + $1 }
        }
        return x
    }

    private func updated(_ call: Call, by rule: any ParameterUpdate) -> [[Double]] {
        let inputs = call.inputs, first = rule.firstTensor, (w, g) = (inputs[0], inputs[1])
        let numbers = inputs[2..<first].map { $0[0] }, tensors = Array(inputs[first..<first + rule.tensorCount])
        let old = [w] + tensors.prefix(rule.stateCount)
        let isOpen = rule.gate.map { inputs[$0][0] != 0 } ?? true
        let steps = w.indices.map { place in
            isOpen ? element(rule, w[place], g[place], numbers, tensors.map { $0[place] }) : old.map { $0[place] }
        }
        var results = old.indices.map { index in steps.map { $0[index] } }
        if let average = rule.average {
            let share = isOpen ? inputs[average + 1][0] : 0
            results.append(zip(inputs[average], results[0]).map { $0 + share * ($1 - $0) })
        }
        return results
    }

    /// The new parameter and its new states.
    private func element(_ rule: any ParameterUpdate, _ w: Double, _ g: Double, _ numbers: [Double], _ tensors: [Double]) -> [Double] {
        let rate = numbers[0]
        switch rule {
        case let rule as GradientDescent:
            let decay = Double(rule.weightDecay), scale = rule.isScaled ? numbers[1] : 1
            let momentum = rule.isMomentumFed ? numbers[rule.scalarCount] : Double(rule.momentum)
            let gradient = scale * (rule.isDecoupled ? g : g + decay * w), base = rule.isDecoupled ? w * (1 - rate * decay) : w
            guard let velocity = tensors.first else { return [base - rate * gradient] }
            let speed = momentum * velocity + gradient
            return [base - rate * (rule.isNesterov ? gradient + momentum * speed : speed), speed]
        case let rule as LevenbergMarquardt: return [w - rate / (Double(rule.damping) + tensors[0]) * g]
        case let rule as Adam:
            let decay = Double(rule.weightDecay), (beta1, beta2) = (rule.isMomentumFed ? 1 - numbers[3] : rule.beta1, rule.beta2)
            let gradient = rule.isDecoupled ? g : g + decay * w, base = rule.isDecoupled ? w * (1 - rate * decay) : w
            let mean = beta1 * tensors[0] + (1 - beta1) * gradient, square = beta2 * tensors[1] + (1 - beta2) * gradient * gradient
            return [base - rate * numbers[1] * mean / (square.squareRoot() * numbers[2] + Double(rule.epsilon)), mean, square]
        case let rule as RMSProp:
            let gradient = g + Double(rule.weightDecay) * w, alpha = rule.alpha
            let square = alpha * tensors[0] + (1 - alpha) * gradient * gradient
            let mean = rule.isCentered ? alpha * tensors[1] + (1 - alpha) * gradient : 0
            let ratio = gradient / (max(0, square - mean * mean).squareRoot() + Double(rule.epsilon))
            let speed = rule.momentum == 0 ? ratio : Double(rule.momentum) * tensors[rule.stateCount - 1] + ratio
            return [w - rate * speed, square] + (rule.isCentered ? [mean] : []) + (rule.momentum == 0 ? [] : [speed])
        default: fatalError("the reference engine lacks \(rule)")
        }
    }
}
