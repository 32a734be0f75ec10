import StriateGraph

extension OperatorRule {
    static let convolutions: [String: OperatorRule] = [
        "Conv": OperatorRule(
            2...3, ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"], data: [0], convert: convolution)
    ]

    private static func convolution(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        let weightExtents = importer.extents(try call.operand(1)).compactMap(\.fixed)
        guard weightExtents.count >= 3 else { throw Refusal("a weight of \(weightExtents) does not fit") }
        let kernel = try call.ints("kernel_shape") ?? Array(weightExtents.dropFirst(2))
        guard kernel == Array(weightExtents.dropFirst(2)) else { throw Refusal("kernel_shape \(kernel) is not that of the weight") }
        let groups = try call.int("group", or: 1)

        return [try importer.onPictures(try call.operand(0)) { (importer, pictures, shape) throws(Refusal) in
            let reading = try WindowReading(call, kernel: kernel, input: shape)
            let weight = try importer.parameter(try call.operand(1), reading.isOneRow ? .oneRow : .asInFile)
            // Made before the convolution, so that a pass can let the convolution start its sums from it.
            let bias = try call.optional(2).map { (operand) throws(Refusal) in try importer.parameter(operand) }
            let result = try importer.build { (graph) throws(ShapeError) in
                let sums = try graph.convolution(pictures, weight: weight, window: reading.window, groups: groups)
                return if let bias { try graph.addBias(sums, bias) } else { sums }
            }
            return (result, reading.isOneRow)
        }]
    }
}
