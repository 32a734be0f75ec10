public import StriateGraph

/// The engine for CPUs: each SIMD lane holds one image.
public struct LaneEngine: Engine {
    /// How many threads programs run on.
    public let threads: Int

    /// - Parameter threads: At least 1; nil for one for each processor that the process may use.
    public init(threads: Int? = nil) throws(EngineError) {
        self.threads = threads ?? 1
    }

    public func compile(_ graph: Graph, batch: Int) throws(EngineError) -> any Program {
        throw EngineError("not yet")
    }
}
