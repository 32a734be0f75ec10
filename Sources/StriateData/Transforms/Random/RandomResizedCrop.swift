public import StriateGraph

/// A part of the picture of random size and shape, resized to what the network sees: torchvision's `RandomResizedCrop` (the
/// augmentation of the Inception papers). It takes pictures as they were decoded.
public struct RandomResizedCrop: Transform {
    /// The part's area, as a share of the picture's.
    public var scale: (low: Double, high: Double)
    /// Columns by rows.
    public var ratio: (low: Double, high: Double)
    public var filter: ResizeFilter

    public init(
        scale: (low: Double, high: Double) = (0.08, 1), ratio: (low: Double, high: Double) = (0.75, 4.0 / 3), filter: ResizeFilter = .bilinear
    ) {
        (self.scale, self.ratio, self.filter) = (scale, ratio, filter)
    }

    public static let signature = StepSignature(
        "random-resized-crop", "a part of random size and shape, resized", .number("smallest", 0.0001...1, or: 0.08),
        .number("largest", 0.0001...1, or: 1), .number("narrowest", 0.01...100, or: 0.75), .number("widest", 0.01...100, or: 4.0 / 3),
        .word("filter", or: ResizeFilter.bilinear))
    public init(_ arguments: StepArguments) {
        self.init(
            scale: (arguments.number(0), arguments.number(1)), ratio: (arguments.number(2), arguments.number(3)), filter: arguments.word(4))
    }
    public var arguments: [StepArgument] { [scale.low, scale.high, ratio.low, ratio.high].map { .number($0) } + [.word(filter.rawValue)] }

    public var takesWholePictures: Bool { true }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) throws(DataError) -> Picture {
        let box = box(in: picture.shape, using: &generator)
        return try picture.window(top: box.top, left: box.left, rows: box.rows, columns: box.columns).resized(to: extent, filter)
    }

    /// The part of one picture.
    package func box(in shape: Shape, using generator: inout SeededGenerator) -> Box {
        let (rows, columns) = (shape[1], shape[2])
        for _ in 0..<10 {
            let area = Double(rows * columns) * generator.between(scale.low, scale.high)
            let aspect = generator.logarithmicallyBetween(ratio.low, ratio.high)
            let width = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
            let height = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
            guard width > 0, width <= columns, height > 0, height <= rows else { continue }
            return Box(
                top: generator.below(rows - height + 1), left: generator.below(columns - width + 1), rows: height, columns: width)
        }
        // The largest part in the middle whose shape is allowed.
        let aspect = Double(columns) / Double(max(1, rows))
        let (narrowest, widest) = (min(ratio.low, ratio.high), max(ratio.low, ratio.high))
        var (width, height) = (columns, rows)
        if aspect < narrowest { height = Int((Double(columns) / narrowest).rounded(.toNearestOrEven)) }
        if aspect > widest { width = Int((Double(rows) * widest).rounded(.toNearestOrEven)) }
        (width, height) = (min(max(1, width), columns), min(max(1, height), rows))
        return Box(top: (rows - height) / 2, left: (columns - width) / 2, rows: height, columns: width)
    }
}
