public import StriateData
public import StriateEngine
public import StriateGraph
public import StriateNetworks

/// Says what in a picture speaks for a class. Not for use from two threads at once.
///
///     let explainer = try Explainer(model.description, weights: model.weights, engine: LaneEngine())
///     let explanation = try explainer.explain(picture, by: .gradCAM())
///     print(model.description.classes[explanation.target], explanation.heatmap.values)
public final class Explainer {
    public let model: any ModelArchitecture
    let network: TracedNetwork
    private let weights: Weights
    private let engine: any Engine
    /// The pictures of a run. Sixteen cost little more than one.
    let batch: Int
    // Compiled when they are first needed.
    private var answering: (any Program)?
    private var byInput: ScoreProgram?
    private var byLayer: (value: Value, program: ScoreProgram)?

    /// - Parameter batch: How many pictures run together, where a method asks about many.
    /// - Throws: ``NetworkError`` where the model cannot be traced.
    public init(_ model: any ModelArchitecture, weights: Weights, batch: Int = 16, engine: any Engine) throws {
        self.model = model
        self.weights = weights
        self.engine = engine
        self.batch = max(1, batch)
        network = try model.traced()
    }

    /// What in a picture speaks for a class.
    ///
    /// - Parameters:
    ///   - picture: As the model sees it.
    ///   - target: The number of the class; nil for the one that the model finds most likely.
    /// - Throws: ``InsightError`` for a class or layer that is not there or a setting without meaning, ``DataError`` for a picture of another
    ///   shape, ``EngineError`` where the graph cannot be run.
    public func explain(_ picture: Picture, by method: ExplanationMethod, target: Int? = nil) throws -> Explanation {
        let logits = try logits(of: picture)
        let top = logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }, target = target ?? top
        guard logits.indices.contains(target) else {
            throw InsightError("there is no class number \(target); the model tells \(logits.count) apart (0 to \(logits.count - 1))")
        }
        let question = Question(pixels: picture.pixels.map(Float.init), target: target, score: logits[target])
        func explanation(_ method: ExplanationMethod, _ heatmap: Heatmap, scoreChange: Float? = nil) -> Explanation {
            Explanation(
                method: method, target: target, isTopClass: logits[target] == logits[top], score: question.score, heatmap: heatmap,
                scoreChange: scoreChange)
        }
        switch method {
        case .gradCAM(let name):
            let layer = try gradCAMLayer(name)
            return explanation(.gradCAM(layer: layer.path), try gradCAM(question, layer))
        case .saliency: return explanation(.saliency, try saliency(question))
        case .integratedGradients(let steps, let baseline):
            let (heatmap, change) = try integratedGradients(question, steps: steps, baseline)
            return explanation(method, heatmap, scoreChange: change)
        case .occlusion(let window, let stride, let fill):
            let squares = try Squares(window: window, stride: stride, fill: fill, for: preprocessing)
            return explanation(
                .occlusion(window: squares.window, stride: squares.stride, fill: squares.fill), try occlusion(question, squares))
        }
    }

    /// The model's answer: one number for each class.
    public func logits(of picture: Picture) throws -> [Float] {
        try picture.check(for: model.preprocessing)
        return try logits(of: picture.pixels.map(Float.init))
    }

    /// What is asked of all methods.
    struct Question {
        /// Levels of 0…255.
        let pixels: [Float]
        let target: Int
        let score: Float
    }

    var preprocessing: Preprocessing { model.preprocessing }

    // MARK: - Programs

    /// - Parameter pixels: Picture after picture, at most ``batch`` of them.
    func logits(of pixels: [Float]) throws -> [Float] {
        let program = try answering ?? compiledAnswer()
        let count = pixels.count / preprocessing.shape.count
        try program.run(Feed(count: count, inputs: [TracedNetwork.pixelsName: Source(.floats(pixels), first: count)]))
        return program.output(TracedNetwork.outputName).values
    }

    private func compiledAnswer() throws -> any Program {
        let program = try engine.compile(network.graph.optimized(), batch: batch)
        try program.adopt(weights)
        answering = program
        return program
    }

    /// The score's slope by each pixel.
    func slopesByInput(_ pixels: [Float], target: Int) throws -> [Float] {
        let program = try byInput ?? compiled(by: network.input, called: "the picture")
        byInput = program
        return try program.run(pixels, target: target).slopes
    }

    /// A layer's values, and the score's slope by each. The program of the last layer is kept.
    func slopes(by layer: TracedLayer, _ pixels: [Float], target: Int) throws -> (values: [Float], slopes: [Float]) {
        let program: ScoreProgram
        if let known = byLayer, known.value == layer.value {
            program = known.program
        } else {
            byLayer = nil
            program = try compiled(by: layer.value, called: layer.path)
            byLayer = (layer.value, program)
        }
        let result = try program.run(pixels, target: target)
        return (result.values, result.slopes)
    }

    private func compiled(by value: Value, called name: String) throws -> ScoreProgram {
        try ScoreProgram(network, slopesBy: value, called: name, weights: weights, batch: batch, engine: engine)
    }
}
