/// Bounds on what a file may claim: far beyond what any network needs, and near enough that arithmetic on them cannot overflow.
enum Limits {
    /// Axes of a tensor.
    static let axes = 32
    /// Strides, paddings, kernel sizes and the like, either sign.
    static let attribute = 1 << 20
    /// Elements of padding before or behind an axis.
    static let padding = 1 << 16
    /// Elements that importing may compute for one node, beside those that the file holds; and for all together.
    static let folded = 1 << 22
    static let foldedInAll = 1 << 24
    /// Elements of any value on the way, for one image.
    static let image = 1 << 26
    /// Elements of parameters that a file makes of one number (`ConstantOfShape`), all together.
    static let spread = 1 << 28
    /// Nodes, attributes, tensors, and whatever else is a message of its own in a file, all together.
    static let messages = 1_000_000
    /// Bytes of a protobuf message.
    static let fileSize = Int(Int32.max)
    /// The versions of the standard's operators that are known.
    static let opsets: ClosedRange<Int64> = 6...28
}
