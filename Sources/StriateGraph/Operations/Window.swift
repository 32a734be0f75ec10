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

/// How a kernel walks over a picture: the geometry that convolutions and pools share.
public struct Window: Hashable, Sendable {
    public var kernel: Extent
    public var stride: Extent
    /// Rows above and below, and columns left and right, that read as zero (or never win, in a max pool).
    public var padding: Extent
    /// The distance between neighbouring taps of the kernel.
    public var dilation: Extent

    public init(kernel: Extent, stride: Extent = 1, padding: Extent = 0, dilation: Extent = 1) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
    }

    /// The rows and columns that one position covers.
    public var reach: Extent {
        Extent((kernel.rows - 1) * dilation.rows + 1, (kernel.columns - 1) * dilation.columns + 1)
    }

    /// Output size: `floor((n + 2·padding − reach) / stride) + 1` along each axis.
    ///
    /// - Throws: ``ShapeError`` where a number is not positive or the kernel is larger than the padded picture.
    public func outputSize(for input: Extent) throws(ShapeError) -> Extent {
        guard kernel.rows > 0, kernel.columns > 0, stride.rows > 0, stride.columns > 0, dilation.rows > 0, dilation.columns > 0,
            padding.rows >= 0, padding.columns >= 0
        else { throw ShapeError("kernel, stride and dilation must be positive and padding not negative: \(self)") }
        let rows = input.rows + 2 * padding.rows - reach.rows, columns = input.columns + 2 * padding.columns - reach.columns
        guard rows >= 0, columns >= 0 else {
            let padded = padding == 0 ? "" : " (padded by \(padding))"
            throw ShapeError("a kernel of \(reach) does not fit into a picture of \(input)\(padded)")
        }
        return Extent(rows / stride.rows + 1, columns / stride.columns + 1)
    }
}

extension Window: CustomStringConvertible {
    /// `5×5`, with stride, padding and dilation where they are not the defaults.
    public var description: String {
        var text = "\(kernel)"
        if stride != 1 { text += " stride \(stride)" }
        if padding != 0 { text += " padding \(padding)" }
        if dilation != 1 { text += " dilation \(dilation)" }
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
