public import StriateGraph
internal import StriateLanes

/// The engine for CPUs: each SIMD lane holds one image, or a channel of one where a batch is too small to fill lanes.
///
/// Its programs share one pool of threads and take turns in using it. Results are the same bits for any number of threads.
public struct LaneEngine: Engine {
    /// How many threads programs run on, the caller's included.
    public let threads: Int
    private let pool: WorkerPool

    /// - Parameter threads: 1 to 1,024; nil for one for each processor that the process may use.
    /// - Throws: ``EngineError`` for another number, or where the processor lacks what the build uses.
    public init(threads: Int? = nil) throws(EngineError) {
        try LaneEngine.checkProcessor()
        let threads = threads ?? min(1024, WorkerPool.processorCount)
        guard (1...1024).contains(threads) else { throw EngineError("the engine runs on 1 to 1024 threads, not on \(threads)") }
        self.threads = threads
        pool = WorkerPool(threads: threads)
    }

    /// Refuses, before any lane code runs, on a processor that lacks what this build uses.
    public static func checkProcessor() throws(EngineError) {
        if let feature = Processor.missingFeature {
            throw EngineError(
                "this processor has no \(feature), which this build of Striate uses; build it here, or with STRIATE_CPU naming this processor")
        }
    }

    /// Whether this build's processor multiplies pairs of bfloat16 numbers. Without, graphs that allow them run in single floats.
    public static var hasBFloat16: Bool { Processor.hasBFloat16 }

    public func compile(_ graph: Graph, batch: Int) throws(EngineError) -> any Program {
        try LaneProgram(LanePlan(graph, batch: batch, workers: threads), pool: pool)
    }

    /// What ``compile(_:batch:)`` would occupy, without occupying it.
    ///
    /// - Throws: ``EngineError`` where the graph holds an operation that the engine lacks.
    public func memory(for graph: Graph, batch: Int) throws(EngineError) -> ProgramMemory {
        try LanePlan(graph, batch: batch, workers: threads).memory
    }

    /// The same where lanes hold what is asked for, not what is expected to be faster.
    ///
    /// - Throws: ``EngineError`` also for a graph that such lanes cannot compute.
    package func compile(_ graph: Graph, batch: Int, lanesHold contents: LaneContents) throws(EngineError) -> any Program {
        try LaneProgram(LanePlan(graph, batch: batch, workers: threads, lanesHold: contents), pool: pool)
    }

    /// Measures what all threads together can do at most: fused multiply-adds of single floats, each counted as two operations.
    ///
    /// Takes a fifth of a second.
    /// - Returns: GFLOP/s.
    public func measurePeak() -> Double {
        let rounds = 500_000, clock = ContinuousClock(), start = clock.now
        var best = 0.0
        let results = UnsafeMutablePointer<Float>.allocate(capacity: threads)
        defer { results.deallocate() }
        // It can take the system some while to give each thread a processor of its own.
        while clock.now - start < .milliseconds(200) {
            let time = clock.measure { pool.run(threads) { _, index in results[index] = Peak.burn(rounds + index) } }
            best = max(best, Double(2 * Peak.multiplyAddsInRound * rounds * threads) / (time / .seconds(1)))
        }
        return best / 1e9
    }

    /// Measures how fast all threads together read memory: sweeps over a quarter of a gibibyte, which no cache of a desktop processor
    /// holds.
    ///
    /// Takes some tenths of a second.
    /// - Returns: GB/s; nil where the system does not give so much memory.
    public func measureBandwidth() -> Double? {
        let pieces = 64, lanesInPiece = (256 << 20) / pieces / MemoryLayout<Lane>.stride
        guard let arena = Arena(byteCount: pieces * lanesInPiece * MemoryLayout<Lane>.stride) else { return nil }
        let lanes = arena.base.assumingMemoryBound(to: Lane.self), clock = ContinuousClock()
        // Pages that were never written are all the same one.
        pool.run(pieces) { _, piece in (lanes + piece * lanesInPiece).update(repeating: Lane(repeating: 1), count: lanesInPiece) }
        let results = UnsafeMutablePointer<Float>.allocate(capacity: pieces), start = clock.now
        defer { results.deallocate() }
        var best = 0.0
        while clock.now - start < .milliseconds(200) {
            let time = clock.measure {
                pool.run(pieces) { _, piece in results[piece] = Peak.sweep(lanes + piece * lanesInPiece, count: lanesInPiece) }
            }
            best = max(best, Double(arena.byteCount) / (time / .seconds(1)))
        }
        return best / 1e9
    }
}
