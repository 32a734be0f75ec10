import CLane

/// A convolution's weights rearranged so that each register tile reads them one after another:
/// for each block of output channels `[taps][outputs of the block]`, where taps count channel, kernel row and kernel column.
public struct PackedWeights: Hashable, Sendable {
    /// The blocks of output channels, as a ``Walk`` of the same outputs and columns cuts them.
    private let blocks: [Tiling.Span]
    /// For each tap where its weight lies in the unpacked tensor, from the output channel's first, in floats.
    private let taps: [Int]
    /// Floats between output channels in the unpacked tensor.
    private let outputStep: Int
    /// The taps follow one another in the unpacked tensor too.
    private let isContiguous: Bool

    /// Packs for `walk`; `taps` lists its taps in the order channel, kernel row, kernel column.
    public init(for walk: Walk, taps: [Int], outputStep: Int) {
        blocks = walk.tiling.rows
        self.taps = taps
        self.outputStep = outputStep
        isContiguous = taps.enumerated().allSatisfy { $0 == $1 }
    }

    public var blockCount: Int { blocks.count }

    /// Rearranges the weights of one block, from and into where those of output channel 0 lie.
    @inline(never)
    public func pack(block: Int, _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        let span = blocks[block]
        let packed = packed + span.start &* taps.count, weights = weights + span.start &* outputStep
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
}
