// Schedules as users write them.

extension Schedule: CustomStringConvertible {
    public var description: String {
        switch self {
        case .constant: "constant"
        case .step(let epochs, let factor): "step:\(epochs):\(factor)"
        case .milestones(let epochs, let factor): "milestones:\(epochs.map(String.init).joined(separator: ",")):\(factor)"
        case .factors(let factors): "factors:" + factors.map { "\($0.epoch)=\($0.factor)" }.joined(separator: ",")
        case .shares(let shares, let factor):
            "milestones:\(shares.map { "\(($0 * 1e4).rounded() / 100)%" }.joined(separator: ",")):\(factor)"
        case .exponential(let factor): "exponential:\(factor)"
        case .polynomial(let power): "polynomial:\(power)"
        case .oneCycle(let cycle): cycle.description
        case .plateau(let plateau): plateau.description
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
        case ("exponential", 2, let factor?): self = .exponential(factor: factor)
        case ("polynomial", 2, let power?): self = .polynomial(power: power)
        case ("one-cycle", _, _):
            guard let cycle = OneCycle(parsing: parts.dropFirst()) else { return nil }
            self = .oneCycle(cycle)
        case ("plateau", _, _):
            guard let plateau = Plateau(parsing: parts.dropFirst()) else { return nil }
            self = .plateau(plateau)
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

    public static let optionForm =
        "constant, step:EPOCHS:FACTOR, milestones:EPOCH,EPOCH:FACTOR (epochs, or shares as in 50%), factors:EPOCH=FACTOR,EPOCH=FACTOR, exponential:FACTOR, linear, polynomial:POWER, cosine, one-cycle[:RISE:START:END[:linear]][:momentum[:LOW:HIGH]], plateau[:FACTOR:PATIENCE], or one of these after warmup:EPOCHS+"
}

extension OneCycle: CustomStringConvertible {
    public var description: String {
        let isUsual = self == OneCycle(momentum: momentum)
        return "one-cycle" + (isUsual ? "" : ":\(rise):\(start):\(end)" + (isLinear ? ":linear" : "")) + (momentum.map { ":\($0)" } ?? "")
    }

    /// Reads what stands behind `one-cycle`: nothing, `RISE:START:END` or `RISE:START:END:linear`, and what a ``MomentumCycle`` is written as.
    init?(parsing parts: ArraySlice<String>) {
        self.init()
        var parts = parts
        if let place = parts.firstIndex(of: "momentum") {
            guard let cycle = MomentumCycle(parsing: parts[(place + 1)...]) else { return nil }
            (momentum, parts) = (cycle, parts[..<place])
        }
        if parts.last == "linear" || parts.last == "cosine" { isLinear = parts.removeLast() == "linear" }
        let numbers = parts.compactMap { Double($0) }
        guard numbers.count == parts.count, numbers.allSatisfy(\.isFinite), [0, 1, 3].contains(numbers.count) else { return nil }
        if let first = numbers.first { rise = first }
        if numbers.count == 3 { (start, end) = (numbers[1], numbers[2]) }
        guard (0...1).contains(rise), start >= 1, end >= 1 else { return nil }
    }
}

extension MomentumCycle: CustomStringConvertible {
    public var description: String { self == MomentumCycle() ? "momentum" : "momentum:\(low):\(high)" }

    /// Reads what stands behind `momentum`: nothing, or `LOW:HIGH`.
    init?(parsing parts: ArraySlice<String>) {
        self.init()
        guard let first = parts.first else { return }
        guard parts.count == 2, let low = Double(first), let high = parts.last.flatMap({ Double($0) }), 0 <= low, low <= high, high < 1 else {
            return nil
        }
        self.init(low: low, high: high)
    }
}

extension Plateau: CustomStringConvertible {
    public var description: String { self == Plateau() ? "plateau" : "plateau:\(factor):\(patience)" }

    /// Reads what stands behind `plateau`: nothing, or `FACTOR:PATIENCE`.
    init?(parsing parts: ArraySlice<String>) {
        self.init()
        guard let first = parts.first else { return }
        guard parts.count == 2, let factor = Double(first), let patience = parts.last.flatMap({ Int($0) }), factor > 0, factor < 1,
            (0...1_000_000).contains(patience)
        else { return nil }
        self.init(factor: factor, patience: patience)
    }
}
