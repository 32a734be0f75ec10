import Foundation

/// An exponential moving average of the weights and running statistics, which is evaluated and kept in their place: after each update
/// `average ← decay·average + (1 − decay)·weights`.
///
/// Written as text (`--ema`): `0.999`, or `0.999:warmup`, with which the decay after t updates is at most `1 − t^(−2/3)`, so that the
/// first weights are soon forgotten. The first update is taken over whole. Both as in timm's `ModelEmaV3`.
public struct WeightAverage: Hashable, Sendable, CustomStringConvertible {
    public var decay: Double
    public var hasWarmup: Bool

    public init(decay: Double, hasWarmup: Bool = false) {
        self.decay = decay
        self.hasWarmup = hasWarmup
    }

    /// The share of the weights after `updates` updates (from 1) in their average.
    public func share(atUpdate updates: Int) -> Double {
        guard updates > 1 else { return 1 }
        return 1 - (hasWarmup ? min(decay, 1 - pow(Double(updates), -2.0 / 3)) : decay)
    }

    public var description: String { "\(decay)" + (hasWarmup ? ":warmup" : "") }

    /// Reads what ``description`` writes.
    public init?(parsing text: String) {
        let hasWarmup = text.hasSuffix(":warmup")
        guard let decay = Double(hasWarmup ? text.dropLast(7) : text[...]), decay >= 0, decay < 1 else { return nil }
        self.init(decay: decay, hasWarmup: hasWarmup)
    }
}
