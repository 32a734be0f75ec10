import Foundation

/// What a network answered to each image of a set: all that costs more than counting is computed from this.
public struct Answers: Hashable, Sendable {
    public let classes: Int
    /// The class of each image.
    public private(set) var labels: [Int32] = []
    /// Image after image, one number for each class.
    public private(set) var logits: [Float] = []

    public init(classes: Int) { self.classes = classes }

    /// - Precondition: one logit for each class, and a label below ``classes``.
    public mutating func append(_ logits: some Collection<Float>, label: Int32) {
        precondition(logits.count == classes && (0..<classes).contains(Int(label)))
        self.logits += logits
        labels.append(label)
    }

    /// The number of images.
    public var count: Int { labels.count }

    func logits(of image: Int) -> ArraySlice<Float> { logits[image * classes..<(image + 1) * classes] }

    /// The softmax of an image's logits.
    ///
    /// - Parameter temperature: Divides the logits first.
    public func probabilities(of image: Int, temperature: Double = 1) -> [Double] {
        let logits = logits(of: image), largest = Double(logits.max() ?? 0)
        let powers = logits.map { exp((Double($0) - largest) / temperature) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    /// The most likely class; the first of equal ones.
    public func answer(to image: Int) -> Int { logits(of: image).placeOfLargest }
}

extension ArraySlice<Float> {
    /// How far behind the first element the largest lies; the first of equal ones.
    var placeOfLargest: Int { indices.reduce(startIndex) { self[$1] > self[$0] ? $1 : $0 } - startIndex }
}
