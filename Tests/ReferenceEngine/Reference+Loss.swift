#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import StriateGraph

extension ReferenceProgram {
    func losses(_ call: Call) -> [[Double]]? {
        switch call.node.operation {
        case let loss as SoftmaxCrossEntropy:
            return call.images { index in
                let logits = call.image(index, of: 0), (largest, sum) = exponentials(logits, loss.background.map(Double.init))
                return [largest + log(sum) - logits[logits.startIndex + Int(call.inputs[1][index])]]
            }
        case let gradient as SoftmaxCrossEntropyGradient:
            let (labels, upstream) = (call.inputs[1], call.inputs[2])
            return call.images { index in
                let logits = call.image(index, of: 0), (largest, sum) = exponentials(logits, gradient.background.map(Double.init))
                return logits.enumerated().map { (exp($1 - largest) / sum - ($0 == Int(labels[index]) ? 1 : 0)) * upstream[index] }
            }
        case is LabelLogit:
            return call.images { index in
                let logits = call.image(index, of: 0)
                return [logits[logits.startIndex + Int(call.inputs[1][index])]]
            }
        case let gradient as LabelLogitGradient:
            let (labels, upstream) = (call.inputs[0], call.inputs[1])
            return call.images { index in (0..<gradient.classes).map { $0 == Int(labels[index]) ? upstream[index] : 0 } }

        case is SquaredDistance:
            let (features, centers) = (call.types[0].shape[0], call.type.shape[0])
            return call.images { index in
                let x = Array(call.image(index, of: 0))
                return (0..<centers).map { i in
                    (0..<features).reduce(0) { $0 + (x[$1] - call.inputs[1][i * features + $1]) * (x[$1] - call.inputs[1][i * features + $1]) }
                }
            }
        case is SquaredDistanceGradient, is SquaredDistanceCenterGradient:
            let (features, centers) = (call.types[0].shape[0], call.types[2].shape[0])
            var toX = Array(repeating: 0.0, count: call.count * features), toCenters = Array(repeating: 0.0, count: centers * features)
            for image in 0..<call.count {
                for i in 0..<centers {
                    for j in 0..<features {
                        let distance = call.inputs[0][image * features + j] - call.inputs[1][i * features + j]
                        let slope = 2 * call.inputs[2][image * centers + i] * distance
                        toX[image * features + j] += slope
                        toCenters[i * features + j] -= slope
                    }
                }
            }
            return [call.node.operation is SquaredDistanceGradient ? toX : toCenters]
        case is Top1:
            return call.images { index in
                let logits = Array(call.image(index, of: 0)), best = logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
                noteRivals(logits)
                return [best == Int(call.inputs[1][index]) ? 1 : 0]
            }
        default: return nil
        }
    }

    /// The largest exponent, and the sum of all exponentials relative to it.
    private func exponentials(_ logits: ArraySlice<Double>, _ background: Double?) -> (largest: Double, sum: Double) {
        let exponents = logits + (background.map { [$0] } ?? []), largest = exponents.max()!
        return (largest, exponents.reduce(0) { $0 + exp($1 - largest) })
    }
}
