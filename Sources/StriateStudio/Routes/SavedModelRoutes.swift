import HTTPTypes
import Hummingbird
import Striate

/// `/v1/saved`: the models that a run has saved at the end of its epochs, for a page that goes through them.
struct SavedModelRoutes: Sendable {
    let model: ServedModel
    let weights: SavedWeights

    var endpoints: [Endpoint] {
        let number: JSON = ["type": "integer", "minimum": 0]
        return [
            Endpoint(method: .get, path: "/v1/saved", summary: "The models of the run's epochs, the earliest first.", answer: .json(.savedModels)) { _ in
                .json(list)
            },
            Endpoint(
                method: .get, path: "/v1/saved/weights", summary: "A saved model's weights, as /v1/model/weights has the served one's.",
                parameters: [.init(name: "saved", help: "Which of the models that /v1/saved lists, from 0 (the first).", schema: number)],
                answer: .init(type: MediaTypes.bytes, schema: ["type": "string", "format": "binary"]), refusals: [.badRequest, .notFound, .overloaded]
            ) { try await send($0) },
        ]
    }

    private var list: JSON {
        let models = model.saved.map { saved -> JSON in
            let accuracy = saved.accuracy.map { [("accuracy", JSON.number($0))] } ?? []
            return .object([("epoch", .integer(saved.epoch)), ("best", .boolean(saved.isBest))] + accuracy)
        }
        return ["served": .integer(model.servedPlace ?? 0), "models": .array(models)]
    }

    private func send(_ request: Request) async throws -> Response {
        let place = try Query(request).whole("saved", in: 0...(model.saved.count - 1)) ?? 0
        return try await weights.content(of: place).response(to: request)
    }
}
