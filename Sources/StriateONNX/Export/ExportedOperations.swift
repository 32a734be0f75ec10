import StriateGraph

extension GraphExporter {
    /// The nodes for one operation of the graph.
    mutating func export(_ node: Node) throws(ExportRefusal) {
        let result = node.results[0]
        switch node.operation {
        case let input as Input: setName(input.name, of: result)
        case let variable as Variable: addParameter(variable.name, result)
        case let constant as Constant: _ = self.constant(constant.tensor, making: result)
        case let convolution as Convolution: try export(convolution, node)
        case let linear as Linear: try export(linear, node)
        case let pool as Pool: export(pool, node)
        case let pool as AdaptiveAveragePool: export(pool, node)
        case let activation as Activation: export(activation.kind, name(node.inputs[0]), making: result)
        case let function as ElementFunction: export(function.kind, node)
        case let arithmetic as Arithmetic: export(arithmetic, node)
        case is AddBias: append("Add", [name(node.inputs[0]), channels(node.inputs[1], beside: node.inputs[0])], making: result)
        case let affine as Affine: export(affine, node)
        case let affine as ChannelAffine: export(affine, node)
        case let reduction as Reduction: export(reduction, node)
        case let softmax as Softmax:
            let axis = axis(softmax.axis, of: node.inputs[0])
            append(softmax.isLogarithm ? "LogSoftmax" : "Softmax", [name(node.inputs[0])], [ProtoAttribute("axis", axis)], making: result)
        case let normalization as LocalResponseNormalization: try export(normalization, node)
        case is SquaredDistance: exportDistance(node)
        case let mask as ConnectionMask: export(mask, node)
        case is Dropout: append("Identity", [name(node.inputs[0])], making: result)
        default: try exportArrangement(node)
        }
    }

    // MARK: - Weighted layers

    private mutating func export(_ convolution: Convolution, _ node: Node) throws(ExportRefusal) {
        guard convolution.pool == nil else { throw ExportRefusal(operation: convolution.description) }
        let attributes = windowAttributes(convolution.window) + [
            ProtoAttribute("dilations", convolution.window.dilation.numbers), ProtoAttribute("group", convolution.groups),
        ]
        finish("Conv", node.inputs.map { name($0) }, attributes, convolution.activation, making: node.results[0])
    }

    private mutating func export(_ linear: Linear, _ node: Node) throws(ExportRefusal) {
        finish("Gemm", node.inputs.map { name($0) }, [ProtoAttribute("transB", 1)], linear.activation, making: node.results[0])
    }

    /// A node and the activation that was fused with it.
    private mutating func finish(
        _ operation: String, _ inputs: [String], _ attributes: [ProtoAttribute], _ activation: Activation.Kind?, making result: Value
    ) {
        guard let activation else { return append(operation, inputs, attributes, making: result) }
        let sums = step(operation, inputs, attributes)
        export(activation, sums, making: result)
    }

    private func windowAttributes(_ window: Window) -> [ProtoAttribute] {
        let padding = window.padding
        return [
            ProtoAttribute("kernel_shape", window.kernel.numbers), ProtoAttribute("strides", window.stride.numbers),
            ProtoAttribute("pads", [padding.top, padding.left, padding.bottom, padding.right]),
        ]
    }

    private mutating func export(_ mask: ConnectionMask, _ node: Node) {
        let shape = graph[node.inputs[0]].shape
        var zeros = [Float]()
        for inputs in mask.table.rows { zeros += (0..<mask.table.inputs).map { inputs.contains($0) ? 1 : 0 } }
        let table = constant(Tensor([shape[0], shape[1], 1, 1], zeros))
        append("Mul", [name(node.inputs[0]), table], making: node.results[0])
    }

    /// `Σ (x − c)²` for each centre.
    private mutating func exportDistance(_ node: Node) {
        let columns = step("Unsqueeze", [name(node.inputs[0]), constant([1])])
        let differences = step("Sub", [columns, name(node.inputs[1])])
        let squares = step("Mul", [differences, differences])
        append("ReduceSum", [squares, constant([2])], [ProtoAttribute("keepdims", 0)], making: node.results[0])
    }

    // MARK: - Pools

    private mutating func export(_ pool: Pool, _ node: Node) {
        var attributes = windowAttributes(pool.window)
        if pool.window.roundsUp { attributes.append(ProtoAttribute("ceil_mode", 1)) }
        if pool.kind == .max, pool.window.dilation != 1 { attributes.append(ProtoAttribute("dilations", pool.window.dilation.numbers)) }
        if pool.kind == .average { attributes.append(ProtoAttribute("count_include_pad", pool.countsPadding)) }
        append(pool.kind == .max ? "MaxPool" : "AveragePool", [name(node.inputs[0])], attributes, making: node.results[0])
    }

    private mutating func export(_ pool: AdaptiveAveragePool, _ node: Node) {
        let shape = graph[node.inputs[0]].shape, size = pool.size
        if size == 1 { return append("GlobalAveragePool", [name(node.inputs[0])], making: node.results[0]) }
        if shape[1] % size.rows == 0, shape[2] % size.columns == 0 {
            let window = Extent(shape[1] / size.rows, shape[2] / size.columns)
            return append(
                "AveragePool", [name(node.inputs[0])], windowAttributes(Window(kernel: window, stride: window)), making: node.results[0])
        }
        // Windows of unequal size are products with matrices of their shares.
        let rows = constant(Self.shares(shape[1], size.rows))
        let columns = constant(Self.shares(shape[2], size.columns))
        let turned = step("Transpose", [columns], [ProtoAttribute("perm", [1, 0])])
        append("MatMul", [step("MatMul", [rows, name(node.inputs[0])]), turned], making: node.results[0])
    }

    /// Which share each of `extent` elements has in each of `count` means.
    private static func shares(_ extent: Int, _ count: Int) -> Tensor {
        var values = [Float]()
        for index in 0..<count {
            let window = index * extent / count..<((index + 1) * extent + count - 1) / count
            values += (0..<extent).map { window.contains($0) ? 1 / Float(window.count) : 0 }
        }
        return Tensor([count, extent], values)
    }

    private mutating func export(_ normalization: LocalResponseNormalization, _ node: Node) throws(ExportRefusal) {
        // ONNX puts the odd channel of an even window on the other side, and its runtimes refuse even windows.
        guard normalization.before == (normalization.size - 1) / 2 else { throw ExportRefusal(operation: "\(normalization), an even number") }
        let attributes = [
            ProtoAttribute("size", normalization.size), ProtoAttribute("alpha", normalization.alpha),
            ProtoAttribute("beta", normalization.beta), ProtoAttribute("bias", normalization.k),
        ]
        append("LRN", [name(node.inputs[0])], attributes, making: node.results[0])
    }

    // MARK: - Elements

    private mutating func export(_ arithmetic: Arithmetic, _ node: Node) {
        let inputs = node.inputs.map { name($0) }
        switch arithmetic.kind {
        case .add: append("Add", inputs, making: node.results[0])
        case .subtract: append("Sub", inputs, making: node.results[0])
        case .multiply: append("Mul", inputs, making: node.results[0])
        case .divide: append("Div", inputs, making: node.results[0])
        case .maximum: append("Max", inputs, making: node.results[0])
        case .minimum: append("Min", inputs, making: node.results[0])
        case .power: append("Pow", inputs, making: node.results[0])
        case .equal, .greater:
            let truth = step(arithmetic.kind == .equal ? "Equal" : "Greater", inputs)
            append("Cast", [truth], [ProtoAttribute("to", Int(ONNXType.float.rawValue))], making: node.results[0])
        }
    }

    private mutating func export(_ affine: Affine, _ node: Node) {
        let shape = graph[node.inputs[0]].shape
        let channels = affine.scale.count == 1 ? Shape.scalar : Shape([shape[0]] + Array(repeating: 1, count: shape.rank - 1))
        let hasOffset = affine.offset.contains { $0 != 0 }, scale = constant(Tensor(channels, affine.scale))
        guard hasOffset else { return append("Mul", [name(node.inputs[0]), scale], making: node.results[0]) }
        let products = step("Mul", [name(node.inputs[0]), scale])
        append("Add", [products, constant(Tensor(channels, affine.offset))], making: node.results[0])
    }

    private mutating func export(_ affine: ChannelAffine, _ node: Node) {
        let x = node.inputs[0], scale = channels(node.inputs[1], beside: x)
        guard affine.hasOffset else { return append("Mul", [name(x), scale], making: node.results[0]) }
        let products = step("Mul", [name(x), scale])
        append("Add", [products, channels(node.inputs[2], beside: x)], making: node.results[0])
    }

    /// One number for each channel, shaped so that it meets the channels of `x`.
    private mutating func channels(_ value: Value, beside x: Value) -> String {
        let rank = graph[x].shape.rank
        return rank == 1 ? name(value) : step("Unsqueeze", [name(value), constant(Array(1..<rank))])
    }

    private mutating func export(_ kind: Activation.Kind, _ input: String, making result: Value) {
        switch kind {
        case .sigmoid: append("Sigmoid", [input], making: result)
        case .tanh: append("Tanh", [input], making: result)
        case .relu: append("Relu", [input], making: result)
        case .scaledTanh:
            let scaled = step("Mul", [input, constant(Tensor(Activation.squashSlope))])
            append("Mul", [step("Tanh", [scaled]), constant(Tensor(Activation.squashAmplitude))], making: result)
        }
    }

    private mutating func export(_ kind: ElementFunction.Kind, _ node: Node) {
        let x = name(node.inputs[0]), result = node.results[0]
        switch kind {
        case .leakyReLU(let slope): append("LeakyRelu", [x], [ProtoAttribute("alpha", slope)], making: result)
        case .elu(let scale): append("Elu", [x], [ProtoAttribute("alpha", scale)], making: result)
        case .gelu(let isApproximated): exportGELU(x, isApproximated: isApproximated, making: result)
        case .hardSigmoid(let slope, let offset):
            append("HardSigmoid", [x], [ProtoAttribute("alpha", slope), ProtoAttribute("beta", offset)], making: result)
        case .hardSwish: append("HardSwish", [x], making: result)
        case .silu: append("Mul", [x, step("Sigmoid", [x])], making: result)
        case .softplus: append("Softplus", [x], making: result)
        case .clip(let low, let high): append("Clip", [x, constant(Tensor(low)), constant(Tensor(high))], making: result)
        case .exp: append("Exp", [x], making: result)
        case .log: append("Log", [x], making: result)
        case .squareRoot: append("Sqrt", [x], making: result)
        case .reciprocalSquareRoot: append("Reciprocal", [step("Sqrt", [x])], making: result)
        case .reciprocal: append("Reciprocal", [x], making: result)
        case .absolute: append("Abs", [x], making: result)
        case .erf: append("Erf", [x], making: result)
        case .sign: append("Sign", [x], making: result)
        case .floor: append("Floor", [x], making: result)
        case .ceil: append("Ceil", [x], making: result)
        case .round: append("Round", [x], making: result)
        }
    }

    /// `x/2 · (1 + erf(x/√2))`, or `x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³)))`: an operator of its own came with version 20.
    private mutating func exportGELU(_ x: String, isApproximated: Bool, making result: Value) {
        let inner: String
        if isApproximated {
            let cube = step("Mul", [step("Mul", [x, x]), step("Mul", [x, constant(Tensor(0.044715))])])
            inner = step("Tanh", [step("Mul", [step("Add", [x, cube]), constant(Tensor(0.797_884_56))])])
        } else {
            inner = step("Erf", [step("Mul", [x, constant(Tensor(0.707_106_8))])])
        }
        let half = step("Mul", [x, constant(Tensor(0.5))])
        append("Mul", [half, step("Add", [inner, constant(Tensor(1))])], making: result)
    }

    private mutating func export(_ reduction: Reduction, _ node: Node) {
        let axes = reduction.axes.map { axis($0, of: node.inputs[0]) }, keeps = ProtoAttribute("keepdims", reduction.keepsAxes)
        let x = name(node.inputs[0])
        // Of the four only the sum takes its axes as an input in this version.
        switch reduction.kind {
        case .sum: append("ReduceSum", [x, constant(axes)], [keeps], making: node.results[0])
        case .mean: append("ReduceMean", [x], [ProtoAttribute("axes", axes), keeps], making: node.results[0])
        case .max: append("ReduceMax", [x], [ProtoAttribute("axes", axes), keeps], making: node.results[0])
        case .min: append("ReduceMin", [x], [ProtoAttribute("axes", axes), keeps], making: node.results[0])
        }
    }
}

extension Extent {
    fileprivate var numbers: [Int] { [rows, columns] }
}
