import StriateGraph

extension ReferenceProgram {
    /// What moves elements and computes nothing, axis by axis.
    func rearrangements(_ call: Call) -> [[Double]]? {
        let shape = call.types.first?.shape ?? .scalar
        switch call.node.operation {
        case let slice as Slice:
            return eachImage(call) { x, place in
                var place = place
                place[slice.axis] += slice.range.lowerBound
                return x[0][shape.index(of: place)]
            }
        case let gather as Gather:
            return eachImage(call) { x, place in
                var place = place
                place[gather.axis] = gather.positions[place[gather.axis]]
                return place[gather.axis] == Gather.filled ? Double(gather.fill) : x[0][shape.index(of: place)]
            }
        case let gradient as GatherGradient:
            return eachImage(call) { upstream, place in
                var sum = 0.0, from = place
                for (position, target) in gradient.positions.enumerated() where target == place[gradient.axis] {
                    from[gradient.axis] = position
                    sum += upstream[0][shape.index(of: from)]
                }
                return sum
            }
        case let concatenation as Concatenation:
            return eachImage(call) { x, place in
                var input = 0, place = place
                while place[concatenation.axis] >= call.types[input].shape[concatenation.axis] {
                    place[concatenation.axis] -= call.types[input].shape[concatenation.axis]
                    input += 1
                }
                return x[input][call.types[input].shape.index(of: place)]
            }
        case let transpose as Transpose:
            return eachImage(call) { x, place in
                var from = place
                for (axis, source) in transpose.permutation.enumerated() { from[source] = place[axis] }
                return x[0][shape.index(of: from)]
            }
        case is Broadcast: return eachImage(call) { x, place in x[0][shape.index(ofBroadcast: place)] }
        case let mask as ConnectionMask:
            return eachImage(call) { weight, place in
                mask.table.rows[place[0]].contains(place[1]) ? weight[0][shape.index(of: place)] : 0
            }
        default: return nil
        }
    }

    /// Computes each element of the result from its place and from what the inputs hold for its image.
    func eachImage(_ call: Call, _ element: (_ inputs: [[Double]], _ place: [Int]) -> Double) -> [[Double]] {
        func compute(_ image: Int) -> [Double] {
            let inputs = call.types.indices.map { call.types[$0].isBatched ? Array(call.image(image, of: $0)) : call.inputs[$0] }
            return (0..<call.type.shape.count).map { element(inputs, call.type.shape.place(of: $0)) }
        }
        return call.type.isBatched ? call.images(compute) : [compute(0)]
    }
}

extension Shape {
    /// Where the element stands along each axis.
    func place(of index: Int) -> [Int] {
        var place = extents, rest = index
        for axis in extents.indices.reversed() { (rest, place[axis]) = rest.quotientAndRemainder(dividingBy: extents[axis]) }
        return place
    }

    func index(of place: [Int]) -> Int { zip(extents, place).reduce(0) { $0 * $1.0 + $1.1 } }

    /// The element that stands at a place of the shape to which this one is broadcast.
    func index(ofBroadcast place: [Int]) -> Int {
        index(of: zip(extents, place.suffix(rank)).map { extent, position in extent == 1 ? 0 : position })
    }
}
