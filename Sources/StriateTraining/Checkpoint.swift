import Foundation
public import StriateFormats
public import StriateGraph

/// All that a run needs to go on exactly: `last.safetensors`. It is a model file too; other readers see its weights.
public struct Checkpoint: Hashable, Sendable {
    /// Where in the run it stands.
    public struct Position: Hashable, Sendable, Codable {
        /// Epochs that are over, their validation included.
        public var epoch = 0
        /// What the epoch under way has seen.
        public var totals = Totals()
        /// Pictures that the epoch under way came across and could not read; nil for none.
        public var skipped: Int?
        /// Steps of the whole run.
        public var steps = 0
        /// Seconds that the epoch under way has taken; 0 between epochs, where equal runs leave equal files.
        public var seconds = 0.0
        public var best: Best?
        /// What a schedule that waits for plateaus remembers; nil for another.
        public var plateau: PlateauState?
        /// The epochs whose models are kept, the best first; nil where none are.
        public var kept: [Best]?
        /// What somebody multiplied the schedule's rate by; nil for 1.
        public var rateFactor: Double?

        public init() {}

        /// How many places of the epoch's order lie behind.
        public var place: Int { totals.images + (skipped ?? 0) }
    }

    /// An epoch that is among the best so far. Its numbers are of the validation images, or of the training images where there are none.
    public struct Best: Hashable, Sendable, Codable {
        /// From 1.
        public let epoch: Int
        public let accuracy: Double
        /// Nil in checkpoints that do not say.
        public let loss: Double?

        public init(epoch: Int, accuracy: Double, loss: Double? = nil) {
            self.epoch = epoch
            self.accuracy = accuracy
            self.loss = loss
        }

        init(_ metrics: EpochMetrics) {
            self.init(
                epoch: metrics.epoch, accuracy: metrics.validationAccuracy ?? metrics.trainAccuracy,
                loss: metrics.validationLoss ?? metrics.trainLoss)
        }
    }

    public var model: ModelMetadata
    /// Parameters and the optimiser's state.
    public var state: Weights
    public var position: Position
    /// What the training images were, so that a run does not go on with others; see ``fingerprint(of:)``.
    public var data: String
    /// What the run computes with. The state itself is single floats whatever it is.
    public var precision: Precision

    public init(model: ModelMetadata, state: Weights, position: Position, data: String, precision: Precision = .float32) {
        self.model = model
        self.state = state
        self.position = position
        self.data = data
        self.precision = precision
    }

    private static let positionKey = "striate.position"
    private static let dataKey = "striate.data"
    private static let precisionKey = "striate.precision"

    /// - Throws: ``FormatError``; an earlier checkpoint of this name is untouched then.
    public func write(to path: String) throws(FormatError) {
        var texts = model.texts
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            texts[Self.positionKey] = String(decoding: try encoder.encode(position), as: UTF8.self)
        } catch {
            throw FormatError(file: path, "the sums of this run are not numbers any more")
        }
        texts[Self.dataKey] = data
        texts[Self.precisionKey] = precision.rawValue
        try Safetensors(state, metadata: texts).write(to: path)
    }

    public init(contentsOf path: String) throws(FormatError) {
        let contents = try Safetensors(contentsOf: path)
        guard let text = contents.metadata[Self.positionKey], let data = contents.metadata[Self.dataKey] else {
            throw FormatError(file: path, "is not a checkpoint: it does not say where its run stood")
        }
        guard let position = try? JSONDecoder().decode(Position.self, from: Data(text.utf8)), position.isSound else {
            throw FormatError(file: path, "\(Self.positionKey) in the metadata is damaged")
        }
        // Older runs do not say: there was one.
        guard let precision = Precision(rawValue: contents.metadata[Self.precisionKey] ?? Precision.float32.rawValue) else {
            throw FormatError(file: path, "\(Self.precisionKey) in the metadata is none that is known")
        }
        model = try ModelMetadata(texts: contents.metadata, file: path)
        state = contents.weights
        self.position = position
        self.data = data
        self.precision = precision
    }
}

extension Checkpoint.Position {
    /// Whether a file's numbers can be a place in a run.
    fileprivate var isSound: Bool {
        [epoch, steps, totals.images].allSatisfy((0...1 << 50).contains) && (0...1 << 50).contains(skipped ?? 0) && (0...totals.images).contains(totals.steps)
            && (0...totals.images).contains(totals.correct) && totals.lossSum.isFinite && seconds.isFinite && seconds >= 0
            && (0...1 << 20).contains(plateau?.reductions ?? 0) && (0...TrainingControl.mostRateFactor).contains(rateFactor ?? 1)
            && ((kept ?? []) + (best.map { [$0] } ?? [])).allSatisfy { (1...1 << 50).contains($0.epoch) }
    }
}
