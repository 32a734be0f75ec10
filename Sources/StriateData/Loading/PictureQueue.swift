import Foundation
import StriateGraph

/// All that the pictures of an epoch follow from.
struct PictureTask: Sendable {
    let maker: PictureMaker
    /// Of all pictures of the source.
    let labels: [Int32]
    let classCount: Int
    let order: [Int]
    let start: Int
    let size: Int
    let epoch: Int

    /// Places of the order that a worker takes at once: small pictures are not worth a lock each.
    var chunk: Int { max(1, min(64, size, (1 << 16) / max(1, maker.preprocessing.shape.count))) }
}

/// Batches that threads make ahead of their taker, in order, at most so many that their number and bytes stay small.
final class PictureQueue: Sendable {
    /// A batch without the pictures that could not be read.
    struct Made {
        /// Nil where none could.
        let batch: PictureBatch?
        let failures: [(index: Int, error: DataError)]
        /// Where in the order it ends.
        let end: Int
    }

    /// A batch in the making.
    private struct Slot {
        var pixels: [UInt8]
        var failures: [(place: Int, error: DataError)] = []
        /// Pictures that are still to come.
        var left: Int
    }

    private struct State {
        /// The place that the next worker begins at.
        var next: Int
        /// Batches taken.
        var taken = 0
        /// From the first that was not taken on.
        var slots: [Slot] = []
        var isStopped = false
    }

    /// The most batches in the making or waiting, and the most bytes unless two batches have more.
    private static let mostBatches = 8, mostBytes = 256 << 20

    private let task: PictureTask
    private let batches: Int
    private let ahead: Int
    private let condition = NSCondition()
    /// Touched under `condition` alone.
    private nonisolated(unsafe) var state: State

    init(_ task: PictureTask) {
        self.task = task
        let rest = max(0, task.order.count - task.start)
        batches = (rest + task.size - 1) / task.size
        ahead = max(2, min(PictureQueue.mostBatches, PictureQueue.mostBytes / max(1, task.size * task.maker.preprocessing.shape.count)))
        state = State(next: task.start)
    }

    func start(workers: Int) {
        for _ in 0..<max(1, min(workers, batches * task.size / task.chunk)) {
            let thread = Thread { self.work() }
            // libjpeg and transforms keep little on the stack.
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    /// Lets the workers end; what they are at is thrown away.
    func stop() {
        condition.lock()
        state.isStopped = true
        condition.broadcast()
        condition.unlock()
    }

    /// The next batch; waits for it.
    ///
    /// - Precondition: there is one.
    func take() -> Made {
        condition.lock()
        while state.slots.first.map({ $0.left > 0 }) ?? true { condition.wait() }
        let slot = state.slots.removeFirst(), number = state.taken
        state.taken += 1
        condition.broadcast()
        condition.unlock()
        return finished(slot, places: places(number))
    }

    private func places(_ batch: Int) -> Range<Int> {
        let first = task.start + batch * task.size
        return first..<min(first + task.size, task.order.count)
    }

    // MARK: - Workers

    private func work() {
        PictureQueue.yieldToTraining()
        while let chunk = takeWork() {
            var made = [(place: Int, result: Result<Picture, DataError>)]()
            for place in chunk {
                made.append((place, Result { () throws(DataError) in
                    try task.maker.picture(task.order[place], epoch: task.epoch, place: place)
                }))
            }
            put(made)
        }
    }

    /// The trainer's threads have every processor until they wait for pictures: what lies between the two costs most.
    private static func yieldToTraining() {
        #if os(Linux)
        // On Linux this is the calling thread's alone.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
        #endif
    }

    private func takeWork() -> Range<Int>? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            guard !state.isStopped, state.next < task.order.count else { return nil }
            let batch = (state.next - task.start) / task.size
            if batch < state.taken + ahead {
                let all = places(batch)
                let chunk = state.next..<min(state.next + task.chunk, all.upperBound)
                if chunk.lowerBound == all.lowerBound {
                    let bytes = all.count * task.maker.preprocessing.shape.count
                    state.slots.append(Slot(pixels: [UInt8](repeating: 0, count: bytes), left: all.count))
                }
                state.next = chunk.upperBound
                return chunk
            }
            condition.wait()
        }
    }

    private func put(_ made: [(place: Int, result: Result<Picture, DataError>)]) {
        guard let first = made.first?.place else { return }
        let stride = task.maker.preprocessing.shape.count
        condition.lock()
        defer { condition.unlock() }
        guard !state.isStopped else { return }
        let batch = (first - task.start) / task.size, slot = batch - state.taken
        let start = places(batch).lowerBound
        for (place, result) in made {
            switch result {
            case .success(let picture):
                state.slots[slot].pixels.withUnsafeMutableBytes { pixels in
                    picture.pixels.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: pixels[((place - start) * stride)...]).copyMemory(from: $0) }
                }
            case .failure(let error): state.slots[slot].failures.append((place, error))
            }
        }
        state.slots[slot].left -= made.count
        if slot == 0, state.slots[0].left == 0 { condition.broadcast() }
    }

    // MARK: - The taker's thread

    private func finished(_ slot: Slot, places: Range<Int>) -> Made {
        let failures = slot.failures.sorted { $0.place < $1.place }
        var pixels = slot.pixels
        var kept = Array(places)
        if !failures.isEmpty {
            let failed = Set(failures.map(\.place))
            kept.removeAll(where: failed.contains)
            pixels.keep(kept.map { $0 - places.lowerBound }, stride: task.maker.preprocessing.shape.count)
        }
        let numbers = kept.map { task.order[$0] }
        var batch = PictureBatch(
            shape: task.maker.preprocessing.shape, pixels: pixels, labels: numbers.map { task.labels[$0] }, classCount: task.classCount,
            numbers: numbers[...])
        if !kept.isEmpty { task.maker.mix(&batch, epoch: task.epoch, place: places.lowerBound) }
        return Made(
            batch: kept.isEmpty ? nil : batch, failures: failures.map { (task.order[$0.place], $0.error) }, end: places.upperBound)
    }
}

extension [UInt8] {
    /// Keeps some of its pieces, in rising order, without taking memory for a copy.
    mutating func keep(_ pieces: [Int], stride: Int) {
        withUnsafeMutableBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            for (place, piece) in pieces.enumerated() where place != piece {
                (base + place * stride).update(from: base + piece * stride, count: stride)
            }
        }
        removeLast(count - pieces.count * stride)
    }
}
