import Foundation

/// How the learning rate changes in the course of training: a factor on the base rate that depends on the place in the run
/// alone (and for ``plateau(_:)`` on the losses so far), so that a resumed run goes on exactly.
///
/// Written as text (`--schedule`, and in `config.json`): `constant`, `step:30:0.1`, `milestones:60,120:0.2`, `milestones:50.0%,75.0%:0.1`,
/// `factors:2=0.4,5=0.2`, `exponential:0.95`, `linear`, `linear:0.01`, `polynomial:2`, `cosine`, `cosine:0.01`, `one-cycle`,
/// `one-cycle:0.3:25:10000:linear`, `one-cycle:momentum`, `one-cycle:0.3:25:10000:momentum:0.85:0.95`, `plateau:0.1:10`, and any of them after a warm-up, as in `warmup:5+cosine`.
public indirect enum Schedule: Hashable, Sendable {
    case constant
    /// Times `factor` after every `epochs` epochs.
    case step(epochs: Int, factor: Double)
    /// Times `factor` once each of these numbers of epochs is done.
    case milestones(epochs: [Int], factor: Double)
    /// From each of these numbers of epochs on times its factor, until the next.
    case factors([EpochFactor])
    /// Times `factor` once each of these shares of all steps is done, such as a half and three quarters.
    case shares([Double], factor: Double)
    /// Times `factor` after every epoch.
    case exponential(factor: Double)
    /// In a straight line from 1 to `final`, step by step.
    case linear(final: Double = 0)
    /// Down half a cosine wave from 1 to `final`, step by step (Loshchilov and Hutter, 2017, without restarts).
    case cosine(final: Double = 0)
    /// `(1 − progress)` to a power, step by step.
    case polynomial(power: Double)
    /// Up to the base rate and far down, step by step.
    case oneCycle(OneCycle = OneCycle())
    /// Times a factor whenever the loss has stopped falling.
    case plateau(Plateau = Plateau())
    /// In a straight line up to 1 over `epochs` epochs (Goyal et al., 2017), then `rest` for the epochs that remain.
    case warmup(epochs: Int, then: Schedule)

    /// The factor on the base rate.
    ///
    /// - Parameters:
    ///   - step: Steps done in this epoch, from 0.
    ///   - epoch: Epochs done, from 0.
    ///   - reductions: How often ``PlateauState`` has found that the loss stopped falling.
    public func factor(step: Int, of steps: Int, epoch: Int, of epochs: Int, reductions: Int = 0) -> Double {
        let progress = min(1, (Double(epoch) + Double(step) / Double(max(1, steps))) / Double(max(1, epochs)))
        switch self {
        case .constant: return 1
        case .step(let every, let factor): return power(factor, epoch / max(1, every))
        case .milestones(let ends, let factor): return power(factor, ends.count { epoch >= $0 })
        case .factors(let factors): return factors.last { epoch >= $0.epoch }?.factor ?? 1
        case .shares(let shares, let factor): return power(factor, shares.count { progress >= $0 })
        case .exponential(let factor): return power(factor, epoch)
        case .linear(let final): return 1 + (final - 1) * progress
        case .cosine(let final): return final + (1 - final) * (1 + cos(.pi * progress)) / 2
        case .polynomial(let exponent): return pow(1 - progress, exponent)
        case .oneCycle(let cycle): return cycle.factor(step: epoch * steps + step, of: epochs * steps)
        case .plateau(let plateau): return power(plateau.factor, reductions)
        case .warmup(let length, let rest):
            if epoch < length { return (Double(epoch * steps + step) + 1) / Double(length * steps) }
            return rest.factor(step: step, of: steps, epoch: epoch - length, of: epochs - length, reductions: reductions)
        }
    }

    /// The momentum (Adam's β₁) of a step where the schedule lets it follow a cycle; nil where the optimiser's own stays. It does not move
    /// during a warm-up.
    public func momentum(step: Int, of steps: Int, epoch: Int, of epochs: Int) -> Double? {
        switch self {
        case .oneCycle(let cycle): cycle.momentum(step: epoch * steps + step, of: epochs * steps)
        case .warmup(let length, let rest):
            rest.momentum(step: epoch < length ? 0 : step, of: steps, epoch: max(0, epoch - length), of: epochs - length)
        default: nil
        }
    }

    /// Repeated multiplication, whose last bit (unlike `pow`'s) is the same everywhere.
    private func power(_ base: Double, _ count: Int) -> Double { (0..<count).reduce(1) { product, _ in product * base } }
}

/// A factor on the learning rate once so many epochs are done.
public struct EpochFactor: Hashable, Sendable {
    public var epoch: Int
    public var factor: Double

    public init(epoch: Int, factor: Double) {
        self.epoch = epoch
        self.factor = factor
    }

    /// Reads `2=0.4`.
    init?(parsing text: Substring) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = Int(parts[0]), epoch > 0, let factor = Double(parts[1]), factor.isFinite, factor >= 0 else {
            return nil
        }
        self.init(epoch: epoch, factor: factor)
    }
}

/// One cycle of the rate (Smith and Topin, 2018), by PyTorch's `OneCycleLR`: from `1/start` of the base rate up to it, then down to
/// `1/(start·end)`, along half cosine waves or straight lines. The momentum stays as it is, or goes the other way.
public struct OneCycle: Hashable, Sendable {
    /// The share of all steps in which the rate rises.
    public var rise: Double
    public var start: Double
    public var end: Double
    public var isLinear: Bool
    /// Nil where the momentum stays as it is.
    public var momentum: MomentumCycle?

    public init(rise: Double = 0.3, start: Double = 25, end: Double = 10_000, isLinear: Bool = false, momentum: MomentumCycle? = nil) {
        self.rise = rise
        self.start = start
        self.end = end
        self.isLinear = isLinear
        self.momentum = momentum
    }

    func factor(step: Int, of steps: Int) -> Double { value(step, of: steps, from: 1 / start, over: 1, to: 1 / (start * end)) }

    func momentum(step: Int, of steps: Int) -> Double? {
        momentum.map { value(step, of: steps, from: $0.high, over: $0.low, to: $0.high) }
    }

    /// What is `first` in the beginning, `middle` where the rate is highest, and `end` in the end.
    private func value(_ step: Int, of steps: Int, from first: Double, over middle: Double, to end: Double) -> Double {
        let top = rise * Double(steps) - 1, last = Double(steps - 1), step = Double(step)
        if step <= top { return anneal(from: first, to: middle, top > 0 ? step / top : 1) }
        return anneal(from: middle, to: end, last > top ? min(1, (step - top) / (last - top)) : 1)
    }

    private func anneal(from first: Double, to last: Double, _ share: Double) -> Double {
        isLinear ? first + (last - first) * share : last + (first - last) * (1 + cos(.pi * share)) / 2
    }
}

/// A momentum (Adam's β₁) that falls while the rate rises and rises while it falls, as PyTorch's `OneCycleLR` does unless told otherwise.
public struct MomentumCycle: Hashable, Sendable {
    public var low: Double
    public var high: Double

    public init(low: Double = 0.85, high: Double = 0.95) {
        self.low = low
        self.high = high
    }
}

/// A lower rate once the loss has stopped falling, by PyTorch's `ReduceLROnPlateau`.
public struct Plateau: Hashable, Sendable {
    public var factor: Double
    /// How many epochs in a row the loss may stay as it is before the rate falls.
    public var patience: Int

    public init(factor: Double = 0.1, patience: Int = 10) {
        self.factor = factor
        self.patience = patience
    }
}

/// What ``Plateau`` has to remember of the epochs so far.
public struct PlateauState: Hashable, Sendable, Codable {
    /// The lowest loss.
    public private(set) var best: Double?
    /// Epochs since then, or since the rate last fell.
    public private(set) var epochs = 0
    /// How often the rate fell.
    public private(set) var reductions = 0

    public init() {}

    /// Takes in an epoch's loss. One that is lower by less than a ten-thousandth is no better.
    public mutating func follow(_ loss: Double, patience: Int) {
        if best.map({ loss < $0 * (1 - 1e-4) }) ?? true {
            best = loss
            epochs = 0
        } else {
            epochs += 1
        }
        if epochs > patience {
            reductions += 1
            epochs = 0
        }
    }
}

extension Schedule {
    /// How the momentum moves, warm-up aside; nil where it does not.
    public var momentumCycle: MomentumCycle? {
        switch self {
        case .oneCycle(let cycle): cycle.momentum
        case .warmup(_, let rest): rest.momentumCycle
        default: nil
        }
    }

    /// What the schedule wants to know of the losses, warm-up aside; nil for nothing.
    public var plateau: Plateau? {
        switch self {
        case .plateau(let plateau): plateau
        case .warmup(_, let rest): rest.plateau
        default: nil
        }
    }
}
