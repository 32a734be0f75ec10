import Foundation
package import StriateFormats
public import StriateData
public import StriateGraph
public import StriateNetworks

/// A model as the page in the browser runs it (`Files/engine.js`): its forward graph, and its weights in one block of numbers.
///
/// The graph is the traced one without any pass, so that every layer's result is a value that can be shown.
public struct BrowserModel: Sendable {
    /// The graph, `{network, classes, preprocessing, values, nodes, layers, tensors, …}`.
    package let graph: JSON
    /// All variables' numbers one after another, 32-bit, little-endian.
    public let weights: [UInt8]

    /// A picture to choose, with what the model answered to it.
    public struct Sample: Sendable {
        /// As the network sees it.
        public let picture: Picture
        public let entry: Gallery.Entry

        public init(picture: Picture, entry: Gallery.Entry) {
            self.picture = picture
            self.entry = entry
        }
    }

    /// - Parameters:
    ///   - facts: What else is known of the model, such as its accuracy, each in a few words.
    ///   - samples: Pictures to choose from.
    ///   - offers: What the server that the page comes from has beside the model: `data`, `training`, `saved`.
    /// - Throws: ``NetworkError`` where the model cannot be traced, lacks weights, or has an operation that the page does not know.
    public init(
        _ model: any ModelArchitecture, weights: Weights, facts: [String] = [], samples: [Sample] = [], offers: [String] = []
    ) throws(NetworkError) {
        let network = try model.traced(), graph = network.graph
        var offset = 0, tensors = [(String, JSON)]()
        for (variable, _) in graph.variables {
            tensors.append((variable.name, ["offset": .integer(offset)]))
            offset += variable.shape.count
        }
        self.weights = try BrowserModel.bytes(of: weights, in: graph)
        let preprocessing = model.preprocessing
        var nodes = [JSON]()
        for node in graph.nodes { nodes.append(try BrowserModel.json(node)) }
        // The first thing that is done to the bytes is normalising them.
        let normalized = graph.nodes.first { $0.inputs.first == network.input }?.results[0] ?? network.input
        self.graph = .object([
            ("network", .string(model.network)), ("classes", JSON(model.classes)), ("facts", JSON(facts)),
            ("preprocessing", BrowserModel.json(preprocessing)),
            ("parameters", .integer(network.parameterCount)), ("multiplyAdds", .integer(network.multiplyAdds)),
            ("input", .integer(network.input.index)), ("normalized", .integer(normalized.index)), ("logits", .integer(network.logits.index)),
            ("values", .array(graph.types.map { ["shape": JSON($0.shape.extents), "batched": .boolean($0.isBatched)] })),
            ("nodes", .array(nodes)),
            ("layers", .array(network.layers.map(BrowserModel.json))),
            ("tensors", .object(tensors)),
            ("samples", .array(samples.map { GalleryDocument.json($0.entry, $0.picture, classes: model.classes) })),
            ("offers", JSON(offers)),
        ])
    }

    /// All variables' numbers one after another, in the graph's order: 32-bit, little-endian.
    ///
    /// - Throws: ``NetworkError`` where one is missing.
    package static func bytes(of weights: Weights, in graph: Graph) throws(NetworkError) -> [UInt8] {
        var bytes = [UInt8]()
        for (variable, _) in graph.variables {
            guard let tensor = weights[variable.name] else { throw NetworkError("the model has no weights called \(variable.name)") }
            tensor.values.withUnsafeBytes { bytes += $0 }
        }
        return bytes
    }

    private static func json(_ preprocessing: Preprocessing) -> JSON {
        let background = preprocessing.background
        let colour = [background.red, background.green, background.blue].map { String(format: "%02x", $0) }.joined()
        return [
            "channels": .integer(preprocessing.channels), "rows": .integer(preprocessing.rows), "columns": .integer(preprocessing.columns),
            "fit": .string(preprocessing.fit.rawValue), "mean": .numbers(preprocessing.mean),
            "standardDeviation": .numbers(preprocessing.standardDeviation), "background": .string(colour),
        ]
    }

    private static func json(_ layer: TracedLayer) -> JSON {
        [
            "path": .string(layer.path), "kind": .string(layer.kind), "value": .integer(layer.value.index), "isContainer": .boolean(layer.isContainer),
            "parameters": .integer(layer.parameterCount), "multiplyAdds": .integer(layer.multiplyAdds),
        ]
    }

    private static func json(_ node: Node) throws(NetworkError) -> JSON {
        guard let (name, attributes) = attributes(of: node.operation) else {
            throw NetworkError("\(node.path.isEmpty ? "the graph" : node.path): the page cannot show \(node.operation)")
        }
        return .object([
            ("op", .string(name)), ("inputs", JSON(node.inputs.map(\.index))), ("result", .integer(node.results[0].index)), ("path", .string(node.path)),
        ] + attributes)
    }
}

// MARK: - Operations

extension BrowserModel {
    package typealias Attributes = [(String, JSON)]

    /// What the page calls an operation, and what it needs to know of it; nil for one that it does not know.
    package static func attributes(of operation: any StriateGraph.Operation) -> (name: String, attributes: Attributes)? {
        switch operation {
        case is Input: ("input", [])
        case let variable as Variable: ("variable", [("name", .string(variable.name))])
        case let constant as Constant: ("constant", [("values", .numbers(constant.tensor.values))])
        case let convolution as Convolution:
            ("convolution", [("window", json(convolution.window)), ("groups", .integer(convolution.groups))] + json(convolution.activation))
        case let linear as StriateGraph.Linear: ("linear", json(linear.activation))
        case is AddBias: ("add-bias", [])
        case let affine as Affine: ("affine", [("scale", .numbers(affine.scale)), ("offset", .numbers(affine.offset))])
        case is ChannelAffine: ("channel-affine", [])
        case let pool as Pool:
            ("pool", [("kind", .string("\(pool.kind)")), ("window", json(pool.window)), ("countsPadding", .boolean(pool.countsPadding))])
        case is StriateGraph.AdaptiveAveragePool: ("adaptive-average-pool", [])
        case let activation as Activation: ("activation", [("kind", .string(activation.kind.rawValue))])
        case let function as ElementFunction: ("function", attributes(of: function.kind))
        case let arithmetic as Arithmetic: ("arithmetic", [("kind", .string(arithmetic.kind.rawValue))])
        case let normalization as LocalResponseNormalization:
            ("local-response-normalization", [
                ("size", .integer(normalization.size)), ("before", .integer(normalization.before)), ("alpha", .number(normalization.alpha)),
                ("beta", .number(normalization.beta)), ("k", .number(normalization.k)),
            ])
        case is SquaredDistance: ("squared-distance", [])
        case let mask as ConnectionMask: ("connection-mask", [("rows", .array(mask.table.rows.map { JSON($0) }))])
        default: arrangement(operation)
        }
    }

    private static func arrangement(_ operation: any StriateGraph.Operation) -> (name: String, attributes: Attributes)? {
        switch operation {
        case is Reshape: ("reshape", [])
        case let slice as Slice:
            ("slice", [("axis", .integer(slice.axis)), ("first", .integer(slice.range.lowerBound)), ("count", .integer(slice.range.count))])
        case let gather as Gather:
            ("gather", [("axis", .integer(gather.axis)), ("positions", JSON(gather.positions)), ("fill", .number(gather.fill))])
        case let concatenation as Concatenation: ("concatenation", [("axis", .integer(concatenation.axis))])
        case let transpose as Transpose: ("transpose", [("permutation", JSON(transpose.permutation))])
        case is Broadcast: ("broadcast", [])
        case let reduction as Reduction: ("reduction", [("kind", .string(reduction.kind.rawValue)), ("axes", JSON(reduction.axes))])
        case let softmax as StriateGraph.Softmax: ("softmax", [("axis", .integer(softmax.axis)), ("logarithm", .boolean(softmax.isLogarithm))])
        default: nil
        }
    }

    private static func attributes(of function: ElementFunction.Kind) -> Attributes {
        func named(_ name: String, _ parameters: Attributes = []) -> Attributes { [("kind", .string(name))] + parameters }
        return switch function {
        case .leakyReLU(let slope): named("leaky-relu", [("slope", .number(slope))])
        case .elu(let scale): named("elu", [("factor", .number(scale))])
        case .gelu(let isApproximated): named("gelu", [("approximated", .boolean(isApproximated))])
        case .hardSigmoid(let slope, let offset): named("hard-sigmoid", [("slope", .number(slope)), ("intercept", .number(offset))])
        case .hardSwish: named("hard-swish")
        case .silu: named("silu")
        case .softplus: named("softplus")
        case .clip(let low, let high): named("clip", [("low", .number(low)), ("high", .number(high))])
        case .exp: named("exp")
        case .log: named("log")
        case .squareRoot: named("square-root")
        case .reciprocalSquareRoot: named("reciprocal-square-root")
        case .reciprocal: named("reciprocal")
        case .absolute: named("absolute")
        case .erf: named("erf")
        case .sign: named("sign")
        case .floor: named("floor")
        case .ceil: named("ceil")
        case .round: named("round")
        }
    }

    private static func json(_ activation: Activation.Kind?) -> Attributes { activation.map { [("activation", .string($0.rawValue))] } ?? [] }

    private static func json(_ window: Window) -> JSON {
        let padding = window.padding
        return [
            "kernel": JSON([window.kernel.rows, window.kernel.columns]), "stride": JSON([window.stride.rows, window.stride.columns]),
            "dilation": JSON([window.dilation.rows, window.dilation.columns]),
            "padding": .array([JSON([padding.top, padding.bottom]), JSON([padding.left, padding.right])]),
        ]
    }
}

extension JSON {
    fileprivate static func numbers(_ values: [Float]) -> JSON { .array(values.map { .number($0) }) }
    /// As short as it can be and still be the same number; those that are not finite are text, which JavaScript turns back.
    fileprivate static func number(_ value: Float) -> JSON {
        value.isFinite ? .number(shortest(value)) : .string(value > 0 ? "Infinity" : value < 0 ? "-Infinity" : "NaN")
    }
}
