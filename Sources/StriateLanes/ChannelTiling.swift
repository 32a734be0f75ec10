import CLane

/// How an area of output blocks × pixels of a row is cut into register tiles of a ``ChannelWalk``.
///
/// A tile of b × p sums reads b lanes of weights and p floats for b·p multiply-adds; the cut with the fewest cycles is chosen.
struct ChannelTiling: Hashable, Sendable {
    /// Neighbouring tiles of one width.
    struct Run: Hashable, Sendable {
        let start: Int
        let width: Int
        var tiles: Int
    }

    /// Blocks of output channels that are computed together, with the cuts of their rows.
    struct Stack: Hashable, Sendable {
        let blocks: Range<Int>
        let runs: [Run]
    }

    let stacks: [Stack]
    /// Estimated cycles for a row of all blocks.
    let cycles: Double

    /// - Parameters:
    ///   - depth: Multiply-adds of each sum.
    ///   - mostBlocks: The most blocks whose weights fit together into a core's cache.
    init(blocks: Int, pixels: Int, depth: Int, mostBlocks: Int) {
        let heights = ChannelTile.shapes.map(\.blocks)
        var best: ChannelTiling?
        for height in heights where height <= max(1, mostBlocks) && height <= blocks {
            let candidate = ChannelTiling(blocks: blocks, pixels: pixels, depth: depth, heights: heights.filter { $0 <= height })
            if candidate.cycles < best?.cycles ?? .infinity { best = candidate }
        }
        guard let best else { fatalError("no tile fits") }
        self = best
    }

    /// Covers the blocks by the largest of `heights` that fit.
    private init(blocks: Int, pixels: Int, depth: Int, heights: [Int]) {
        var stacks = [Stack](), cycles = 0.0, start = 0
        for height in heights {
            guard start + height <= blocks else { continue }
            let row = ChannelTiling.cheapestRow(blocks: height, pixels: pixels, depth: depth)
            while start + height <= blocks {
                stacks.append(Stack(blocks: start..<start + height, runs: row.runs))
                cycles += row.cycles
                start += height
            }
        }
        self.stacks = stacks
        self.cycles = cycles
    }

    /// The widths that cost least, found from the last pixel on.
    private static func cheapestRow(blocks: Int, pixels: Int, depth: Int) -> (runs: [Run], cycles: Double) {
        let widths = (1...max(1, mostPixels(blocks))).map { (width: $0, cycles: cycles(blocks, $0, depth)) }
        var cheapest = Array(repeating: (cycles: 0.0, width: 0), count: pixels + 1)
        for start in (0..<pixels).reversed() {
            cheapest[start].cycles = .infinity
            for (width, cost) in widths where start + width <= pixels {
                let cycles = cheapest[start + width].cycles + cost
                if cycles < cheapest[start].cycles { cheapest[start] = (cycles, width) }
            }
        }
        var counts = [Int: Int](), start = 0
        while start < pixels {
            counts[cheapest[start].width, default: 0] += 1
            start += cheapest[start].width
        }
        start = 0
        let runs = counts.sorted { $0.key > $1.key }.map { width, tiles in
            defer { start += width * tiles }
            return Run(start: start, width: width, tiles: tiles)
        }
        return (runs, cheapest[0].cycles)
    }

    /// Sums, a row of weights and a pixel share the registers.
    private static func mostPixels(_ blocks: Int) -> Int {
        let compiled = ChannelTile.shapes.first { $0.blocks == blocks }?.pixels ?? 1
        return min(compiled, (Int(LANE_REGISTERS) - blocks - 1) / blocks)
    }

    /// Two multiply-adds and two loads a cycle; a sum is ready for the next after four. Weights come from the second cache, a lane a cycle.
    private static func cycles(_ blocks: Int, _ pixels: Int, _ depth: Int) -> Double {
        let sums = Double(blocks * pixels), loads = Double(blocks + pixels)
        return Double(depth) * (max(sums / 2, loads / 2, Double(blocks), 4) + loads / 20) + 20 + 2 * sums
    }
}
