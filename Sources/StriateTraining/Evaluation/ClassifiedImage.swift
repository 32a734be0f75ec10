import Foundation
public import StriateData

/// An image that has just been classified, and what the network answered to it.
public struct ClassifiedImage {
    /// Its place among those that were classified, from 0.
    public let place: Int
    /// Its number in the loader that it comes from, where those that cannot be read count too.
    public let number: Int
    /// Its class.
    public let label: Int
    /// One for each class.
    public let logits: ArraySlice<Float>
    public let loss: Float
    let batch: PictureBatch
    let row: Int

    /// The most likely class; the first of equal ones.
    public var answer: Int { logits.placeOfLargest }

    /// The natural logarithm of a class's probability, which does not vanish where the probability does.
    public func logProbability(of label: Int) -> Double {
        let largest = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp(Double($1) - largest) }
        return Double(logits[logits.startIndex + label]) - largest - log(sum)
    }

    /// A class's probability, 0…1.
    public func probability(of label: Int) -> Double { exp(logProbability(of: label)) }

    /// The picture as the network sees it, before it is normalised. It is copied.
    public var picture: Picture { batch.picture(row: row) }
}
