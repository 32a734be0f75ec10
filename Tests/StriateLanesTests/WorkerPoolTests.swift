import Foundation
import StriateLanes
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 7])
    func everyIndexRunsOnce(threads: Int) {
        let pool = WorkerPool(threads: threads)
        for count in [0, 1, 2, 5, 64, 1000] {
            let calls = (0..<count).map { _ in Counter() }
            pool.run(count) { worker, index in
                precondition((0..<threads).contains(worker))
                calls[index].increment()
            }
            #expect(calls.allSatisfy { $0.value == 1 })
        }
    }

    @Test func loopsRightAfterOneAnotherAndAfterSleepAllFinish() {
        let pool = WorkerPool(threads: 3), sum = Counter()
        for round in 0..<2000 {
            pool.run(7) { _, _ in sum.increment() }
            if round % 500 == 0 { Thread.sleep(forTimeInterval: 0.02) }  // long enough for the workers to sleep
        }
        #expect(sum.value == 14_000)
    }

    @Test func callersFromSeveralThreadsTakeTurns() {
        let pool = WorkerPool(threads: 2), sum = Counter()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<200 { pool.run(5) { _, _ in sum.increment() } }
        }
        #expect(sum.value == 4000)
    }

    @Test func poolsComeAndGo() {
        let sum = Counter()
        for _ in 0..<50 { WorkerPool(threads: 4).run(8) { _, _ in sum.increment() } }
        #expect(sum.value == 400)
    }

    @Test func anIdlePoolUsesNoProcessor() {
        let pool = WorkerPool(threads: 4)
        pool.run(8) { _, _ in }
        Thread.sleep(forTimeInterval: 0.05)
        let before = processorSeconds()
        Thread.sleep(forTimeInterval: 0.5)
        // Other tests run beside this one, so only their share is bounded: three spinning threads alone would take 1.5 s.
        #expect(pool.threads == 4)
        #expect(processorSeconds() - before < 1.5)
    }

    private func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func increment() { count.wrappingAdd(1, ordering: .relaxed) }
    }
}
