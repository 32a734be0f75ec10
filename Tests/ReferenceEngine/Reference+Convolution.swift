import StriateGraph

extension ReferenceProgram {
    func convolutions(_ call: Call) -> [[Double]]? {
        let (types, type) = (call.types, call.type)
        let inputs = multiplied(call)
        switch call.node.operation {
        case let convolution as Convolution:
            let sums = convolve(inputs[0], inputs[1], types[0].shape, types[1].shape, type.shape, convolution.window, convolution.groups)
            let result = finish(sums, bias: convolution.hasBias ? inputs[2] : nil, convolution.activation, type.shape)
            guard let kind = convolution.pool else { return [result] }
            let pool = Pool(kind, window: Window(kernel: 2, stride: 2))
            return [result, self.pool(result, type.shape, call.resultTypes[1].shape, pool)]
        case let gradient as ConvolutionInputGradient:
            return [convolutionInputGradient(inputs[0], inputs[1], types[0].shape, types[1].shape, gradient)]
        case let gradient as ConvolutionWeightGradient:
            return [convolutionWeightGradient(inputs[0], inputs[1], types[0].shape, types[1].shape, gradient)]
        default: return nil
        }
    }
}

extension ReferenceProgram {
    /// A convolution's inputs as they go into products: where it is allowed to round its two operands, it does.
    private func multiplied(_ call: Call) -> [[Double]] {
        let precision = switch call.node.operation {
        case let convolution as Convolution: convolution.precision
        case let gradient as ConvolutionInputGradient: gradient.precision
        case let gradient as ConvolutionWeightGradient: gradient.precision
        default: Precision.float32
        }
        guard precision == .bfloat16 else { return call.inputs }
        return call.inputs.enumerated().map { place, elements in place < 2 ? elements.map(\.roundedToBFloat16) : elements }
    }
}

extension Double {
    /// The nearest number with eight significant bits and a single float's exponents, ties to even.
    public var roundedToBFloat16: Double {
        let single = Float(self)
        guard single.isFinite else { return Double(single) }
        // Halfway up, less a bit where the last one that stays is 0 already.
        let bits = single.bitPattern &+ 0x7FFF &+ (single.bitPattern >> 16 & 1)
        return Double(Float(bitPattern: bits & 0xFFFF_0000))
    }
}

/// Calls `body` for each output position and each tap of the kernel that falls on the picture, row by row.
func forEachTap(
    _ window: Window, _ input: Shape, _ output: Shape, _ body: (_ output: Int, _ input: Int, _ tap: Int) -> Void
) {
    for row in 0..<output[1] {
        for column in 0..<output[2] {
            for tapRow in 0..<window.kernel.rows {
                for tapColumn in 0..<window.kernel.columns {
                    let inputRow = row * window.stride.rows + tapRow * window.dilation.rows - window.padding.top
                    let inputColumn = column * window.stride.columns + tapColumn * window.dilation.columns - window.padding.left
                    guard 0..<input[1] ~= inputRow, 0..<input[2] ~= inputColumn else { continue }
                    body(row * output[2] + column, inputRow * input[2] + inputColumn, tapRow * window.kernel.columns + tapColumn)
                }
            }
        }
    }
}

extension ReferenceProgram {
    /// Calls `body` with the offsets of the planes of each image that a convolution connects: input, output, kernel.
    private func forEachConnection(_ input: Shape, _ weight: Shape, _ output: Shape, _ groups: Int, _ body: (Int, Int, Int) -> Void) {
        let (inputArea, outputArea, taps) = (input[1] * input[2], output[1] * output[2], weight[2] * weight[3])
        for image in 0..<count {
            for o in 0..<output[0] {
                let group = o / (output[0] / groups)
                for c in 0..<weight[1] {
                    let inputPlane = image * input[0] + group * weight[1] + c
                    body(inputPlane * inputArea, (image * output[0] + o) * outputArea, (o * weight[1] + c) * taps)
                }
            }
        }
    }

    private func convolve(
        _ x: [Double], _ weights: [Double], _ input: Shape, _ weight: Shape, _ output: Shape, _ window: Window, _ groups: Int
    ) -> [Double] {
        var y = Array(repeating: 0.0, count: count * output.count)
        forEachConnection(input, weight, output, groups) { from, to, kernel in
            forEachTap(window, input, output) { y[to + $0] += x[from + $1] * weights[kernel + $2] }
        }
        return y
    }

    private func convolutionInputGradient(
        _ upstream: [Double], _ weights: [Double], _ output: Shape, _ weight: Shape, _ gradient: ConvolutionInputGradient
    ) -> [Double] {
        let input = gradient.inputShape
        var dx = Array(repeating: 0.0, count: count * input.count)
        forEachConnection(input, weight, output, gradient.groups) { from, to, kernel in
            forEachTap(gradient.window, input, output) { dx[from + $1] += upstream[to + $0] * weights[kernel + $2] }
        }
        return dx
    }

    private func convolutionWeightGradient(
        _ x: [Double], _ upstream: [Double], _ input: Shape, _ output: Shape, _ gradient: ConvolutionWeightGradient
    ) -> [Double] {
        let weight = gradient.weightShape
        var dw = Array(repeating: 0.0, count: weight.count)
        forEachConnection(input, weight, output, gradient.groups) { from, to, kernel in
            forEachTap(gradient.window, input, output) { dw[kernel + $2] += x[from + $1] * upstream[to + $0] }
        }
        return dw
    }
}
