public import StriateGraph

/// Cuts a window of the network's size out of the picture with more pixels around it: torchvision's `RandomCrop`.
public struct RandomCrop: Transform {
    /// How many pixels more on every side.
    public var padding: Int
    public var border: Border

    public init(padding: Int = 4, border: Border = .constant) { (self.padding, self.border) = (max(0, padding), border) }

    public static let signature = StepSignature(
        "crop", "a window of the network's size out of the padded picture", .whole("padding", 0...4096, or: 4), .word("border", or: Border.constant))
    public init(_ arguments: StepArguments) { self.init(padding: arguments.whole(0), border: arguments.word(1)) }
    public var arguments: [StepArgument] { [.number(Double(padding)), .word(border.rawValue)] }

    public func apply(to picture: Picture, seenAs extent: Extent, using generator: inout SeededGenerator) -> Picture {
        let top = offset(picture.rows, extent.rows, &generator)
        let left = offset(picture.columns, extent.columns, &generator)
        return picture.window(top: top, left: left, rows: extent.rows, columns: extent.columns, border: border)
    }

    /// Where the window begins; one that is larger than the padded picture lies around its middle.
    private func offset(_ size: Int, _ window: Int, _ generator: inout SeededGenerator) -> Int {
        let room = size + 2 * padding - window
        return room < 0 ? -((window - size) / 2) : generator.below(room + 1) - padding
    }
}
