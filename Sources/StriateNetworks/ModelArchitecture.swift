public import StriateGraph

/// What a model is besides its weights, wherever it comes from: a network of the catalogue (``ModelDescription``) or an imported
/// graph. Enough to trace it, to name its answers, and to feed it.
public protocol ModelArchitecture: Sendable {
    /// What tables and model files call it, such as `lenet5`.
    var network: String { get }
    /// The network's options, complete.
    var options: [String: String] { get }
    /// The classes' names, by number.
    var classes: [String] { get }
    var preprocessing: Preprocessing { get }
    /// What a model file has to keep of a graph that was imported; nil for a network of the catalogue.
    var importedGraph: [UInt8]? { get }
    /// What divides the logits at inference; 1 unless there is a ``CalibratedModel`` in it.
    var temperature: Float { get }
    /// The same model with a temperature of 1.
    var uncalibrated: any ModelArchitecture { get }

    /// The forward graph on pictures in bytes, normalised first.
    ///
    /// - Throws: ``NetworkError`` where this does not describe a network, its layers do not fit the pictures, or it has no layers that the
    ///   regularisation is for.
    func traced(mode: Trace.Mode, regularization: Regularization) throws(NetworkError) -> TracedNetwork

    /// The forward graph on numbers as the first layer takes them.
    ///
    /// - Throws: ``NetworkError`` as ``traced(mode:)`` does.
    func tracedWithoutPreprocessing(mode: Trace.Mode) throws(NetworkError) -> TracedNetwork
}

extension ModelArchitecture {
    public var temperature: Float { 1 }
    public var uncalibrated: any ModelArchitecture { self }

    /// How it is trained unless the user says otherwise: as the catalogue's network of this name, or with the small steps that
    /// suit weights which are good already.
    public var recipe: Recipe {
        (try? NetworkCatalog.network(named: network).recipe) ?? Recipe(epochs: 10, batch: 32, rate: 0.001, momentum: 0.9)
    }

    /// The forward graph on pictures in bytes, normalised first, with each layer's own dropout.
    public func traced(mode: Trace.Mode) throws(NetworkError) -> TracedNetwork { try traced(mode: mode, regularization: Regularization()) }

    /// The forward graph for inference on pictures in bytes.
    public func traced() throws(NetworkError) -> TracedNetwork { try traced(mode: .inference) }

    /// The forward graph for inference on numbers as the first layer takes them.
    public func tracedWithoutPreprocessing() throws(NetworkError) -> TracedNetwork { try tracedWithoutPreprocessing(mode: .inference) }
}

extension ModelDescription: ModelArchitecture {
    public var importedGraph: [UInt8]? { nil }
}

extension TracedNetwork {
    /// A graph that was made elsewhere, as one that was traced. Its parameters' numbers come with the model: the initial ones are 0.
    ///
    /// - Parameter graph: With one input of pictures; its output ``outputName`` is set here.
    public init(graph: Graph, input: Value, logits: Value, layers: [TracedLayer]) {
        var graph = graph
        graph.output(Self.outputName, logits)
        self.graph = graph
        self.input = input
        self.logits = logits
        self.layers = layers
        parameters = graph.variables.map { variable, _ in
            Parameter(
                path: variable.name, shape: variable.shape, role: variable.role, isAuxiliary: false, initializer: .zeros,
                fans: Fans(input: 0, output: 0), connections: nil)
        }
        auxiliaries = []
    }
}

extension TracedLayer {
    /// A row for an operation that was imported.
    public init(path: String, kind: String, input: Shape, output: Shape, value: Value, parameterCount: Int, multiplyAdds: Int) {
        self.init(path: path, kind: kind, input: input, value: value)
        self.output = output
        self.parameterCount = parameterCount
        self.multiplyAdds = multiplyAdds
    }
}
