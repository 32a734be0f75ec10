import StriateGraph

extension ReferenceProgram {
    func linears(_ call: Call) -> [[Double]]? {
        let (inputs, types) = (call.inputs, call.types)
        switch call.node.operation {
        case let linear as Linear:
            let (features, outputs) = (types[0].shape[0], call.type.shape[0])
            var sums = [Double]()
            for image in 0..<call.count {
                for o in 0..<outputs {
                    sums.append((0..<features).reduce(0) { $0 + inputs[1][o * features + $1] * inputs[0][image * features + $1] })
                }
            }
            return [finish(sums, bias: linear.hasBias ? inputs[2] : nil, linear.activation, call.type.shape)]
        case is LinearInputGradient:
            let (outputs, features) = (types[1].shape[0], types[1].shape[1])
            return call.images { image in
                (0..<features).map { i in (0..<outputs).reduce(0) { $0 + inputs[0][image * outputs + $1] * inputs[1][$1 * features + i] } }
            }
        case is LinearWeightGradient:
            let (features, outputs) = (types[0].shape[0], types[1].shape[0])
            return [(0..<outputs * features).map { place in
                let (o, i) = place.quotientAndRemainder(dividingBy: features)
                return (0..<call.count).reduce(0) { $0 + inputs[1][$1 * outputs + o] * inputs[0][$1 * features + i] }
            }]
        default: return nil
        }
    }
}
