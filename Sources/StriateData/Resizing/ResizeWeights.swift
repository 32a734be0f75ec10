/// How pixels are mixed when a picture's size changes; both widen when it shrinks (antialiasing).
public enum ResizeFilter: String, Hashable, Sendable, CaseIterable {
    /// A triangle over two pixels.
    case bilinear
    /// Keys' cubic with a = −½ over four pixels, as in Pillow.
    case bicubic

    /// How many pixels it reaches to each side.
    fileprivate var support: Double { self == .bilinear ? 1 : 2 }

    /// The weight of a pixel at this distance.
    @inline(__always)
    fileprivate func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .bilinear: return max(0, 1 - x)
        case .bicubic:
            if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
        }
    }
}

/// What becomes of one axis of a picture.
struct ResizedAxis: Sendable {
    /// The positions of the source that are read.
    let source: Range<Int>
    /// How they are mixed; nil where each stays as it is.
    let weights: ResizeWeights?

    /// - Parameter kept: The positions of the result that are wanted.
    init(from size: Int, to outSize: Int, kept: Range<Int>, _ filter: ResizeFilter) {
        guard size != outSize else {
            (source, weights) = (kept, nil)
            return
        }
        var weights = ResizeWeights(from: size, to: outSize, kept: kept, filter)
        source = weights.reach
        weights.move(by: -source.lowerBound)
        self.weights = weights
    }
}

/// For each place of a resized axis where its sources begin, how many there are, and their weights in fixed point.
struct ResizeWeights: Sendable {
    /// Pillow's: 32 bits less 8 for the pixel and 2 for sums beyond one.
    static let fraction: Int32 = 22
    /// What rounds a sum.
    static let half: Int32 = 1 << (fraction - 1)

    private var taps: [(first: Int, count: Int)] = []
    private var weights: [Int32] = []
    /// Room for the weights of a place.
    private let stride: Int

    /// - Parameter kept: The places that are wanted.
    init(from size: Int, to outSize: Int, kept: Range<Int>, _ filter: ResizeFilter) {
        let scale = Double(size) / Double(outSize)
        let widening = max(scale, 1)
        let support = filter.support * widening
        stride = Int(support.rounded(.up)) * 2 + 1
        taps.reserveCapacity(kept.count)
        weights.reserveCapacity(kept.count * stride)
        var shares = [Double](repeating: 0, count: stride)
        for index in kept {
            let center = (Double(index) + 0.5) * scale
            let low = max(0, Int(center - support + 0.5))
            let high = min(size, Int(center + support + 0.5))
            var sum = 0.0
            for place in low..<high {
                let share = filter.weight((Double(place) - center + 0.5) * (1 / widening))
                shares[place - low] = share
                sum += share
            }
            taps.append((low, high - low))
            for place in 0..<stride {
                guard place < high - low else {
                    weights.append(0)
                    continue
                }
                let share = sum == 0 ? shares[place] : shares[place] / sum
                weights.append(Int32((share < 0 ? -0.5 : 0.5) + share * Double(Int32(1) << ResizeWeights.fraction)))
            }
        }
    }

    /// The number of places.
    var count: Int { taps.count }

    /// All places of the source that are read.
    var reach: Range<Int> {
        let low = taps.reduce(Int.max) { min($0, $1.first) }, high = taps.reduce(0) { max($0, $1.first + $1.count) }
        return min(low, high)..<high
    }

    /// Counts the places of the source from another one on.
    mutating func move(by distance: Int) {
        for index in taps.indices { taps[index].first += distance }
    }

    /// Calls `body` for each place with its first source and the weights from there on.
    @inline(__always)
    func forEach(_ body: (_ place: Int, _ first: Int, _ weights: UnsafeBufferPointer<Int32>) -> Void) {
        weights.withUnsafeBufferPointer { weights in
            for (place, tap) in taps.enumerated() {
                body(place, tap.first, UnsafeBufferPointer(start: weights.baseAddress! + place * stride, count: tap.count))
            }
        }
    }
}
