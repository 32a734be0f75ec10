import StriateGraph

extension OperatorRule {
    static func pad(_ importer: inout GraphImporter, _ call: Call) throws(Refusal) -> [Operand] {
        var operand = try call.operand(0)
        let extents = importer.extents(operand), rank = extents.count
        let mode = try call.text("mode", or: "constant")
        guard let pads = try call.numbers("pads", orInput: 1) else { throw Refusal("the pads are missing") }
        var fill = try call.float("value", or: 0)
        if let operand = call.optional(2) {
            guard let number = operand.known?.scalar else { throw Refusal("its value must be one number that is known before the graph runs") }
            fill = number
        }
        let axes = try call.numbers("axes", orInput: 3) ?? Array(0..<rank)
        guard pads.count == 2 * axes.count else { throw Refusal("\(pads.count) pads do not fit \(axes.count) axes") }
        for (index, chosen) in axes.enumerated() {
            let axis = try importer.axis(chosen, rank: rank), before = pads[index], behind = pads[index + axes.count]
            if before == 0, behind == 0 { continue }
            guard let extent = extents[axis].fixed else { throw Refusal("pads the batch") }
            let limit = Limits.padding
            guard abs(before.clampedPad) <= limit, abs(behind.clampedPad) <= limit, before + extent + behind >= 0 else {
                throw Refusal("pads of \(before) and \(behind) are not supported")
            }
            let positions = try (-before..<extent + behind).map { (place) throws(Refusal) in try position(place, of: extent, mode) }
            operand = try importer.picking(positions, of: operand, axis: axis, fill: fill)
        }
        return [operand]
    }

    /// Which element stands at a place before, within or behind an axis.
    private static func position(_ place: Int, of extent: Int, _ mode: String) throws(Refusal) -> Int {
        if (0..<extent).contains(place) { return place }
        switch mode {
        case "constant": return Gather.filled
        case "edge" where extent > 0: return place < 0 ? 0 : extent - 1
        case "wrap" where extent > 0: return ((place % extent) + extent) % extent
        case "reflect" where extent > 1:
            let period = 2 * (extent - 1), phase = ((place % period) + period) % period
            return phase < extent ? phase : period - phase
        case "edge", "wrap", "reflect": throw Refusal("there is nothing to pad with")
        default: throw Refusal("mode \(mode.prefix(40)) is not supported")
        }
    }
}

extension Int {
    fileprivate var clampedPad: Int { Swift.max(-(1 << 40), Swift.min(1 << 40, self)) }
}
