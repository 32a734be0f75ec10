import Foundation

/// How the learning rate changes in the course of training: a factor on the base rate that depends on the place in the run
/// alone, so that a resumed run goes on exactly.
///
/// Written as text (`--schedule`, and in `config.json`): `constant`, `step:30:0.1`, `milestones:60,120:0.2`, `milestones:50.0%,75.0%:0.1`, `linear`,
/// `factors:2=0.4,5=0.2`, `linear:0.01`, `cosine`, `cosine:0.01`, and any of them after a warm-up, as in `warmup:5+cosine`.
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
    /// In a straight line from 1 to `final`, step by step.
    case linear(final: Double = 0)
    /// Down half a cosine wave from 1 to `final`, step by step (Loshchilov and Hutter, 2017, without restarts).
    case cosine(final: Double = 0)
    /// In a straight line up to 1 over `epochs` epochs (Goyal et al., 2017), then `rest` for the epochs that remain.
    case warmup(epochs: Int, then: Schedule)

    /// The factor on the base rate.
    ///
    /// - Parameters:
    ///   - step: Steps done in this epoch, from 0.
    ///   - epoch: Epochs done, from 0.
    public func factor(step: Int, of steps: Int, epoch: Int, of epochs: Int) -> Double {
        let progress = min(1, (Double(epoch) + Double(step) / Double(max(1, steps))) / Double(max(1, epochs)))
        switch self {
        case .constant: return 1
        case .step(let every, let factor): return power(factor, epoch / max(1, every))
        case .milestones(let ends, let factor): return power(factor, ends.count { epoch >= $0 })
        case .factors(let factors): return factors.last { epoch >= $0.epoch }?.factor ?? 1
        case .shares(let shares, let factor): return power(factor, shares.count { progress >= $0 })
        case .linear(let final): return 1 + (final - 1) * progress
        case .cosine(let final): return final + (1 - final) * (1 + cos(.pi * progress)) / 2
        case .warmup(let length, let rest):
            if epoch < length { return (Double(epoch * steps + step) + 1) / Double(length * steps) }
            return rest.factor(step: step, of: steps, epoch: epoch - length, of: epochs - length)
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

// MARK: - As text

extension Schedule: CustomStringConvertible, Codable {
    public var description: String {
        switch self {
        case .constant: "constant"
        case .step(let epochs, let factor): "step:\(epochs):\(factor)"
        case .milestones(let epochs, let factor): "milestones:\(epochs.map(String.init).joined(separator: ",")):\(factor)"
        case .factors(let factors): "factors:" + factors.map { "\($0.epoch)=\($0.factor)" }.joined(separator: ",")
        case .shares(let shares, let factor):
            "milestones:\(shares.map { "\(($0 * 1e4).rounded() / 100)%" }.joined(separator: ",")):\(factor)"
        case .linear(let final): final == 0 ? "linear" : "linear:\(final)"
        case .cosine(let final): final == 0 ? "cosine" : "cosine:\(final)"
        case .warmup(let epochs, let rest): "warmup:\(epochs)+\(rest)"
        }
    }

    /// Reads what ``description`` writes; nil for anything else.
    public init?(parsing text: String) {
        if let plus = text.firstIndex(of: "+") {
            let head = text[..<plus].split(separator: ":", omittingEmptySubsequences: false)
            guard head.count == 2, head[0] == "warmup", let epochs = Int(head[1]), (1...1_000_000).contains(epochs),
                let rest = Schedule(parsing: String(text[text.index(after: plus)...]))
            else { return nil }
            if case .warmup = rest { return nil }
            self = .warmup(epochs: epochs, then: rest)
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let last = parts.count > 1 ? Double(parts[parts.count - 1]).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } : nil
        switch (parts[0], parts.count, last) {
        case ("constant", 1, _): self = .constant
        case ("linear", 1, _): self = .linear()
        case ("cosine", 1, _): self = .cosine()
        case ("linear", 2, let final?): self = .linear(final: final)
        case ("cosine", 2, let final?): self = .cosine(final: final)
        case ("step", 3, let factor?):
            guard let epochs = Int(parts[1]), epochs > 0 else { return nil }
            self = .step(epochs: epochs, factor: factor)
        case ("factors", 2, _):
            let pairs = parts[1].split(separator: ",", omittingEmptySubsequences: false)
            let factors = pairs.compactMap { EpochFactor(parsing: $0) }
            guard factors.count == pairs.count, zip(factors, factors.dropFirst()).allSatisfy({ $0.epoch < $1.epoch }) else { return nil }
            self = .factors(factors)
        case ("milestones", 3, let factor?):
            let names = parts[1].split(separator: ",", omittingEmptySubsequences: false)
            let shares = names.compactMap { $0.hasSuffix("%") ? Double($0.dropLast()) : nil }
            if shares.count == names.count, shares.allSatisfy({ $0 > 0 && $0 < 100 }) {
                self = .shares(shares.map { $0 / 100 }, factor: factor)
                return
            }
            let epochs = names.compactMap { Int($0) }
            guard epochs.count == names.count, epochs.allSatisfy({ $0 > 0 }) else { return nil }
            self = .milestones(epochs: epochs, factor: factor)
        default: return nil
        }
    }

    /// What users can write, for messages.
    public static let forms =
        "constant, step:EPOCHS:FACTOR, milestones:EPOCH,EPOCH:FACTOR (epochs, or shares as in 50%), factors:EPOCH=FACTOR,EPOCH=FACTOR, linear, cosine, or one of these after warmup:EPOCHS+"

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let schedule = Schedule(parsing: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no schedule is called \(text); there are \(Self.forms)")
        }
        self = schedule
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
