import StriateEngine
public import StriateGraph
public import StriateNetworks

/// The model that a ``Studio`` serves.
public struct ServedModel: Sendable {
    /// What the user called it, such as `runs/digits`.
    public let name: String
    public let description: any ModelArchitecture
    public let weights: Weights

    public init(name: String, description: any ModelArchitecture, weights: Weights) {
        self.name = name
        self.description = description
        self.weights = weights
    }

    /// Multiply-adds of a batch below which a second thread costs more than it helps: it would wait longer than it works, on a
    /// processor that reading and answering requests needs.
    private static let worthThreads = 200_000_000

    /// The engine for batches of so many pictures.
    ///
    /// - Parameter threads: nil for as many as the network is worth.
    /// - Throws: ``NetworkError`` or ``EngineError`` where the model cannot be run.
    func engine(threads: Int?, batch: Int) throws -> LaneEngine {
        let isSmall = try description.traced().multiplyAdds <= ServedModel.worthThreads / batch
        return try LaneEngine(threads: threads ?? (isSmall ? 1 : nil))
    }
}
