// Operations that move elements and compute nothing. Axes count without the batch: axis 0 of pictures is the channels.

/// The same elements, row-major, in another shape.
public struct Reshape: Operation {
    public var shape: Shape

    public init(_ shape: Shape) { self.shape = shape }

    public var description: String { "reshape to \(shape)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(inputs[0].shape.count == shape.count, "cannot reshape \(inputs[0].shape) to \(shape)")
        return [ValueType(shape, isBatched: inputs[0].isBatched)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.append(Reshape(graph[node.inputs[0]].shape), [upstream])[0]]
    }
}

/// Neighbouring positions of one axis: along the first axis (channels of pictures) nothing is copied.
public struct Slice: Operation {
    public var axis: Int
    public var range: Range<Int>

    public init(axis: Int, _ range: Range<Int>) {
        self.axis = axis
        self.range = range
    }

    public var description: String { "slice \(range.lowerBound)..<\(range.upperBound) of axis \(axis)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let shape = inputs[0].shape
        try require(
            (0..<shape.rank).contains(axis) && range.lowerBound >= 0 && range.upperBound <= shape[axis],
            "\(shape) has no positions \(range.lowerBound)..<\(range.upperBound) along axis \(axis)")
        return [ValueType(shape.replacing(axis, with: range.count), isBatched: inputs[0].isBatched)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        let extent = graph[node.inputs[0]].shape[axis]
        let positions = (0..<extent).map { range.contains($0) ? $0 - range.lowerBound : Gather.filled }
        return [try graph.append(Gather(axis: axis, positions), [upstream])[0]]
    }
}

/// Chosen positions of one axis, in any order and any number, or a fill: strided and reversed slices, and padding of every mode.
public struct Gather: Operation {
    /// Stands among the positions where the result takes ``fill``.
    public static let filled = -1

    public var axis: Int
    /// For each position of the result the input's, or ``filled``.
    public var positions: [Int]
    public var fill: Float

    public init(axis: Int, _ positions: [Int], fill: Float = 0) {
        self.axis = axis
        self.positions = positions
        self.fill = fill
    }

    public var description: String { "gather \(positions.count) positions of axis \(axis)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let shape = inputs[0].shape
        try require((0..<shape.rank).contains(axis), "\(shape) has no axis \(axis)")
        try require(
            positions.allSatisfy { $0 == Gather.filled || (0..<shape[axis]).contains($0) },
            "positions along axis \(axis) of \(shape) are 0 to \(shape[axis] - 1)")
        return [ValueType(shape.replacing(axis, with: positions.count), isBatched: inputs[0].isBatched)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        let extent = graph[node.inputs[0]].shape[axis]
        return [try graph.append(GatherGradient(axis: axis, positions: positions, extent: extent), [upstream])[0]]
    }
}

/// Adds up, for each of `extent` positions of an axis, what ``Gather`` took from there.
public struct GatherGradient: Operation {
    public var axis: Int
    public var positions: [Int]
    public var extent: Int

    public var description: String { "gather-gradient of axis \(axis)" }
    public func resultTypes(for inputs: [ValueType]) -> [ValueType] {
        [ValueType(inputs[0].shape.replacing(axis, with: extent), isBatched: inputs[0].isBatched)]
    }
}

/// Values one after another along an axis. Along the first axis (channels) engines may compute the inputs side by side, so that
/// nothing is copied.
public struct Concatenation: Operation {
    public var axis: Int

    public init(axis: Int = 0) { self.axis = axis }

    public var description: String { "concatenation along axis \(axis)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        guard let first = inputs.first, (0..<first.shape.rank).contains(axis) else {
            throw ShapeError("there is nothing to concatenate along axis \(axis)")
        }
        for input in inputs {
            try require(
                input.isBatched == first.isBatched && input.shape.rank == first.shape.rank
                    && input.shape.replacing(axis, with: 0) == first.shape.replacing(axis, with: 0),
                "cannot concatenate \(first.shape) and \(input.shape) along axis \(axis)")
        }
        let extent = inputs.reduce(0) { $0 + $1.shape[axis] }
        return [ValueType(first.shape.replacing(axis, with: extent), isBatched: first.isBatched)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return node.inputs.map { _ in nil } }
        var start = 0, gradients = [Value?]()
        for input in node.inputs {
            let end = start + graph[input].shape[axis]
            gradients.append(try graph.slice(upstream, axis: axis, start..<end))
            start = end
        }
        return gradients
    }
}

/// The axes in another order: axis i of the result is axis `permutation[i]` of the input.
public struct Transpose: Operation {
    public var permutation: [Int]

    public init(_ permutation: [Int]) { self.permutation = permutation }

    public var description: String { "transpose \(permutation)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        let shape = inputs[0].shape
        try require(
            permutation.sorted() == Array(0..<shape.rank), "\(permutation) is not an order of the \(shape.rank) axes of \(shape)")
        return [ValueType(Shape(permutation.map { shape[$0] }), isBatched: inputs[0].isBatched)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        let inverse = permutation.indices.map { axis in permutation.firstIndex(of: axis) ?? axis }
        return [try graph.append(Transpose(inverse), [upstream])[0]]
    }
}

/// Repeats a value along axes of extent 1, and along new axes in front, until it has a shape (NumPy's broadcasting).
public struct Broadcast: Operation {
    public var shape: Shape

    public init(_ shape: Shape) { self.shape = shape }

    public var description: String { "broadcast to \(shape)" }

    public func resultTypes(for inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
        try require(inputs[0].shape.broadcast(with: shape) == shape, "cannot broadcast \(inputs[0].shape) to \(shape)")
        return [ValueType(shape, isBatched: inputs[0].isBatched)]
    }

    public func gradient(of node: Node, upstream: [Value?], in graph: inout Graph) throws(ShapeError) -> [Value?] {
        guard let upstream = upstream[0] else { return [nil] }
        return [try graph.undoBroadcast(upstream, to: graph[node.inputs[0]])]
    }
}

extension Shape {
    /// The same with another extent along one axis.
    func replacing(_ axis: Int, with extent: Int) -> Shape {
        var extents = self.extents
        extents[axis] = extent
        return Shape(extents)
    }

    /// The shape that both become by NumPy's rule (axes matched from the last; an extent of 1 is repeated), or nil.
    public func broadcast(with other: Shape) -> Shape? {
        let rank = Swift.max(rank, other.rank)
        var extents = [Int]()
        for axis in 0..<rank {
            let a = axis < rank - self.rank ? 1 : self[axis - rank + self.rank]
            let b = axis < rank - other.rank ? 1 : other[axis - rank + other.rank]
            guard a == b || a == 1 || b == 1 else { return nil }
            extents.append(a == 1 ? b : a)
        }
        return Shape(extents)
    }
}

extension Graph {
    public mutating func reshape(_ x: Value, to shape: Shape) throws(ShapeError) -> Value {
        self[x].shape == shape ? x : try append(Reshape(shape), [x])[0]
    }
    public mutating func flatten(_ x: Value) throws(ShapeError) -> Value { try reshape(x, to: [self[x].shape.count]) }
    public mutating func slice(_ x: Value, axis: Int, _ range: Range<Int>) throws(ShapeError) -> Value {
        try append(Slice(axis: axis, range), [x])[0]
    }
    public mutating func gather(_ x: Value, axis: Int, _ positions: [Int], fill: Float = 0) throws(ShapeError) -> Value {
        try append(Gather(axis: axis, positions, fill: fill), [x])[0]
    }
    public mutating func concatenate(_ values: [Value], axis: Int = 0) throws(ShapeError) -> Value {
        try append(Concatenation(axis: axis), values)[0]
    }
    public mutating func transpose(_ x: Value, _ permutation: [Int]) throws(ShapeError) -> Value {
        try append(Transpose(permutation), [x])[0]
    }
    public mutating func broadcast(_ x: Value, to shape: Shape) throws(ShapeError) -> Value {
        self[x].shape == shape ? x : try append(Broadcast(shape), [x])[0]
    }

    /// Pads the rows and columns of pictures with a constant.
    public mutating func pad(_ x: Value, by padding: Padding, with fill: Float = 0) throws(ShapeError) -> Value {
        let (_, size) = try self[x].picture(for: "padding")
        func positions(_ before: Int, _ extent: Int, _ behind: Int) -> [Int] {
            Array(repeating: Gather.filled, count: before) + Array(0..<extent) + Array(repeating: Gather.filled, count: behind)
        }
        guard [padding.top, padding.bottom, padding.left, padding.right].allSatisfy({ $0 >= 0 }) else {
            throw ShapeError("padding is not negative: \(padding)")
        }
        let rows = try gather(x, axis: 1, positions(padding.top, size.rows, padding.bottom), fill: fill)
        return try gather(rows, axis: 2, positions(padding.left, size.columns, padding.right), fill: fill)
    }
}
