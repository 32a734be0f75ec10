/// A pair of numbers, one for each axis of a picture.
public struct Extent: Hashable, Sendable, CustomStringConvertible, ExpressibleByIntegerLiteral {
    public var rows: Int
    public var columns: Int

    public init(_ rows: Int, _ columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    public init(_ both: Int) { self.init(both, both) }
    public init(integerLiteral value: Int) { self.init(value) }

    public var count: Int { rows * columns }
    public var description: String { "\(rows)×\(columns)" }
}

/// What lies around a picture: rows above and below, columns left and right.
public struct Padding: Hashable, Sendable, ExpressibleByIntegerLiteral {
    public var top: Int
    public var bottom: Int
    public var left: Int
    public var right: Int

    public init(top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0) {
        (self.top, self.bottom, self.left, self.right) = (top, bottom, left, right)
    }

    /// The same above and below, and the same left and right.
    public init(_ rows: Int, _ columns: Int) { self.init(top: rows, bottom: rows, left: columns, right: columns) }
    public init(integerLiteral value: Int) { self.init(value, value) }

    public var isEmpty: Bool { self == 0 }
    public var isSymmetric: Bool { top == bottom && left == right }
}

extension Padding: CustomStringConvertible {
    /// `2×2` where both sides are alike, else `top 0, bottom 1, left 0, right 1`.
    public var description: String {
        isSymmetric ? "\(top)×\(left)" : "top \(top), bottom \(bottom), left \(left), right \(right)"
    }
}

/// How a kernel walks over a picture: the geometry that convolutions and pools share.
public struct Window: Hashable, Sendable {
    public var kernel: Extent
    public var stride: Extent
    /// What reads as zero around the picture (or never wins, in a max pool).
    public var padding: Padding
    /// The distance between neighbouring taps of the kernel.
    public var dilation: Extent
    /// Pools only ("ceil mode"): a last window that reaches over the far edge counts too, so that no element is left out.
    public var roundsUp: Bool

    public init(kernel: Extent, stride: Extent = 1, padding: Padding = 0, dilation: Extent = 1, roundsUp: Bool = false) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.roundsUp = roundsUp
    }

    /// The rows and columns that one position covers.
    public var reach: Extent {
        Extent((kernel.rows - 1) * dilation.rows + 1, (kernel.columns - 1) * dilation.columns + 1)
    }

    /// Output size: `floor((n + padding − reach) / stride) + 1` along each axis, padding counted on both sides. Rounded up, there is
    /// one position more where something is left, unless its window would begin beyond the picture.
    ///
    /// - Throws: ``ShapeError`` where a number is not positive or the kernel is larger than the padded picture.
    public func outputSize(for input: Extent) throws(ShapeError) -> Extent {
        guard kernel.rows > 0, kernel.columns > 0, stride.rows > 0, stride.columns > 0, dilation.rows > 0, dilation.columns > 0,
            padding.top >= 0, padding.bottom >= 0, padding.left >= 0, padding.right >= 0
        else { throw ShapeError("kernel, stride and dilation must be positive and padding not negative: \(self)") }
        let rows = input.rows + padding.top + padding.bottom - reach.rows
        let columns = input.columns + padding.left + padding.right - reach.columns
        guard fits(room: rows, stride: stride.rows), fits(room: columns, stride: stride.columns) else {
            let padded = padding.isEmpty ? "" : " (padded by \(padding))"
            throw ShapeError("a kernel of \(reach) does not fit into a picture of \(input)\(padded)")
        }
        return Extent(
            positions(room: rows, stride: stride.rows, begin: input.rows + padding.top),
            positions(room: columns, stride: stride.columns, begin: input.columns + padding.left))
    }

    /// Rounded up, even a single kernel may reach over the edge, by less than its stride.
    private func fits(room: Int, stride: Int) -> Bool { roundsUp ? room > -stride : room >= 0 }

    /// How often a kernel fits that may move by `room`; rounded up, a last one must begin before `begin`.
    private func positions(room: Int, stride: Int, begin: Int) -> Int {
        guard roundsUp else { return room / stride + 1 }
        let moves = (room + stride - 1) / stride
        return moves * stride < begin ? moves + 1 : moves
    }
}

extension Window: CustomStringConvertible {
    /// `5×5`, with stride, padding and dilation where they are not the defaults.
    public var description: String {
        var text = "\(kernel)"
        if stride != 1 { text += " stride \(stride)" }
        if padding != 0 { text += " padding \(padding)" }
        if dilation != 1 { text += " dilation \(dilation)" }
        if roundsUp { text += " rounded up" }
        return text
    }
}

extension ValueType {
    /// Channels and size of a batch of pictures.
    ///
    /// - Throws: ``ShapeError`` unless this is a batched `[channels, rows, columns]`.
    func picture(for operation: String) throws(ShapeError) -> (channels: Int, size: Extent) {
        guard isBatched, shape.rank == 3 else {
            throw ShapeError("\(operation) takes pictures (channels×rows×columns), not \(shape)")
        }
        return (shape[0], Extent(shape[1], shape[2]))
    }
}

func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(ShapeError) {
    if !condition { throw ShapeError(message()) }
}
