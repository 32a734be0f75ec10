import CLane

/// How an area of sums (rows × columns: output channels × pixels, say) is cut into register tiles.
///
/// A tile of r × c sums reads r + c registers for r·c multiply-adds; too few sums leave the multiply-add units waiting for
/// their own results, too many do not fit the register file (3.5 times slower). The cut with the fewest cycles is chosen.
public struct Tiling: Hashable, Sendable {
    /// One stretch of rows or columns, with the tile's extent along it.
    public struct Span: Hashable, Sendable {
        public var start: Int
        public var count: Int

        @inlinable public var end: Int { start + count }
    }

    public var rows: [Span]
    public var columns: [Span]
    /// Estimated cycles for one multiply-add of every sum.
    public var cycles: Double

    /// Every tile extent that is compiled: for so many columns so many rows. 12 rows of 2 columns would fit, but leave no register
    /// for what is next; they were measured at a quarter of the speed of 8 rows.
    package static let shapes: [(columns: Int, rows: [Int])] = [
        (1, [16, 12, 8, 6, 4, 3, 2, 1]), (2, [8, 6, 4, 3, 2, 1]), (3, [8, 6, 4, 3, 2, 1]),
        (4, [6, 4, 3, 2, 1]), (6, [4, 3, 2, 1]), (8, [3, 2, 1]),
    ]

    /// The most sums that leave registers for the operands.
    package static let mostSums = LANE_REGISTERS >= 32 ? 24 : 12

    public init(rows: Int, columns: Int) {
        self.init(rows: rows, columnTaps: Array(repeating: 0..<1, count: columns))
    }

    /// Cuts an area in which each column has work only for a range of taps: a tile does the work of all taps that any of its
    /// columns has, so narrow tiles at the edges can be cheaper than wide ones.
    public init(rows: Int, columnTaps: [Range<Int>]) {
        precondition(rows > 0 && !columnTaps.isEmpty, "nothing to tile")
        var best: Tiling?
        for height in Tiling.shapes[0].rows {
            let candidate = Tiling(rows: rows, columnTaps: columnTaps, height: height)
            if candidate.cycles < best?.cycles ?? .infinity { best = candidate }
        }
        guard let best else { fatalError("no tile fits") }
        self = best
    }

    /// With rows cut by `height` (and what is left by what is less), the columns that cost least, found from the last column on.
    private init(rows: Int, columnTaps: [Range<Int>], height: Int) {
        self.rows = Tiling.spans(rows, of: Tiling.shapes[0].rows.filter { $0 <= height })
        let heights = self.rows.map(\.count)
        // What one tap costs in columns of each width that is compiled for all of these heights.
        let widths = Tiling.shapes.filter { $0.columns * height <= Tiling.mostSums && heights.allSatisfy($0.rows.contains) }
            .map { shape in (width: shape.columns, cycles: heights.reduce(0) { $0 + Tiling.cycles($1, shape.columns) }) }
        // A weight gradient has thousands of columns, all alike.
        let commonTaps = columnTaps.allSatisfy { $0 == columnTaps[0] } ? columnTaps[0] : nil
        var cheapest = Array(repeating: (cycles: Double.infinity, width: 0), count: columnTaps.count + 1)
        cheapest[columnTaps.count].cycles = 0
        for start in columnTaps.indices.reversed() {
            for (width, cyclesOfTap) in widths where start + width <= columnTaps.count {
                let taps = commonTaps ?? Tiling.union(columnTaps[start..<start + width])
                let cycles = cheapest[start + width].cycles + Double(taps.count) * cyclesOfTap
                if cycles < cheapest[start].cycles { cheapest[start] = (cycles, width) }
            }
        }
        cycles = cheapest[0].cycles
        columns = []
        var start = 0
        while start < columnTaps.count, cheapest[start].width > 0 {
            columns.append(Span(start: start, count: cheapest[start].width))
            start += cheapest[start].width
        }
    }

    /// The smallest range that holds all of these, the empty ones aside.
    package static func union(_ ranges: ArraySlice<Range<Int>>) -> Range<Int> {
        let ranges = ranges.filter { !$0.isEmpty }
        guard let first = ranges.map(\.lowerBound).min(), let end = ranges.map(\.upperBound).max() else { return 0..<0 }
        return first..<end
    }

    /// Covers `extent` by the largest sizes that fit.
    private static func spans(_ extent: Int, of sizes: [Int]) -> [Span] {
        var spans = [Span](), start = 0
        for size in sizes.sorted(by: >) {
            while extent - start >= size {
                spans.append(Span(start: start, count: size))
                start += size
            }
        }
        return spans
    }

    /// Two multiply-adds and two loads a cycle; a sum is ready for the next after four.
    private static func cycles(_ rows: Int, _ columns: Int) -> Double {
        let sums = Double(rows * columns), loads = Double(rows + columns)
        return max(sums / 2, loads / 2, 4) + loads / 20
    }
}
