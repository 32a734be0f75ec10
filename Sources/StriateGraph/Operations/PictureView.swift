/// One look at a picture: as it is, mirrored, or through a window that lies elsewhere.
public struct PictureView: Hashable, Sendable {
    /// How far below and to the right of the picture the window lies. What it shows beyond the edges is the picture in a mirror that does not
    /// repeat the pixel at the edge.
    public var offset: Extent
    /// Whether left and right of the window change places.
    public var isMirrored: Bool
    /// The share of this look in a mean of several.
    public var weight: Float

    public init(offset: Extent = Extent(0, 0), isMirrored: Bool = false, weight: Float = 1) {
        (self.offset, self.isMirrored, self.weight) = (offset, isMirrored, weight)
    }

    /// The positions along an axis of `size` that the window shows.
    private static func positions(_ size: Int, offset: Int, isMirrored: Bool) -> [Int] {
        let positions = (offset..<offset + size).map { $0 < 0 ? -$0 : $0 < size ? $0 : 2 * (size - 1) - $0 }
        return isMirrored ? positions.reversed() : positions
    }

    /// Rows and columns that the view takes from a picture of this size; nil where it takes all in their order.
    fileprivate func positions(in size: Extent) -> (rows: [Int]?, columns: [Int]?) {
        (
            offset.rows == 0 ? nil : PictureView.positions(size.rows, offset: offset.rows, isMirrored: false),
            offset.columns == 0 && !isMirrored ? nil : PictureView.positions(size.columns, offset: offset.columns, isMirrored: isMirrored)
        )
    }
}

extension Graph {
    /// Appends what a view shows of pictures.
    ///
    /// - Throws: ``ShapeError`` where `pictures` are none, or smaller than the view's offset needs.
    public mutating func look(at pictures: Value, through view: PictureView) throws(ShapeError) -> Value {
        let (_, size) = try self[pictures].picture(for: "a view")
        guard abs(view.offset.rows) < size.rows, abs(view.offset.columns) < size.columns else {
            throw ShapeError("pictures of \(size) are too small for a view that is shifted by \(view.offset)")
        }
        let (rows, columns) = view.positions(in: size)
        var seen = pictures
        if let rows { seen = try gather(seen, axis: 1, rows) }
        if let columns { seen = try gather(seen, axis: 2, columns) }
        return seen
    }

    /// Appends the mean of what `result` is for several views of the pictures that it follows from, each counted by its weight.
    ///
    /// What does not follow from the pictures, such as folded weights, is computed once for all views.
    public mutating func average(of result: Value, over views: [PictureView], of pictures: Value) throws(ShapeError) -> Value {
        let way = nodes(from: pictures)
        var sum: Value?
        for view in views {
            let seen = try look(at: pictures, through: view)
            let answer = seen == pictures ? result : try repeating(way, with: seen, for: pictures)[result] ?? result
            let part = try multiply(answer, by: view.weight)
            if let others = sum { sum = try add(others, part) } else { sum = part }
        }
        return sum ?? result
    }

    /// The nodes that follow from a value, in order.
    private func nodes(from source: Value) -> [Node] {
        var reached: Set = [source]
        return nodes.filter { node in
            guard !reached.isDisjoint(with: node.inputs) else { return false }
            reached.formUnion(node.results)
            return true
        }
    }

    /// Appends nodes again that read `replacement` in the place of `value`; what became of each result.
    private mutating func repeating(_ way: [Node], with replacement: Value, for value: Value) throws(ShapeError) -> [Value: Value] {
        let path = path
        defer { self.path = path }
        var moved = [value: replacement]
        for node in way {
            self.path = node.path
            let results = try append(node.operation, node.inputs.map { moved[$0] ?? $0 })
            for (old, new) in zip(node.results, results) { moved[old] = new }
        }
        return moved
    }
}
