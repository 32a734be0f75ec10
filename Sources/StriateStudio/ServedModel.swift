public import StriateData
import StriateEngine
import StriateFormats
public import StriateGraph
public import StriateNetworks
public import StriateTraining

/// The model that a ``Studio`` serves.
public struct ServedModel: Sendable {
    /// What the user called it, such as `runs/digits`.
    public let name: String
    public let description: any ModelArchitecture
    public let weights: Weights
    /// The pictures to choose from on the page; nil for none.
    public let data: ServedData?
    /// The models of the run's epochs, the earliest first; empty where the model is of no run. Of large ones the best and the latest.
    public let saved: [RunFolder.SavedModel]

    public init(
        name: String, description: any ModelArchitecture, weights: Weights, data: ServedData? = nil, saved: [RunFolder.SavedModel] = []
    ) {
        self.name = name
        self.description = description
        self.weights = weights
        self.data = data
        let size = 4 * weights.reduce(0) { $0 + $1.1.shape.count }
        self.saved = ServedModel.fitting(saved, size: size)
    }

    /// The most bytes of all saved models' weights together.
    private static let mostSavedBytes = 1 << 30

    private static func fitting(_ saved: [RunFolder.SavedModel], size: Int) -> [RunFolder.SavedModel] {
        let room = max(1, mostSavedBytes / max(1, size)), latest = saved.suffix(room)
        guard let best = saved.first(where: \.isBest), !latest.contains(best) else { return Array(latest) }
        return [best] + latest.dropFirst()
    }

    /// Where the model itself stands among ``saved``; nil where it is none of them.
    var servedPlace: Int? { saved.firstIndex(where: \.isBest) ?? saved.indices.last }

    /// The weights of one of ``saved``.
    ///
    /// - Throws: ``FormatError`` where the file cannot be read any more, or is of another network.
    package func weights(ofSaved place: Int) throws -> Weights {
        let path = saved[place].path
        return try ModelFile.read(path).weights.matched(to: description.traced().parameters.map { ($0.path, $0.shape) }, from: path)
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

/// The data set of a ``ServedModel``, as the model sees it, with its classes' numbers.
public struct ServedData: Sendable {
    /// What the user called it.
    public let name: String
    public let test: PictureLoader
    /// Nil where there are none.
    public let training: PictureLoader?

    public init(name: String, test: PictureLoader, training: PictureLoader?) {
        self.name = name
        self.test = test
        self.training = training
    }
}
