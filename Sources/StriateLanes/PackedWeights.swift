import CLane

/// A convolution's weights rearranged so that each register tile reads them one after another:
/// for each block of output channels `[taps][outputs of the block]`, where taps count channel, kernel row and kernel column.
public struct PackedWeights: Hashable, Sendable {
    /// The blocks of output channels, as a ``Walk`` of the same outputs and columns cuts them.
    private let blocks: [Tiling.Span]
    /// For each tap where its weight lies in the unpacked tensor, from the output channel's first, in floats.
    private let taps: [Int]
    /// For each tap the one that is its pair's second: weights are rounded to bfloat16 then; −1 for zeros. Nil for single floats.
    private let seconds: [Int]?
    /// Floats between output channels in the unpacked tensor.
    private let outputStep: Int
    /// The taps follow one another in the unpacked tensor too.
    private let isContiguous: Bool

    /// Packs for `walk`; `taps` lists its taps in the order channel, kernel row, kernel column.
    ///
    /// - Parameter tapsOfChannel: Taps of one channel, which are paired with the next channel's where the walk is of pairs.
    public init(for walk: Walk, taps: [Int], tapsOfChannel: Int, outputStep: Int) {
        blocks = walk.tiling.rows
        self.outputStep = outputStep
        if walk.isPaired {
            let firsts = taps.indices.filter { $0 / max(1, tapsOfChannel) % 2 == 0 }
            self.taps = firsts.map { taps[$0] }
            seconds = firsts.map { $0 + tapsOfChannel < taps.count ? taps[$0 + tapsOfChannel] : -1 }
            isContiguous = false
        } else {
            self.taps = taps
            seconds = nil
            isContiguous = taps.enumerated().allSatisfy { $0 == $1 }
        }
    }

    /// Floats, or pairs, that the weights of an output channel take.
    public var count: Int { taps.count }

    public var blockCount: Int { blocks.count }

    /// Rearranges the weights of one block, from and into where those of output channel 0 lie.
    @inline(never)
    public func pack(block: Int, _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        let span = blocks[block]
        let packed = packed + span.start &* taps.count, weights = weights + span.start &* outputStep
        if let seconds { return packPairs(span.count, weights, seconds, into: packed) }
        taps.withUnsafeBufferPointer { taps in
            var first = 0
            if isContiguous {
                while first &+ Lane.width <= taps.count {
                    var start = 0
                    while start &+ Lane.width <= span.count {
                        lane_transpose(
                            weights + (start &* outputStep &+ first), outputStep, packed + (first &* span.count &+ start), span.count)
                        start &+= Lane.width
                    }
                    for o in start..<span.count {
                        for t in first..<first &+ Lane.width { packed[t &* span.count &+ o] = weights[o &* outputStep &+ t] }
                    }
                    first &+= Lane.width
                }
            }
            for t in first..<taps.count {
                for o in 0..<span.count { packed[t &* span.count &+ o] = weights[o &* outputStep &+ taps[t]] }
            }
        }
    }

    private func packPairs(
        _ outputs: Int, _ weights: UnsafePointer<Float>, _ seconds: [Int], into packed: UnsafeMutablePointer<Float>
    ) {
        for t in taps.indices {
            let (first, second) = (weights + taps[t], weights + max(0, seconds[t]))
            for start in stride(from: 0, to: outputs, by: Lane.width) {
                let held = min(Lane.width, outputs &- start)
                var low = Lane.zero, high = Lane.zero
                for o in 0..<held { low[o] = first[(start &+ o) &* outputStep] }
                if seconds[t] >= 0 { for o in 0..<held { high[o] = second[(start &+ o) &* outputStep] } }
                lane_store_first(packed + (t &* outputs &+ start), lane_pair(low, high), Int32(held))
            }
        }
    }
}
