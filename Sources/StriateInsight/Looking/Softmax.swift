import Foundation

/// `eᶻ / Σ eᶻ`: what logits say as probabilities, 0…1, which add up to 1.
public func probabilities(of logits: some Collection<Float>) -> [Float] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp(Double($0 - largest)) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
}
