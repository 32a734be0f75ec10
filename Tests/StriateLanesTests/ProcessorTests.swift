import CLane
import Testing

import StriateLanes

@Suite struct ProcessorTests {
    @Test func thisProcessorHasWhatTheBuildUses() {
        #expect(Processor.missingFeature == nil)
        #expect(Lane.scalarCount == Lane.width)
    }

    @Test func lanesAreTransposedExactly() {
        withSquare { rows, floats in
            for row in 0..<Lane.width { for column in 0..<Lane.width { rows[row][column] = Float(100 * row + column) } }
            lane_transpose(floats, Lane.width, floats, Lane.width)
            for row in 0..<Lane.width { for column in 0..<Lane.width { #expect(rows[row][column] == Float(100 * column + row)) } }
        }
    }

    @Test func totalsAddHalves() {
        var lane = Lane.zero
        for i in 0..<Lane.width { lane[i] = Float(1 << i) }
        #expect(lane.total == Float(1 << Lane.width) - 1)
        #expect(lane.keeping(first: 3).total == 7)
        #expect(Lane(repeating: .nan).keeping(first: 0).total == 0)
    }
}
