import Foundation
public import StriateFormats
public import StriateGraph
public import StriateNetworks

/// An ONNX file as a classifier: pictures in, one number for each class out.
public struct ONNXNetwork: ModelArchitecture {
    public let network: String
    public let options: [String: String] = [:]
    public private(set) var classes: [String]
    public private(set) var preprocessing: Preprocessing
    /// The numbers of all parameters and running statistics.
    public let weights: Weights
    /// Whether the graph normalises pictures itself, from bytes as floats.
    public let takesPixels: Bool
    private let model: ONNXModel

    /// Pictures become floats in 0…1 unless the file says what else; see ``normalizing(mean:standardDeviation:)``.
    ///
    /// - Parameter input: The shape of a picture, where the file leaves it open.
    /// - Throws: ``FormatError`` where the graph is not a classifier's, naming the node that cannot be imported.
    public init(_ model: ONNXModel, input: Shape? = nil) throws(FormatError) {
        self.model = model
        let description = try ONNXDescription(texts: model.texts, file: model.file)
        let shape = try model.pictureShape(input, description: description)
        takesPixels = description?.takesPixels ?? false
        if let known = description?.preprocessing, known.shape == shape {
            preprocessing = known
        } else {
            preprocessing = Preprocessing(
                shape, mean: Array(repeating: 0, count: shape[0]), standardDeviation: Array(repeating: 1, count: shape[0]))
        }
        network = description?.network ?? AtomicFile.name(of: model.file)
        let imported = try model.classifier(shape: shape, preprocessing: nil, mode: .inference)
        weights = imported.weights
        let count = imported.network.graph[imported.network.logits].shape.count
        if let names = description?.classes, names.count == count {
            classes = names
        } else {
            classes = (0..<count).map(String.init)
        }
    }

    /// The model that a safetensors file of Striate holds: its graph in the metadata, its weights among the tensors.
    ///
    /// - Parameter file: What errors call it.
    /// - Throws: ``FormatError`` where the metadata hold no graph, or the weights do not fit it.
    public init(_ contents: ModelFile, file: String) throws(FormatError) {
        guard let graph = contents.metadata.graph else { throw FormatError(file: file, "holds no imported graph") }
        model = try ONNXModel(ONNXModel.decoded(graph, file: file), file: file, folder: nil, allowsMissing: true)
        takesPixels = try ONNXDescription(texts: model.texts, file: file)?.takesPixels ?? false
        network = contents.metadata.network
        preprocessing = contents.metadata.preprocessing
        classes = contents.metadata.classes
        let imported = try model.classifier(shape: preprocessing.shape, preprocessing: nil, mode: .inference).network
        guard imported.graph[imported.logits].shape.count == classes.count else {
            throw FormatError(file: file, "names \(classes.count) classes, but its graph tells \(imported.graph[imported.logits].shape.count) apart")
        }
        weights = try contents.weights.matched(to: imported.parameters.map { ($0.path, $0.shape) }, from: file)
    }

    /// The same model on pictures that are normalised by other numbers, one of each for a channel.
    ///
    /// - Throws: ``FormatError`` where the numbers do not fit, or the graph normalises pictures itself.
    public func normalizing(mean: [Float], standardDeviation: [Float]) throws(FormatError) -> ONNXNetwork {
        let channels = preprocessing.channels
        guard !takesPixels else { throw FormatError(file: model.file, "the graph normalises pictures itself") }
        guard mean.count == channels, standardDeviation.count == channels, mean.allSatisfy(\.isFinite),
            standardDeviation.allSatisfy({ $0.isFinite && $0 > 0 })
        else { throw FormatError(file: model.file, "its pictures need \(channels) means and as many deviations above 0") }
        var normalizing = self
        normalizing.preprocessing = Preprocessing(preprocessing.shape, fit: preprocessing.fit, mean: mean, standardDeviation: standardDeviation)
        return normalizing
    }

    /// The same model with other names for its classes.
    ///
    /// - Precondition: there are as many.
    public func naming(classes: [String]) -> ONNXNetwork {
        precondition(classes.count == self.classes.count, "a model keeps its number of classes")
        var named = self
        named.classes = classes
        return named
    }

    /// The file without the numbers of parameters, which a model file holds as tensors.
    public var importedGraph: [UInt8]? { model.encoded(without: Set(weights.paths)) }

    public func traced(mode: Trace.Mode, regularization: Regularization) throws(NetworkError) -> TracedNetwork {
        guard regularization == Regularization() else {
            throw NetworkError("\(network) was imported: its dropout and depth are as they are; leave both out")
        }
        return try traced(preprocessing: preprocessing, mode: mode)
    }

    public func tracedWithoutPreprocessing(mode: Trace.Mode) throws(NetworkError) -> TracedNetwork {
        try traced(preprocessing: nil, mode: mode)
    }

    private func traced(preprocessing: Preprocessing?, mode: Trace.Mode) throws(NetworkError) -> TracedNetwork {
        do {
            return try model.classifier(
                shape: self.preprocessing.shape, preprocessing: takesPixels ? nil : preprocessing,
                inputName: preprocessing == nil ? TracedNetwork.inputName : TracedNetwork.pixelsName, mode: mode
            ).network
        } catch { throw NetworkError(error.description) }
    }
}

extension ONNXModel {
    /// The only input of pictures, and their shape.
    fileprivate func pictureShape(_ given: Shape?, description: ONNXDescription?) throws(FormatError) -> Shape {
        guard inputs.count == 1, let port = inputs.first else {
            let names = inputs.map { String($0.name.prefix(40)) }.joined(separator: ", ")
            throw FormatError(file: file, "a classifier has one input, this graph has \(inputs.count) (\(names)); use striate run")
        }
        let extents = Array((port.extents ?? [nil, nil, nil, nil]).dropFirst())
        guard extents.count == 3 else {
            throw FormatError(file: file, "a classifier takes pictures (N×C×H×W), not a tensor of \(extents.count + 1) axes; use striate run")
        }
        let known = given?.extents ?? description?.preprocessing.shape.extents ?? [0, 0, 0]
        var shape = [Int]()
        for (claim, known) in zip(extents, known) {
            let extent = claim ?? known
            guard extent > 0 else { throw FormatError(file: file, "leaves the size of its pictures open; say it with --input, such as 3x224x224") }
            shape.append(extent)
        }
        if let given, given.extents != shape { throw FormatError(file: file, "takes pictures of \(Shape(shape)), not \(given)") }
        return Shape(shape)
    }

    /// - Parameter preprocessing: What the graph does to pictures in bytes first; nil for nothing.
    fileprivate func classifier(
        shape: Shape, preprocessing: Preprocessing?, inputName: String = TracedNetwork.inputName, mode: Trace.Mode
    ) throws(FormatError) -> (network: TracedNetwork, weights: Weights) {
        var importer = GraphImporter(self, batching: .leadingAxis(extent: declaredBatch), isTraining: mode == .training)
        let pictures = importer.graph.input(inputName, shape)
        do throws(ShapeError) {
            let x = try preprocessing.map { (preprocessing) throws(ShapeError) in try importer.graph.normalized(pictures, by: preprocessing) }
            importer[inputs[0].name] = .computed(x ?? pictures)
        } catch { throw FormatError(file: file, error.description) }
        try importer.run()
        let answer = outputs.first { $0.name == TracedNetwork.outputName } ?? outputs[0]
        guard case .computed(let value, _)? = importer[answer.name], importer.graph[value].isBatched else {
            throw FormatError(file: file, "its output \(answer.name.prefix(80)) does not depend on the picture; use striate run")
        }
        let logits: Value
        do throws(ShapeError) { logits = try importer.graph.flatten(importer.graph.beforeSoftmax(value)) } catch {
            throw FormatError(file: file, error.description)
        }
        guard importer.graph[logits].shape.count > 0 else { throw FormatError(file: file, "its output \(answer.name.prefix(80)) has no elements") }
        let layers = importer.steps.map { step in
            TracedLayer(
                path: step.name, kind: step.kind, input: shape, output: importer.graph[step.value].shape, value: step.value,
                parameterCount: step.parameterCount, multiplyAdds: step.multiplyAdds)
        }
        return (TracedNetwork(graph: importer.graph, input: pictures, logits: logits, layers: layers), importer.weights)
    }
}

extension Graph {
    /// What a softmax at the end of a network reads: its loss and its predictions want logits.
    fileprivate func beforeSoftmax(_ value: Value) -> Value {
        let producers = producers
        var end = value
        while true {
            let node = nodes[producers[end.index]]
            switch node.operation {
            case let softmax as StriateGraph.Softmax
            where !softmax.isLogarithm && types[end.index].shape[softmax.axis] == types[end.index].shape.count:
                return node.inputs[0]
            case is Reshape: end = node.inputs[0]
            default: return value
            }
        }
    }
}
