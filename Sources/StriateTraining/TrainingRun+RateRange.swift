import StriateData

extension TrainingRun {
    /// Tries rising learning rates on the run's images, in the order of its first epochs.
    ///
    /// - Parameter progress: Called after each step with how many of how many are done.
    public func findRate(progress: (Int, Int) -> Void = { _, _ in }) throws(TrainingError) -> RateRangeTest {
        let steps = 100
        var epoch = 0
        var stream = images.batches(of: options.batch, order: order(ofEpoch: 0))
        func next() throws(TrainingError) -> PictureBatch {
            if let batch = try loaded(try stream.next()) { return batch }
            epoch += 1
            stream = images.batches(of: options.batch, order: order(ofEpoch: epoch), epoch: epoch)
            guard let batch = try loaded(try stream.next()) else { throw .data("\(options.data): none of its pictures can be read") }
            return batch
        }
        return try RateRangeTest.run(trainer, steps: steps, next: next, progress: { progress($0, steps) })
    }
}
