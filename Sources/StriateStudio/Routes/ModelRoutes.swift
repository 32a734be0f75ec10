import HTTPTypes
import Hummingbird
import Striate

/// `/v1/model`: what is served; below it all that a browser needs to run the same model.
struct ModelRoutes: Sendable {
    private let summary: JSON
    private let inBrowser: Result<(graph: StaticContent, weights: StaticContent), ServiceError>

    /// - Throws: ``NetworkError`` where the model cannot be traced.
    init(_ model: ServedModel) throws(NetworkError) {
        summary = try ModelRoutes.summary(of: model)
        inBrowser = ModelRoutes.inBrowser(model)
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(method: .get, path: "/v1/model", summary: "What is served: network, classes, preprocessing, layers.", answer: .json(.model)) { _ in
                .json(summary)
            },
            Endpoint(
                method: .get, path: "/v1/model/graph", summary: "The forward graph, as the page runs it.",
                answer: .init(type: MediaTypes.json, schema: ["type": "object"]), refusals: [.notFound]
            ) { try inBrowser.get().graph.response(to: $0) },
            Endpoint(
                method: .get, path: "/v1/model/weights", summary: "The graph's weights, one after another: 32-bit floats, little-endian.",
                answer: .init(type: MediaTypes.bytes, schema: ["type": "string", "format": "binary"]), refusals: [.notFound]
            ) { try inBrowser.get().weights.response(to: $0) },
        ]
    }

    private static func inBrowser(_ model: ServedModel) -> Result<(graph: StaticContent, weights: StaticContent), ServiceError> {
        let size = model.weights.reduce(0) { $0 + 4 * $1.1.shape.count }
        guard size <= OfflinePage.mostWeightBytes else {
            return .failure(ServiceError(.notFound, "a browser does not take weights of \(size >> 20) MiB; at most \(OfflinePage.mostWeightBytes >> 20) are sent"))
        }
        do {
            let offers = (model.data == nil ? [] : ["data"]) + (model.data?.training == nil ? [] : ["training"]) + (model.saved.isEmpty ? [] : ["saved"])
            let browser = try BrowserModel(model.description, weights: model.weights, offers: offers)
            let graph = StaticContent(type: MediaTypes.json, Array(browser.graph.text.utf8))
            return .success((graph, StaticContent(type: MediaTypes.bytes, browser.weights)))
        } catch {
            return .failure(ServiceError(.notFound, error.description))
        }
    }

    private static func summary(of model: ServedModel) throws(NetworkError) -> JSON {
        let description = model.description, preprocessing = description.preprocessing, traced = try description.traced()
        let layers = traced.layers.map { layer -> JSON in
            [
                "name": .string(layer.path), "kind": .string(layer.kind), "output_shape": JSON(layer.output.extents),
                "parameters": .integer(layer.parameterCount), "multiply_adds": .integer(layer.multiplyAdds),
                "container": .boolean(layer.isContainer),
            ]
        }
        return [
            "model": .string(model.name), "network": .string(description.network),
            "options": .object(description.options.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }),
            "input": JSON(preprocessing.shape.extents),
            "preprocessing": [
                "fit": .string(text(preprocessing.fit)), "mean": .array(preprocessing.mean.map { .number(shortest($0)) }),
                "standard_deviation": .array(preprocessing.standardDeviation.map { .number(shortest($0)) }),
            ],
            "classes": JSON(description.classes), "parameters": .integer(traced.parameterCount),
            "multiply_adds": .integer(traced.multiplyAdds), "layers": .array(layers),
        ]
    }

    private static func text(_ fit: Preprocessing.Fit) -> String {
        switch fit {
        case .resize: "resize"
        case .pad: "pad"
        case .crop(let side): "crop of \(side)"
        }
    }
}
