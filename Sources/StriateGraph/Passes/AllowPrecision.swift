/// The numbers that products are made of. Sums, weights, statistics and everything between convolutions stay single floats.
public enum Precision: String, Codable, CaseIterable, Sendable {
    case float32 = "fp32"
    /// Operands rounded to eight significant bits with the exponents of a single float (Google's bfloat16): half the bytes, and
    /// twice the products an instruction on processors that have it.
    case bfloat16 = "bf16"
}

extension Graph {
    /// Lets all convolutions and their gradients round their operands: mixed precision as Micikevicius et al. propose it ("Mixed
    /// Precision Training", 2018), with master weights and sums in single floats. bfloat16 has their exponents, so that losses need
    /// no scaling. An engine may compute more exactly than it is allowed to.
    public func allowing(_ precision: Precision) -> Graph {
        rebuilt { node, map, graph in
            let inputs = node.inputs.map(map)
            switch node.operation {
            case var convolution as Convolution:
                convolution.precision = precision
                return graph.appendFitting(convolution, inputs)
            case var gradient as ConvolutionInputGradient:
                gradient.precision = precision
                return graph.appendFitting(gradient, inputs)
            case var gradient as ConvolutionWeightGradient:
                gradient.precision = precision
                return graph.appendFitting(gradient, inputs)
            default: return graph.appendFitting(node.operation, inputs)
            }
        }
    }
}
