#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import StriateEngine
import StriateGraph

extension ReferenceProgram {
    /// What scales, sums and normalises channel by channel, and dropout.
    func normalizations(_ call: Call) -> [[Double]]? {
        guard let shape = call.types.first?.shape, shape.rank > 0 else { return nil }
        let inputs = call.inputs, x = inputs[0]
        func channel(_ index: Int) -> Int { index / (shape.count / shape[0]) % shape[0] }
        func sums(_ term: (_ index: Int, _ channel: Int) -> Double) -> [Double] {
            var sums = Array(repeating: 0.0, count: shape[0])
            for index in x.indices { sums[channel(index)] += term(index, channel(index)) }
            return sums
        }
        func normalized(
            _ index: Int, _ scale: [Double]?, _ shift: [Double]?, _ mean: [Double], _ variance: [Double], _ epsilon: Float
        ) -> Double {
            let channel = channel(index), unscaled = (x[index] - mean[channel]) / sqrt(variance[channel] + Double(epsilon))
            return unscaled * (scale?[channel] ?? 1) + (shift?[channel] ?? 0)
        }

        switch call.node.operation {
        case let affine as ChannelAffine:
            return [x.indices.map { x[$0] * inputs[1][channel($0)] + (affine.hasOffset ? inputs[2][channel($0)] : 0) }]
        case is ChannelDot: return [sums { index, _ in x[index] * inputs[1][index] }]

        case let normalization as BatchNormalization:
            let elements = Double(count * shape.count / shape[0])
            let mean = sums { index, _ in x[index] }.map { $0 / elements }
            let variance = sums { index, channel in (x[index] - mean[channel]) * (x[index] - mean[channel]) }.map { $0 / elements }
            var y = x.indices.map { normalized($0, inputs[1], inputs[2], mean, variance, normalization.epsilon) }
            if normalization.addsResidual { y = zip(y, inputs[3]).map { $0 + $1 } }
            return [normalization.appliesReLU ? activate(y, .relu) : y, mean, variance]
        case let gradient as BatchNormalizationGradient:
            let (scale, mean, variance) = (inputs[1], inputs[2], inputs[3])
            let elements = Double(count * shape.count / shape[0])
            var upstream = inputs.suffix(gradient.upstreams).reduce(x.map { _ in 0 }) { zip($0, $1).map { $0 + $1 } }
            if let mask = gradient.mask {
                upstream = x.indices.map { index in
                    let y = mask == .result ? inputs[4][index] : normalized(index, scale, inputs[4], mean, variance, gradient.epsilon)
                    return slope(.relu, at: y, upstream[index])
                }
            }
            func unscaled(_ index: Int) -> Double { normalized(index, nil, nil, mean, variance, gradient.epsilon) }
            let toScale = sums { index, _ in upstream[index] * unscaled(index) }, toShift = sums { index, _ in upstream[index] }
            let toInput = x.indices.map { index in
                let channel = channel(index)
                let centered = upstream[index] - toShift[channel] / elements - unscaled(index) * toScale[channel] / elements
                return scale[channel] / sqrt(variance[channel] + Double(gradient.epsilon)) * centered
            }
            return [toInput, toScale, toShift] + (gradient.returnsUpstream ? [upstream] : [])
        case let statistics as RunningStatistics:
            let elements = Double(count * statistics.positions), momentum = Double(statistics.momentum)
            let unbiased = elements > 1 ? elements / (elements - 1) : 1
            return [
                zip(inputs[0], inputs[2]).map { (1 - momentum) * $0 + momentum * $1 },
                zip(inputs[1], inputs[3]).map { (1 - momentum) * $0 + momentum * $1 * unbiased },
            ]
        case let rule as LocalResponseNormalization:
            let bases = bases(rule, x, shape)
            return [x.indices.map { x[$0] * pow(bases[$0], -Double(rule.beta)) }]
        case let gradient as LocalResponseNormalizationGradient:
            let rule = gradient.forward, bases = bases(rule, x, shape), upstream = inputs[1], beta = Double(rule.beta)
            var toInput = x.indices.map { upstream[$0] * pow(bases[$0], -beta) }
            let factor = 2 * beta * Double(rule.alpha) / Double(rule.size)
            forEachNeighbour(rule, shape) { place, other in
                toInput[other] -= factor * x[other] * upstream[place] * x[place] * pow(bases[place], -beta - 1)
            }
            return [toInput]

        case let dropout as Dropout:
            let keys = dropout.keys(seed: call.feed.seed), kept = 1 - Double(dropout.rate), size = call.types[0].shape.count
            return [x.indices.map { dropout.isDropped(keys, image: $0 / size, element: $0 % size) ? 0 : x[$0] / kept }]
        default: return nil
        }
    }

    /// `k + alpha/size·S` for each element.
    private func bases(_ rule: LocalResponseNormalization, _ x: [Double], _ shape: Shape) -> [Double] {
        var bases = Array(repeating: Double(rule.k), count: x.count)
        forEachNeighbour(rule, shape) { bases[$0] += Double(rule.alpha) / Double(rule.size) * x[$1] * x[$1] }
        return bases
    }

    /// Calls `body` for each element with each one of the same position whose square counts for it.
    private func forEachNeighbour(_ rule: LocalResponseNormalization, _ shape: Shape, _ body: (_ place: Int, _ other: Int) -> Void) {
        let area = shape.count / shape[0]
        for place in 0..<count * shape.count {
            let channel = place / area % shape[0], first = channel - rule.before
            for other in first..<first + rule.size where (0..<shape[0]).contains(other) { body(place, place + (other - channel) * area) }
        }
    }
}
