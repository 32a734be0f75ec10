/// The batches of an epoch, one after another: for one taker, on one thread.
public final class PictureStream {
    /// How many pictures of the epoch's order lie behind, those that could not be read included.
    public private(set) var place: Int
    /// How long ``next()`` has waited for pictures.
    public private(set) var waited = Duration.zero

    private let end: Int
    private let content: Content
    private let report: (Int, DataError) throws(DataError) -> Void

    private enum Content {
        case images(ImageSet, failures: [Int: DataError], order: [Int], size: Int)
        case queue(PictureQueue)
    }

    /// Images that need nothing done to them.
    init(_ images: ImageSet, failures: [Int: DataError], order: [Int], start: Int, size: Int) {
        content = .images(images, failures: failures, order: order, size: size)
        (place, end) = (min(start, order.count), order.count)
        report = { _, _ in }
    }

    /// - Parameters:
    ///   - workers: Threads that start at once, and end with the last picture or with this stream.
    ///   - report: Takes each picture that cannot be read, in order; what it throws ends the stream.
    init(_ task: PictureTask, workers: Int, report: @escaping (Int, DataError) throws(DataError) -> Void) {
        let queue = PictureQueue(task)
        content = .queue(queue)
        (place, end) = (min(task.start, task.order.count), task.order.count)
        self.report = report
        queue.start(workers: workers)
    }

    deinit { if case .queue(let queue) = content { queue.stop() } }

    /// The next batch, or nil after the last. Pictures that cannot be read leave it smaller; a batch of none is passed over.
    ///
    /// - Throws: ``DataError`` where a file cannot be read and must not be left out.
    public func next() throws(DataError) -> PictureBatch? {
        while place < end {
            switch content {
            case .images(let images, let failures, let order, let size):
                let first = place
                place = min(first + size, end)
                let rows = order[first..<place]
                guard !failures.isEmpty else { return PictureBatch(images, rows: rows) }
                let readable = rows.filter { failures[$0] == nil }
                if !readable.isEmpty { return PictureBatch(images, rows: readable[...]) }
            case .queue(let queue):
                let start = ContinuousClock.now
                let made = queue.take()
                waited += ContinuousClock.now - start
                place = made.end
                for failure in made.failures { try report(failure.index, failure.error) }
                if let batch = made.batch { return batch }
            }
        }
        return nil
    }
}
