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

    /// Every tile extent that is compiled, by its columns: `rowsOfTiles[c]` lists the rows that c columns may have.
    static let shapes: [(columns: Int, rows: [Int])] = [
        (1, [16, 12, 8, 6, 4, 3, 2, 1]), (2, [12, 8, 6, 4, 3, 2, 1]), (3, [8, 6, 4, 3, 2, 1]),
        (4, [6, 4, 3, 2, 1]), (6, [4, 3, 2, 1]), (8, [3, 2, 1]),
    ]

    /// The most sums that leave registers for the operands.
    static let mostSums = LANE_REGISTERS >= 32 ? 24 : 12

    public init(rows: Int, columns: Int) {
        precondition(rows > 0 && columns > 0, "nothing to tile")
        var best: Tiling?
        for (width, heights) in Tiling.shapes {
            for height in heights where height * width <= Tiling.mostSums {
                let candidate = Tiling(rows: rows, columns: columns, height: height, width: width)
                if candidate.cycles < best?.cycles ?? .infinity { best = candidate }
            }
        }
        guard let best else { fatalError("no tile fits") }
        self = best
    }

    private init(rows: Int, columns: Int, height: Int, width: Int) {
        let widths = Tiling.shapes.map(\.columns).filter { $0 <= width }
        let heights = Tiling.shapes[0].rows.filter { $0 <= height }
        self.rows = Tiling.spans(rows, of: heights)
        self.columns = Tiling.spans(columns, of: widths)
        cycles = 0
        for row in self.rows { for column in self.columns { cycles += Tiling.cycles(row.count, column.count) } }
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
