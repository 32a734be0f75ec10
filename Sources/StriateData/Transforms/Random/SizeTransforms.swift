public import StriateGraph

/// Resizes the shorter side: torchvision's `Resize(side)`. It takes pictures as they were decoded.
public struct Resize: Transform {
    public var side: Int
    public var filter: ResizeFilter

    public init(side: Int = 256, filter: ResizeFilter = .bilinear) { (self.side, self.filter) = (side, filter) }

    public static let signature = StepSignature(
        "resize", "the shorter side gets so many pixels", .whole("side", 1...8192, or: 256), .word("filter", or: ResizeFilter.bilinear))
    public init(_ arguments: StepArguments) { self.init(side: arguments.whole(0), filter: arguments.word(1)) }
    public var arguments: [StepArgument] { [.number(Double(side)), .word(filter.rawValue)] }

    public var takesWholePictures: Bool { true }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) throws(DataError) -> Picture {
        try picture.resized(shorterSide: side, filter)
    }
}

/// The whole picture in the middle of what the network sees. It takes pictures as they were decoded.
public struct Letterbox: Transform {
    public var fill: UInt8
    public var filter: ResizeFilter

    public init(fill: UInt8 = 114, filter: ResizeFilter = .bilinear) { (self.fill, self.filter) = (fill, filter) }

    public static let signature = StepSignature(
        "letterbox", "the whole picture in the network's size, with a border", .whole("fill", 0...255, or: 114),
        .word("filter", or: ResizeFilter.bilinear))
    public init(_ arguments: StepArguments) { self.init(fill: arguments.byte(0), filter: arguments.word(1)) }
    public var arguments: [StepArgument] { [.number(Double(fill)), .word(filter.rawValue)] }

    public var takesWholePictures: Bool { true }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) throws(DataError) -> Picture {
        try picture.letterboxed(to: extent, fill: fill, filter)
    }
}

/// The middle of the picture: torchvision's `CenterCrop`.
public struct CenterCrop: Transform {
    /// The side of the square in pixels; 0 for what the network sees.
    public var side: Int

    public init(side: Int = 0) { self.side = side }

    public static let signature = StepSignature(
        "center-crop", "the middle; without a side, of the network's size", .whole("side", 0...8192, or: 0))
    public init(_ arguments: StepArguments) { self.init(side: arguments.whole(0)) }
    public var arguments: [StepArgument] { [.number(Double(side))] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        picture.centreCropped(to: side > 0 ? Extent(side) : extent)
    }
}

/// More pixels on every side: torchvision's `Pad`.
public struct Pad: Transform {
    public var margin: Int
    public var border: Border
    public var fill: UInt8

    public init(margin: Int = 4, border: Border = .constant, fill: UInt8 = 0) {
        (self.margin, self.border, self.fill) = (margin, border, fill)
    }

    public static let signature = StepSignature(
        "pad", "more pixels on every side", .whole("margin", 0...4096, or: 4), .word("border", or: Border.constant), .fill)
    public init(_ arguments: StepArguments) { self.init(margin: arguments.whole(0), border: arguments.word(1), fill: arguments.byte(2)) }
    public var arguments: [StepArgument] { [.number(Double(margin)), .word(border.rawValue), .number(Double(fill))] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        picture.padded(margin, border: border, fill: fill)
    }
}
