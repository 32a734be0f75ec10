/// The extents of a tensor, outermost first. The shape of one picture is `[channels, rows, columns]`: the batch is never part of a shape.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral {
    public let extents: [Int]

    /// - Precondition: no extent is negative.
    public init(_ extents: [Int]) {
        precondition(extents.allSatisfy { $0 >= 0 }, "a shape has no negative extents: \(extents)")
        self.extents = extents
    }

    public init(arrayLiteral extents: Int...) { self.init(extents) }

    /// One number, no axes.
    public static let scalar = Shape([])

    public var rank: Int { extents.count }

    /// The number of elements; 1 for a scalar.
    public var count: Int { extents.reduce(1, *) }

    public subscript(axis: Int) -> Int { extents[axis] }
}

extension Shape: CustomStringConvertible {
    /// `6×28×28`, or `scalar`.
    public var description: String { extents.isEmpty ? "scalar" : extents.map(String.init).joined(separator: "×") }
}

extension Shape {
    /// Reads `3x32x32` (or with `×`), as the command line writes shapes.
    ///
    /// Returns nil unless every extent is a positive number and the product fits in 31 bits.
    public init?(parsing text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "x" || $0 == "×" || $0 == "X" }
        let extents = parts.compactMap { Int($0) }
        guard extents.count == parts.count, extents.allSatisfy({ $0 > 0 }), Shape.checkedCount(extents) != nil else { return nil }
        self.init(extents)
    }

    /// The product of extents that a file claims, or nil where one is negative or the product passes 2³¹ − 1.
    public static func checkedCount(_ extents: [Int]) -> Int? {
        var count = 1
        for extent in extents {
            guard extent >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= Int(Int32.max) else { return nil }
            count = product
        }
        return count
    }
}

/// What does not fit: where in the network, and why.
public struct ShapeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the layer, such as `features.3`; empty at the root.
    public let path: String
    public let message: String

    public init(path: String = "", _ message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
