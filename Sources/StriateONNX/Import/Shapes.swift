import StriateGraph

/// Operators that change shapes, or tell of them.
extension OperatorRule {
    static let shapes: [String: OperatorRule] = [
        "Shape": OperatorRule(1...1, ["end", "start"], fold: { (importer, call) throws(Refusal) in
            let extents = importer.extents(try call.operand(0)), rank = extents.count
            func place(_ name: String, _ standard: Int) throws(Refusal) -> Int {
                let place = try call.int(name, or: standard)
                return max(0, min(rank, place < 0 ? place + rank : place))
            }
            let start = try place("start", 0), end = try place("end", rank)
            return [KnownTensor(start < end ? Array(extents[start..<end]) : [])]
        }, convert: folded),
        "Size": OperatorRule(1...1, fold: { (importer, call) throws(Refusal) in
            var product = Size(1)
            for extent in importer.extents(try call.operand(0)) {
                guard let next = extent.fixed.flatMap({ product.times($0) }) ?? product.fixed.flatMap({ extent.times($0) }) else { return nil }
                product = next
            }
            return [KnownTensor([], .sizes([product]))]
        }, convert: folded),
        "Reshape": OperatorRule(1...2, ["allowzero", "consumed_inputs", "shape"], data: [0]) { (importer, call) throws(Refusal) in
            try importer.reshaped(try call.operand(0), to: try importer.target(call))
        },
        "Flatten": OperatorRule(1...1, ["axis"]) { (importer, call) throws(Refusal) in
            let operand = try call.operand(0), extents = importer.extents(operand)
            let given = try call.int("axis", or: 1)
            let axis = given == extents.count ? given : try importer.axis(given, rank: extents.count)
            guard let front = Size.product(extents[..<axis]), let back = Size.product(extents[axis...]) else {
                throw Refusal("would mix the images of a batch")
            }
            return try importer.reshaped(operand, to: [front, back])
        },
        "Squeeze": OperatorRule(1...2, ["axes"], data: [0]) { (importer, call) throws(Refusal) in
            let operand = try call.operand(0), extents = importer.extents(operand)
            let chosen = try call.numbers("axes", orInput: 1)
            let axes = try chosen?.map { (axis) throws(Refusal) in try importer.axis(axis, rank: extents.count) }
                ?? extents.indices.filter { extents[$0].fixed == 1 }
            for axis in axes where extents[axis].fixed != 1 { throw Refusal("axis \(axis) cannot be left out: its extent is not 1") }
            return try importer.reshaped(operand, to: extents.indices.filter { !axes.contains($0) }.map { extents[$0] })
        },
        "Unsqueeze": OperatorRule(1...2, ["axes"], data: [0]) { (importer, call) throws(Refusal) in
            let operand = try call.operand(0)
            var extents = importer.extents(operand)
            guard let axes = try call.numbers("axes", orInput: 1) else { throw Refusal("the axes are missing") }
            let rank = extents.count + axes.count
            guard rank <= Limits.axes else { throw Refusal("a tensor of \(rank) axes is not supported") }
            let places = try axes.map { (axis) throws(Refusal) in try importer.axis(axis, rank: rank) }.sorted()
            guard Set(places).count == places.count else { throw Refusal("the axes \(axes) stand twice") }
            for place in places { extents.insert(Size(1), at: place) }
            return try importer.reshaped(operand, to: extents)
        },
        "Identity": OperatorRule(1...1) { (_, call) throws(Refusal) in [try call.operand(0)] },
        "Cast": OperatorRule(1...1, ["round_mode", "saturate", "to"]) { (importer, call) throws(Refusal) in
            guard let number = try call.int("to"), let type = ONNXType(rawValue: Int32(truncatingIfNeeded: number)) else {
                throw Refusal("casts to an element type that is not supported")
            }
            return [try cast(try call.operand(0), to: type, &importer)]
        },
        "CastLike": OperatorRule(2...2, ["round_mode", "saturate"], data: [0]) { (importer, call) throws(Refusal) in
            [try cast(try call.operand(0), to: try call.operand(1).isWhole ? .int64 : .float, &importer)]
        },
    ]

    /// The converter of operators that are always folded; only a shape with several free extents brings it to be called.
    private static func folded(_: inout GraphImporter, _: Call) throws(Refusal) -> [Operand] {
        throw Refusal("its result depends on the batch in a way that is not supported")
    }

    private static func cast(_ operand: Operand, to type: ONNXType, _ importer: inout GraphImporter) throws(Refusal) -> Operand {
        switch operand {
        case .known(let tensor, _):
            if tensor.isWhole == type.isWhole, type != .bool { return operand }
            if !type.isWhole {
                // A number that depends on the batch stays one: it is a size still.
                return .known(tensor.floats.map { KnownTensor(tensor.extents, .floats($0)) } ?? tensor)
            }
            guard let floats = tensor.floats else { return operand }
            return .known(KnownTensor(tensor.extents, .sizes(floats.map { value in
                Size(type == .bool ? (value == 0 ? 0 : 1) : Int(exactly: value.rounded(.towardZero)) ?? 0)
            })))
        case .computed(let value, let isWhole):
            guard type.isWhole, !isWhole || type == .bool else { return .computed(value, isWhole: type.isWhole) }
            return .computed(try importer.build { (graph) throws(ShapeError) in
                if type == .bool {
                    return try graph.arithmetic(.subtract, graph.constant(Tensor(1)), try graph.arithmetic(.equal, value, graph.constant(Tensor(0))))
                }
                let size = try graph.apply(.floor, try graph.apply(.absolute, value))
                return try graph.arithmetic(.multiply, try graph.apply(.sign, value), size)
            }, isWhole: true)
        }
    }
}

extension Size {
    /// The product of extents, or nil where the batch would count twice.
    static func product(_ sizes: some Sequence<Size>) -> Size? {
        var product = Size(1)
        for size in sizes {
            guard let next = size.fixed.flatMap({ product.times($0) }) ?? product.fixed.flatMap({ size.times($0) }) else { return nil }
            product = next
        }
        return product
    }
}

extension GraphImporter {
    /// The shape that a `Reshape` asks for, with its −1 and 0 filled in.
    fileprivate func target(_ call: Call) throws(Refusal) -> [Size] {
        let extents = extents(try call.operand(0))
        let given: [Size]
        if let shape = try call.ints("shape") {
            given = shape.map(Size.init)
        } else {
            guard let sizes = call.optional(1)?.known?.sizes else { throw Refusal("the shape must be known before the graph runs") }
            given = sizes
        }
        guard given.count <= Limits.axes else { throw Refusal("a tensor of \(given.count) axes is not supported") }
        var target = given
        for (index, size) in given.enumerated() where size.fixed == 0 {
            guard try !call.flag("allowzero") else { continue }
            guard index < extents.count else { throw Refusal("keeps an axis \(index) that is not there") }
            target[index] = extents[index]
        }
        return try completed(target, from: extents)
    }

    /// Fills in the −1, and sees the batch where a file fixes its extent.
    private func completed(_ target: [Size], from extents: [Size]) throws(Refusal) -> [Size] {
        var target = target
        let isBatched = extents.first?.timesBatch == true
        let inferred = target.indices.filter { target[$0].fixed == -1 }
        guard inferred.count <= 1 else { throw Refusal("leaves more than one extent open") }
        guard !target.contains(where: { ($0.fixed ?? 0) < -1 }) else { throw Refusal("an extent is negative") }
        // The elements of one image.
        guard let whole = Size.product(extents) else { throw Refusal("the shape is too large") }
        if isBatched, let first = target.first, !first.timesBatch, first.fixed != -1 || inferred.first == 0 {
            // The batch is in front where the rest is one image: a fixed batch, or −1 in its place.
            let rest = Size.product(target.dropFirst())
            if case .leadingAxis(let extent) = batching {
                let isInferred = inferred.first == 0 && rest == Size(whole.number)
                let isFixed = inferred.first != 0 && first.fixed == extent && extent != nil
                if isInferred || isFixed { target[0] = .batch }
            }
        }
        if let place = target.indices.first(where: { target[$0].fixed == -1 }) {
            let others = target.indices.filter { $0 != place }.map { target[$0] }
            guard let rest = Size.product(others), rest.number > 0 || whole.number == 0 else { throw Refusal("the open extent cannot be told") }
            guard rest.timesBatch == whole.timesBatch, whole.number % max(1, rest.number) == 0 else {
                throw Refusal("the shape would mix the images of a batch, or does not fit")
            }
            target[place] = Size(rest.number == 0 ? 0 : whole.number / rest.number)
        }
        return target
    }

    /// The same elements in another shape; in front stands the batch, where there is one.
    mutating func reshaped(_ operand: Operand, to target: [Size]) throws(Refusal) -> [Operand] {
        let fixed = target.compactMap(\.fixed)
        guard Shape.checkedCount(target.map(\.number)) != nil else { throw Refusal("the shape is too large") }
        switch operand {
        case .known(let tensor, let parameter):
            guard fixed.count == target.count, fixed.reduce(1, *) == tensor.count else { throw Refusal("\(tensor.count) elements do not fill the shape") }
            if tensor.extents == fixed { return [operand] }
            guard operand.canBeLearnt else { return [.known(tensor.reshaped(to: fixed), parameter: parameter)] }
            // Still a parameter, as its file shapes it, such as a scale for each channel that is to meet pictures.
            let value = try self.parameter(operand)
            return [.computed(try build { (graph) throws(ShapeError) in try graph.reshape(value, to: Shape(fixed)) })]
        case .computed(let value, let isWhole):
            var image = fixed
            if hasBatchAxis(value) {
                guard target.first == .batch, fixed.count == target.count - 1 else { throw Refusal("the shape would mix the images of a batch") }
            } else {
                guard fixed.count == target.count else { throw Refusal("the shape depends on the batch, the elements do not") }
            }
            image = fixed
            let shape = Shape(image)
            return [.computed(try build { (graph) throws(ShapeError) in try graph.reshape(value, to: shape) }, isWhole: isWhole)]
        }
    }
}
