import StriateData

extension TrainingRun {
    /// Tries rising learning rates on the run's images, in the order of its first epochs.
    ///
    /// - Parameter progress: Called after each step with how many of how many are done.
    public func findRate(progress: (Int, Int) -> Void = { _, _ in }) throws(TrainingError) -> RateRangeTest {
        let steps = 100
        var epoch = 0, order = order(ofEpoch: 0)[...]
        func next() -> PictureBatch {
            if order.isEmpty {
                epoch += 1
                order = self.order(ofEpoch: epoch)[...]
            }
            let rows = order.prefix(options.batch)
            order = order.dropFirst(options.batch)
            return PictureBatch(images, rows: rows)
        }
        return try RateRangeTest.run(trainer, steps: steps, next: next, progress: { progress($0, steps) })
    }
}
