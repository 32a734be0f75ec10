import CLane
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Threads that share loops: waiting spins for some tens of microseconds, so that the next loop starts at once, then sleeps.
///
/// The caller of ``run(_:_:)`` is worker 0 and works along. A pool serves one caller at a time; others wait.
public final class WorkerPool: Sendable {
    /// Workers, the caller included.
    public let threads: Int
    private let crew: Crew

    /// - Parameter threads: 1 to 1,024; a pool of 1 starts no thread.
    public init(threads: Int) {
        precondition((1...1024).contains(threads), "a pool has 1 to 1024 threads")
        self.threads = threads
        crew = Crew(threads: threads)
        for worker in 1..<max(threads, 1) { crew.start(worker) }
    }

    deinit { crew.stop() }

    /// How many processors this process may use.
    public static var processorCount: Int { Int(lane_processor_count()) }

    /// Calls `body` once for each index below `count`, on all workers; returns when all calls have.
    ///
    /// Each worker begins with its own share of neighbouring indices, the same in every loop of that count, so that it finds
    /// in its cache what it left there; who is done helps the others. Results must not depend on who does what.
    public func run(_ count: Int, _ body: (_ worker: Int, _ index: Int) -> Void) {
        guard count > 1, threads > 1 else {
            for index in 0..<count { body(0, index) }
            return
        }
        crew.run(count, body)
    }
}

/// What the threads share. Outlives the pool until the last thread has seen that it is over.
private final class Crew: Sendable {
    /// Counts loops; a worker that sees a new number joins in.
    private let epoch = Atomic<Int>(0)
    /// The epoch that may still be joined, or −1. With `active` it keeps late workers out of a loop that is over.
    private let open = Atomic<Int>(-1)
    private let active = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)
    private let threads: Int
    /// For each worker the next index of its share, a cache line apart.
    private nonisolated(unsafe) let next: UnsafeMutablePointer<Atomic<Int>>
    private static let spacing = 16
    private nonisolated(unsafe) var count = 0
    private nonisolated(unsafe) var body: ((Int, Int) -> Void)?
    private nonisolated(unsafe) let caller = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// About 50 µs: longer than what lies between two loops of a training step.
    private static let spins = 2_000

    init(threads: Int) {
        self.threads = threads
        next = .allocate(capacity: threads * Crew.spacing)
        for worker in 0..<threads { (next + worker * Crew.spacing).initialize(to: Atomic(0)) }
        pthread_mutex_init(caller, nil)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        next.deallocate()
        pthread_mutex_destroy(caller)
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(condition)
        caller.deallocate()
        mutex.deallocate()
        condition.deallocate()
    }

    func run(_ count: Int, _ body: (Int, Int) -> Void) {
        pthread_mutex_lock(caller)
        defer { pthread_mutex_unlock(caller) }
        withoutActuallyEscaping(body) { body in
            self.count = count
            self.body = body
            for worker in 0..<threads { next[worker &* Crew.spacing].store(share(worker).lowerBound, ordering: .relaxed) }
            let number = epoch.load(ordering: .relaxed) + 1
            open.store(number, ordering: .sequentiallyConsistent)
            epoch.store(number, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeAll() }
            work(as: 0)
            open.store(-1, ordering: .sequentiallyConsistent)
            var spins = 0
            while active.load(ordering: .sequentiallyConsistent) > 0 {
                // A worker that another program has pushed aside needs this processor more than a waiting loop does.
                spins += 1
                if spins < Crew.spins { lane_pause() } else { sched_yield() }
            }
            self.body = nil
        }
    }

    private func work(as worker: Int) {
        guard let body else { fatalError("a loop without a body") }
        for turn in 0..<threads {
            let owner = (worker &+ turn) % threads, end = share(owner).upperBound
            while true {
                let index = next[owner &* Crew.spacing].wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
                if index >= end { break }
                body(worker, index)
            }
        }
    }

    private func share(_ worker: Int) -> Range<Int> { worker &* count / threads..<(worker &+ 1) &* count / threads }

    private func serve(as worker: Int) {
        var seen = 0
        while true {
            let number = waitForEpoch(after: seen)
            if isStopped.load(ordering: .acquiring) { return }
            seen = number
            active.wrappingAdd(1, ordering: .sequentiallyConsistent)
            if open.load(ordering: .sequentiallyConsistent) == number { work(as: worker) }
            active.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        }
    }

    private func waitForEpoch(after seen: Int) -> Int {
        for _ in 0..<Crew.spins {
            let number = epoch.load(ordering: .acquiring)
            if number != seen { return number }
            lane_pause()
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
        defer { sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
        while true {
            let number = epoch.load(ordering: .sequentiallyConsistent)
            if number != seen { return number }
            pthread_cond_wait(condition, mutex)
        }
    }

    private func wakeAll() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        epoch.wrappingAdd(1, ordering: .sequentiallyConsistent)
        wakeAll()
    }

    func start(_ worker: Int) {
        let ticket = Unmanaged.passRetained(Ticket(crew: self, worker: worker)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let status = pthread_create(&thread, nil, { argument in
            #if canImport(Darwin)
            let ticket = Unmanaged<Ticket>.fromOpaque(argument).takeRetainedValue()
            #else
            let ticket = Unmanaged<Ticket>.fromOpaque(argument!).takeRetainedValue()
            #endif
            ticket.crew.serve(as: ticket.worker)
            return nil
        }, ticket)
        // With fewer threads than asked for, the work is the same: the others take it.
        guard status == 0 else { return Unmanaged<Ticket>.fromOpaque(ticket).release() }
        #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
    }

    private final class Ticket: Sendable {
        let crew: Crew
        let worker: Int
        init(crew: Crew, worker: Int) {
            self.crew = crew
            self.worker = worker
        }
    }
}
