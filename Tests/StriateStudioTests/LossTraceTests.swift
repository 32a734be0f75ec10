import StriateStudio
import Testing

@Suite struct LossTraceTests {
    @Test func pointsAreMeansOfEquallyManySteps() {
        for count in [0, 1, 7, 8, 9, 15, 16, 100, 1000] {
            var trace = LossTrace(most: 8)
            let losses = (0..<count).map { Double(($0 * 37) % 101) }
            for loss in losses { trace.add(loss) }
            let size = trace.stepsOfPoint
            #expect(trace.points.count < 8 && trace.points.count == count / size, "\(count)")
            for (place, point) in trace.points.enumerated() {
                let mean = losses[place * size..<(place + 1) * size].reduce(0, +) / Double(size)
                #expect(abs(point - mean) < 1e-9)
            }
        }
    }
}
