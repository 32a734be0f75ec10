#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import StriateGraph

extension ReferenceProgram {
    func elements(_ call: Call) -> [[Double]]? {
        let (inputs, type) = (call.inputs, call.type)
        switch call.node.operation {
        case let activation as Activation: return [activate(inputs[0], activation.kind)]
        case let gradient as ActivationGradient: return [zip(inputs[0], inputs[1]).map { slope(gradient.kind, at: $0, $1) }]
        case is AddBias: return [finish(inputs[0], bias: inputs[1], nil, type.shape)]
        case let affine as Affine:
            let channels = affine.scale.count, area = type.shape.count / channels
            return [inputs[0].enumerated().map { index, element in
                let channel = index / area % channels
                return element * Double(affine.scale[channel]) + Double(affine.offset[channel])
            }]
        default: return nil
        }
    }

    /// Bias and activation, as fused operations end.
    func finish(_ sums: [Double], bias: [Double]?, _ activation: Activation.Kind?, _ shape: Shape) -> [Double] {
        var elements = sums
        if let bias {
            let area = shape.count / shape[0]
            for index in elements.indices { elements[index] += bias[index / area % shape[0]] }
        }
        return activation.map { activate(elements, $0) } ?? elements
    }

    func activate(_ x: [Double], _ kind: Activation.Kind) -> [Double] {
        switch kind {
        case .sigmoid: return x.map { 1 / (1 + exp(-$0)) }
        case .tanh: return x.map(tanh)
        case .scaledTanh: return x.map { Double(Activation.squashAmplitude) * tanh(Double(Activation.squashSlope) * $0) }
        case .relu:
            let scale = x.reduce(0) { max($0, abs($1)) }
            for element in x where element != 0 { margin = min(margin, abs(element) / scale) }
            return x.map { $0.isNaN || $0 > 0 ? $0 : 0 }
        }
    }

    /// `upstream · f′`, from the result of f.
    func slope(_ kind: Activation.Kind, at y: Double, _ upstream: Double) -> Double {
        let (amplitude, slope) = (Double(Activation.squashAmplitude), Double(Activation.squashSlope))
        return switch kind {
        case .sigmoid: upstream * y * (1 - y)
        case .tanh: upstream * (1 - y * y)
        case .scaledTanh: upstream * slope / amplitude * (amplitude * amplitude - y * y)
        case .relu: y <= 0 ? 0 : upstream
        }
    }

    func noteRivals(_ values: [Double]) {
        let sorted = values.sorted(by: >)
        guard sorted.count > 1, sorted[0] != sorted[1] else { return }
        margin = min(margin, (sorted[0] - sorted[1]) / max(abs(sorted[0]), abs(sorted[sorted.count - 1])))
    }
}
