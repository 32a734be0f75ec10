#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import StriateGraph

extension ReferenceProgram {
    func losses(_ call: Call) -> [[Double]]? {
        switch call.node.operation {
        case is SoftmaxCrossEntropy:
            return call.images { index in
                let logits = call.image(index, of: 0), largest = logits.max()!
                let sum = logits.reduce(0) { $0 + exp($1 - largest) }
                return [largest + log(sum) - logits[logits.startIndex + Int(call.inputs[1][index])]]
            }
        case is SoftmaxCrossEntropyGradient:
            let (labels, upstream) = (call.inputs[1], call.inputs[2])
            return call.images { index in
                let logits = call.image(index, of: 0), largest = logits.max()!
                let sum = logits.reduce(0) { $0 + exp($1 - largest) }
                return logits.enumerated().map { (exp($1 - largest) / sum - ($0 == Int(labels[index]) ? 1 : 0)) * upstream[index] }
            }
        case is Top1:
            return call.images { index in
                let logits = Array(call.image(index, of: 0)), best = logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
                noteRivals(logits)
                return [best == Int(call.inputs[1][index]) ? 1 : 0]
            }
        default: return nil
        }
    }
}
