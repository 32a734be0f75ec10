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

    @Test func anIdlePoolUsesNoProcessor() async {
        // A process of its own: here other tests work meanwhile.
        await #expect(processExitsWith: .success) {
            func processorSeconds() -> Double {
                var time = timespec()
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
                return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
            }
            let pool = WorkerPool(threads: 4)
            pool.run(8) { _, _ in }
            usleep(100_000)
            let before = processorSeconds()
            usleep(1_000_000)
            exit(pool.threads == 4 && processorSeconds() - before < 0.2 ? 0 : 1)
        }
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func increment() { count.wrappingAdd(1, ordering: .relaxed) }
    }
}
