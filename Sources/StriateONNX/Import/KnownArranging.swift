import StriateGraph

extension KnownTensor {
    func transposed(_ order: [Int]) -> KnownTensor {
        let strides = Self.strides(extents)
        var places = [0]
        for axis in order.reversed() {
            var next = [Int]()
            next.reserveCapacity(places.count * extents[axis])
            for position in 0..<extents[axis] { for place in places { next.append(position * strides[axis] + place) } }
            places = next
        }
        return picking(places, extents: order.map { extents[$0] })
    }

    /// Chosen positions of one axis, none of them a fill.
    func picking(_ positions: [Int], axis: Int) -> KnownTensor {
        let inner = extents[(axis + 1)...].reduce(1, *), outer = extents[..<axis].reduce(1, *)
        var places = [Int]()
        places.reserveCapacity(outer * positions.count * inner)
        for block in 0..<outer {
            for position in positions {
                let start = (block * extents[axis] + position) * inner
                places += start..<start + inner
            }
        }
        var result = extents
        result[axis] = positions.count
        return picking(places, extents: result)
    }

    static func concatenation(_ tensors: [KnownTensor], axis: Int) throws(Refusal) -> KnownTensor {
        var extents = tensors[0].extents
        extents[axis] = 0
        for tensor in tensors {
            guard tensor.extents.count == extents.count,
                extents.indices.allSatisfy({ $0 == axis || tensor.extents[$0] == extents[$0] })
            else { throw Refusal("tensors of \(Shape(tensors[0].extents)) and \(Shape(tensor.extents)) do not fit") }
            extents[axis] += tensor.extents[axis]
        }
        guard let count = Shape.checkedCount(extents), count <= Limits.folded else { throw Refusal("the result is too large") }
        let outer = extents[..<axis].reduce(1, *)
        func joined<Element>(_ parts: [[Element]]) -> [Element] {
            var result = [Element]()
            result.reserveCapacity(count)
            for block in 0..<outer {
                for part in parts {
                    let length = part.count / max(1, outer)
                    result += part[block * length..<(block + 1) * length]
                }
            }
            return result
        }
        let sizes = tensors.compactMap(\.sizes)
        if sizes.count == tensors.count { return KnownTensor(extents, .sizes(joined(sizes))) }
        let floats = tensors.compactMap(\.floats)
        guard floats.count == tensors.count else { throw Refusal("numbers that depend on the batch stand beside others") }
        return KnownTensor(extents, .floats(joined(floats)))
    }

    private static func strides(_ extents: [Int]) -> [Int] {
        var strides = [Int](), stride = 1
        for extent in extents.reversed() {
            strides.append(stride)
            stride *= extent
        }
        return strides.reversed()
    }
}

extension GraphImporter {
    /// Chosen positions of one axis (as the file counts them) of any operand.
    mutating func picking(_ positions: [Int], of operand: Operand, axis: Int, fill: Float = 0) throws(Refusal) -> Operand {
        switch operand {
        case .known(let tensor, _):
            let rest = tensor.count / max(1, tensor.extents[axis])
            guard !rest.multipliedReportingOverflow(by: positions.count).overflow, rest * positions.count <= Limits.folded else {
                throw Refusal("the result is too large")
            }
            if positions.contains(Gather.filled) { return try .known(tensor.padded(positions, axis: axis, fill: fill)) }
            return .known(tensor.picking(positions, axis: axis))
        case .computed(let value, let isWhole):
            let place = try self.axis(axis, of: value)
            return .computed(try build { (graph) throws(ShapeError) in
                // Neighbours are sliced, which engines need not copy.
                if let first = positions.first, first >= 0, positions == Array(first..<first + positions.count) {
                    return try graph.slice(value, axis: place, first..<first + positions.count)
                }
                return try graph.gather(value, axis: place, positions, fill: fill)
            }, isWhole: isWhole)
        }
    }
}

extension KnownTensor {
    /// Chosen positions of one axis, with a fill where none is chosen.
    fileprivate func padded(_ positions: [Int], axis: Int, fill: Float) throws(Refusal) -> KnownTensor {
        let one = extents.enumerated().map { $0.offset == axis ? 1 : $0.element }
        let count = one.reduce(1, *)
        let filling: KnownTensor = isWhole
            ? KnownTensor(one, .sizes(Array(repeating: Size(Int(fill)), count: count)))
            : KnownTensor(one, .floats(Array(repeating: fill, count: count)))
        // The fill stands behind the last element and is picked like any other.
        let extended = try KnownTensor.concatenation([self, filling], axis: axis)
        return extended.picking(positions.map { $0 == Gather.filled ? extents[axis] : $0 }, axis: axis)
    }
}
