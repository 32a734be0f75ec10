import Foundation
public import StriateData

/// What losses a network has while its learning rate rises: how to find a rate before training (Smith, 2017, Cyclical learning rates for
/// training neural networks, WACV, section 3.3).
public struct RateRangeTest: Hashable, Sendable {
    /// A step and its loss.
    public struct Point: Hashable, Sendable {
        public let rate: Float
        /// The mean of the batch, before the step.
        public let loss: Float
        /// The mean of the losses so far, of which the last ones count most.
        public let smoothed: Double

        public init(rate: Float, loss: Float, smoothed: Double) {
            self.rate = rate
            self.loss = loss
            self.smoothed = smoothed
        }
    }

    public private(set) var points: [Point] = []

    /// From a rate at which nothing moves to one at which nothing holds.
    public static let rates: (lowest: Double, highest: Double) = (1e-7, 10)
    /// The test is over once the smoothed loss is so many times its smallest.
    static let limit = 4.0
    /// The share of the mean that stays from step to step.
    private static let smoothing = 0.9

    public init(_ points: [Point] = []) { self.points = points }

    /// Trains at rates that rise by the same factor from step to step. What the steps did to the weights is undone.
    ///
    /// - Parameters:
    ///   - steps: From the lowest rate to the highest; the test ends before where the loss grows out of all bounds.
    ///   - next: The next batch to learn from.
    ///   - progress: Called after each step.
    /// - Throws: ``TrainingError``. The weights are as they were then too.
    public static func run(
        _ trainer: Trainer, steps: Int = 100, next: () throws(TrainingError) -> PictureBatch, progress: (Int) -> Void = { _ in }
    ) throws(TrainingError) -> RateRangeTest {
        let state = trainer.state, position = (steps: trainer.steps, updates: trainer.updates)
        var test = RateRangeTest()
        do throws(TrainingError) {
            for step in 0..<steps {
                let rate = Float(rates.lowest * pow(rates.highest / rates.lowest, Double(step) / Double(max(1, steps - 1))))
                let result = try trainer.step(on: try next(), rate: rate)
                guard test.add(rate: rate, loss: result.loss) else { break }
                progress(step + 1)
            }
        } catch {
            try trainer.restore(state, from: "the range test")
            (trainer.steps, trainer.updates) = position
            throw error
        }
        try trainer.restore(state, from: "the range test")
        (trainer.steps, trainer.updates) = position
        return test
    }

    /// - Returns: Whether the test goes on.
    mutating func add(rate: Float, loss: Float) -> Bool {
        guard loss.isFinite else { return false }
        // Divided by the weights' sum, so that the first losses are not pulled to zero.
        let share = 1 - pow(Self.smoothing, Double(points.count + 1)), before = 1 - pow(Self.smoothing, Double(points.count))
        let mean = (points.last?.smoothed ?? 0) * before * Self.smoothing + Double(loss) * (1 - Self.smoothing)
        let smoothed = mean / share
        points.append(Point(rate: rate, loss: loss, smoothed: smoothed))
        let smallest = points.reduce(Double.infinity) { min($0, $1.smoothed) }
        return smoothed <= Self.limit * smallest
    }

    // MARK: - Suggestions

    /// The rate at which the smoothed loss, on its way to the smallest, falls fastest over the logarithm of the rate; nil where it never falls.
    public var steepest: Float? {
        guard let lowest = points.indices.min(by: { points[$0].smoothed < points[$1].smoothed }) else { return nil }
        let slopes = zip(points[...lowest], points[...lowest].dropFirst()).map { ($1.smoothed - $0.smoothed) / log(Double($1.rate / $0.rate)) }
        guard let place = slopes.indices.min(by: { slopes[$0] < slopes[$1] }), slopes[place] < 0 else { return nil }
        return points[place].rate
    }

    /// The rate in the middle of the longest way down: the longest series of points, not always neighbours, each lower than the one before. It
    /// is more cautious than ``steepest`` and less easily misled by one step. Nil where the loss never falls.
    public var valley: Float? {
        var lengths = Array(repeating: 1, count: points.count)
        for end in points.indices {
            for start in points.indices.prefix(end) where points[end].smoothed < points[start].smoothed {
                lengths[end] = max(lengths[end], lengths[start] + 1)
            }
        }
        guard let end = lengths.indices.max(by: { lengths[$0] < lengths[$1] }), lengths[end] > 1 else { return nil }
        return points[end - lengths[end] / 2].rate
    }
}
