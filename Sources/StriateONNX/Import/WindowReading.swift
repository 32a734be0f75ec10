import StriateGraph

/// The sliding window of a convolution or pool, along one axis or two.
struct WindowReading {
    let window: Window
    /// Whether the pictures have one axis (`[C, L]`), which the graph sees as pictures of one row.
    let isOneRow: Bool

    /// - Parameters:
    ///   - kernel: The extents of the kernel, one or two.
    ///   - input: The extents of a picture, channels first.
    init(_ call: Call, kernel: [Int], input: Shape, roundsUp: Bool = false) throws(Refusal) {
        let axes = input.rank - 1
        guard axes == 1 || axes == 2 else { throw Refusal("takes pictures of one or two axes, not \(input)") }
        isOneRow = axes == 1
        guard kernel.count == axes else { throw Refusal("a kernel of \(kernel.count) axes does not fit pictures of \(input)") }
        func pair(_ name: String) throws(Refusal) -> Extent {
            let numbers = try call.ints(name) ?? Array(repeating: 1, count: axes)
            guard numbers.count == axes, numbers.allSatisfy({ $0 > 0 }) else { throw Refusal("the attribute \(name) does not fit: \(numbers)") }
            return axes == 1 ? Extent(1, numbers[0]) : Extent(numbers[0], numbers[1])
        }
        guard kernel.allSatisfy({ $0 > 0 }) else { throw Refusal("a kernel of \(kernel) has no taps") }
        let kernel = axes == 1 ? Extent(1, kernel[0]) : Extent(kernel[0], kernel[1])
        var window = Window(kernel: kernel, stride: try pair("strides"), dilation: try pair("dilations"), roundsUp: roundsUp)
        let size = isOneRow ? Extent(1, input[1]) : Extent(input[1], input[2])
        window.padding = try Self.padding(call, axes: axes, window: window, size: size)
        self.window = window
    }

    private static func padding(_ call: Call, axes: Int, window: Window, size: Extent) throws(Refusal) -> Padding {
        let rule = try call.text("auto_pad", or: "NOTSET")
        switch rule {
        case "NOTSET", "":
            let pads = try call.ints("pads") ?? Array(repeating: 0, count: 2 * axes)
            guard pads.count == 2 * axes, pads.allSatisfy({ $0 >= 0 }) else { throw Refusal("the attribute pads does not fit: \(pads)") }
            return axes == 1
                ? Padding(top: 0, bottom: 0, left: pads[0], right: pads[1])
                : Padding(top: pads[0], bottom: pads[2], left: pads[1], right: pads[3])
        case "VALID": return 0
        case "SAME_UPPER", "SAME_LOWER":
            /// What is missing so that there are as many positions as strides begin within the picture; an odd one goes to one side.
            func split(_ size: Int, _ stride: Int, _ reach: Int) -> (Int, Int) {
                let missing = max(0, ((size + stride - 1) / stride - 1) * stride + reach - size)
                let half = missing / 2
                return rule == "SAME_UPPER" ? (half, missing - half) : (missing - half, half)
            }
            let (top, bottom) = split(size.rows, window.stride.rows, window.reach.rows)
            let (left, right) = split(size.columns, window.stride.columns, window.reach.columns)
            return Padding(top: top, bottom: bottom, left: left, right: right)
        default: throw Refusal("auto_pad \(rule.prefix(40)) is not supported")
        }
    }
}

extension GraphImporter {
    /// Applies an operation on pictures: those of one axis become pictures of one row, and a single image that was imported
    /// whole loses its leading axis for the while.
    mutating func onPictures(
        _ operand: Operand, _ body: (inout GraphImporter, _ pictures: Value, _ shape: Shape) throws(Refusal) -> (Value, isOneRow: Bool)
    ) throws(Refusal) -> Operand {
        var pictures = try batched(operand)
        var shape = graph[pictures].shape
        if batching == .none {
            guard shape.rank > 1, shape[0] == 1 else { throw Refusal("works on several images, but the graph mixes them otherwise") }
            shape = Shape(Array(shape.extents.dropFirst()))
            pictures = try build { (graph) throws(ShapeError) in try graph.reshape(pictures, to: shape) }
        }
        if shape.rank == 2 {
            let row = Shape([shape[0], 1, shape[1]])
            pictures = try build { (graph) throws(ShapeError) in try graph.reshape(pictures, to: row) }
        }
        let (made, isOneRow) = try body(&self, pictures, shape)
        var extents = graph[made].shape.extents
        if isOneRow { extents.remove(at: 1) }
        if batching == .none { extents.insert(1, at: 0) }
        return .computed(try build { (graph) throws(ShapeError) in try graph.reshape(made, to: Shape(extents)) })
    }
}
