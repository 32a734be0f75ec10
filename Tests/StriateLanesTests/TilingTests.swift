import Testing

import StriateLanes

@Suite struct TilingTests {
    @Test(arguments: [1, 2, 3, 5, 6, 7, 10, 16, 17, 28, 64, 120], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 28, 33])
    func everySumIsInExactlyOneTile(rows: Int, columns: Int) {
        let tiling = Tiling(rows: rows, columns: columns)
        #expect(tiling.rows.flatMap { Array($0.start..<$0.end) } == Array(0..<rows))
        #expect(tiling.columns.flatMap { Array($0.start..<$0.end) } == Array(0..<columns))
    }

    @Test func everyTileOfACutIsCompiledAndFitsTheRegisters() {
        for rows in 1...130 {
            for columns in [1, 2, 3, 5, 8, 14, 27] {
                let tiling = Tiling(rows: rows, columns: columns)
                for row in tiling.rows {
                    for column in tiling.columns {
                        #expect(row.count * column.count <= Tiling.mostSums)
                        #expect(Tiling.shapes.contains { $0.columns == column.count && $0.rows.contains(row.count) })
                    }
                }
            }
        }
    }

    @Test(.enabled(if: Tiling.mostSums == 24)) func sixChannelsOfTwentyEightPixelsFillTheTile() {
        let tiling = Tiling(rows: 6, columns: 28)
        #expect(tiling.rows.map(\.count) == [6] && tiling.columns.allSatisfy { $0.count == 4 })
    }

    @Test func edgesWithFewTapsAreCutNarrow() {
        // The input gradient of a 5×5 convolution: the outermost pixels have one tap, the inner ones five.
        let taps = (0..<14).map { x in max(0, x - 9)..<min(5, x + 1) }
        let wide = Tiling(rows: 6, columns: 14).columns, cut = Tiling(rows: 6, columnTaps: taps).columns
        func work(_ spans: [Tiling.Span]) -> Int { spans.reduce(0) { $0 + $1.count * Tiling.union(taps[$1.start..<$1.end]).count } }
        #expect(work(cut) < work(wide))
    }
}
