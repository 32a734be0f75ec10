public import StriateGraph

/// All that is needed, besides weights, to make a model again: what a model file carries in its metadata.
public struct ModelDescription: Hashable, Sendable, Codable {
    /// A name in the ``NetworkCatalog``.
    public var network: String
    /// The network's options, complete.
    public var options: [String: String]
    /// The classes' names, by number.
    public var classes: [String]
    public var preprocessing: Preprocessing

    /// - Parameters:
    ///   - options: Those that differ from the defaults are enough.
    ///   - classes: The classes' names; nil for as many numbers as the network has classes.
    ///   - input: The shape of the pictures that the network sees; nil for its own.
    /// - Throws: ``NetworkError`` for a name, an option or a value that does not exist, or no class at all.
    public init(
        network: String, options: [String: String] = [:], classes: [String]? = nil, input: Shape? = nil
    ) throws(NetworkError) {
        let description = try NetworkCatalog.network(named: network)
        self.network = network
        self.options = try description.completed(options)
        self.classes = classes ?? (0..<description.classes).map(String.init)
        preprocessing = try description.preprocessing(for: input)
        guard !self.classes.isEmpty else { throw NetworkError("\(network) needs at least one class") }
    }

    /// A description as a model file gives it. Nothing is checked before it is traced.
    public init(network: String, options: [String: String], classes: [String], preprocessing: Preprocessing) {
        self.network = network
        self.options = options
        self.classes = classes
        self.preprocessing = preprocessing
    }

    /// The forward graph on pictures in bytes, normalised first.
    ///
    /// - Throws: ``NetworkError`` where the description does not describe a network, its layers do not fit the pictures, or it has no layers
    ///   that the regularisation is for.
    public func traced(mode: Trace.Mode, regularization: Regularization) throws(NetworkError) -> TracedNetwork {
        return try traced { (network) throws(ShapeError) in
            try TracedNetwork(
                network, preprocessing: preprocessing, initialization: initialization, mode: mode, regularization: regularization)
        }
    }

    /// The forward graph on numbers as the first layer takes them: what PyTorch feeds the same module.
    ///
    /// - Throws: ``NetworkError`` as ``traced(mode:)`` does.
    public func tracedWithoutPreprocessing(mode: Trace.Mode) throws(NetworkError) -> TracedNetwork {
        try traced { (network) throws(ShapeError) in
            try TracedNetwork(network, input: preprocessing.shape, initialization: initialization, mode: mode)
        }
    }

    private var initialization: Initialization? { options["initializer"].flatMap(Initialization.init) }

    private func traced(_ trace: (any Network) throws(ShapeError) -> TracedNetwork) throws(NetworkError) -> TracedNetwork {
        try check(preprocessing)
        let layers = try NetworkCatalog.network(named: network).network(classes: classes.count, options: options)
        let traced: TracedNetwork
        do { traced = try trace(layers) } catch {
            throw NetworkError("\(network) does not fit pictures of \(preprocessing.shape): \(error)")
        }
        let answer = traced.graph[traced.logits].shape
        guard answer == [classes.count] else {
            throw NetworkError("\(network) makes \(answer) of pictures of \(preprocessing.shape), not \(classes.count) classes")
        }
        return traced
    }

    /// The description may come from a file: nothing in it can be trusted to fit.
    private func check(_ preprocessing: Preprocessing) throws(NetworkError) {
        let size = [preprocessing.channels, preprocessing.rows, preprocessing.columns]
        guard size.allSatisfy({ $0 > 0 }), Shape.checkedCount(size) != nil else {
            throw NetworkError("\(network) cannot take pictures of \(size.map(String.init).joined(separator: "×"))")
        }
        guard preprocessing.mean.count == size[0], preprocessing.standardDeviation.count == size[0],
            preprocessing.mean.allSatisfy(\.isFinite), preprocessing.standardDeviation.allSatisfy({ $0.isFinite && $0 != 0 })
        else { throw NetworkError("the mean and standard deviation of \(network)'s preprocessing do not fit its \(size[0]) channels") }
    }
}
