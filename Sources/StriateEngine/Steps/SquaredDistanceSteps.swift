import StriateLanes

/// `Σⱼ (xⱼ − cᵢⱼ)²` for each centre i.
struct SquaredDistanceStep: GroupStep {
    let x: Slot, centers: Slot, result: Slot
    let features: Int, count: Int

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), result = frame.lanes(result)
        for i in 0..<count {
            let center = frame.floats(centers) + i &* features
            result[i] = sumOfLanes(features) { j in
                let distance = x[j] - center[j]
                return distance * distance
            }
        }
    }
}

/// `2·Σᵢ gᵢ·(xⱼ − cᵢⱼ)`
struct SquaredDistanceGradientStep: GroupStep {
    let x: Slot, centers: Slot, upstream: Slot, result: Slot
    let features: Int, count: Int

    func run(_ frame: GroupFrame, part: Int) {
        let x = frame.lanes(x), centers = frame.floats(centers), upstream = frame.lanes(upstream), result = frame.lanes(result)
        for j in 0..<features {
            let own = x[j]
            result[j] = 2 * sumOfLanes(count) { i in upstream[i] * (own - centers[i &* features &+ j]) }
        }
    }
}

/// One group's share of `−2·Σ gᵢ·(xⱼ − cᵢⱼ)`.
struct SquaredDistanceCenterGradientStep: GroupStep {
    let x: Slot, centers: Slot, upstream: Slot, share: Slot
    let features: Int, count: Int

    var parts: Int { count }

    func run(_ frame: GroupFrame, part i: Int) {
        let x = frame.lanes(x), center = frame.floats(centers) + i &* features, share = frame.floats(share) + i &* features
        let factor = frame.lanes(upstream)[i] * -2
        for j in 0..<features { share[j] = (factor * (x[j] - center[j])).keeping(first: frame.images).total }
    }
}
