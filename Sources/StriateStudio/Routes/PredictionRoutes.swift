import HTTPTypes
import Hummingbird
import Striate

/// `/v1/predict`: what pictures show.
struct PredictionRoutes: Sendable {
    let model: ServedModel
    let pictures: PictureReader
    let queue: PredictionQueue

    /// Classes named for each picture unless the request says otherwise, as `striate predict` does.
    private static let top = 3

    var endpoints: [Endpoint] {
        let classes = model.description.classes.count
        return [
            Endpoint(
                method: .post, path: "/v1/predict", summary: "Says what pictures show: their classes, the most probable first.",
                parameters: [
                    .init(
                        name: "top", help: "How many classes to name for each picture; all where it is more than there are.",
                        schema: ["type": "integer", "minimum": 1, "default": .integer(min(PredictionRoutes.top, classes))])
                ],
                takes: PictureReader.contents, answer: .json(.predictions), refusals: [.badRequest, .unreadablePicture, .tooLarge, .unsupportedType, .overloaded]
            ) { try await predict($0) }
        ]
    }

    private func predict(_ request: Request) async throws -> Response {
        let top = try Query(request).whole("top", in: 1...Int.max) ?? PredictionRoutes.top
        let pictures = try await pictures.pictures(in: request)
        let answers = try await queue.probabilities(of: pictures.map(\.picture))
        let images = zip(pictures, answers).map { picture, probabilities -> JSON in
            let predictions = model.description.ranked(probabilities).prefix(top).map { prediction -> JSON in
                ["class": .string(prediction.name), "probability": .number(shortest(prediction.probability))]
            }
            return ["image": .string(picture.name), "predictions": .array(predictions)]
        }
        return .json(["images": .array(images)])
    }
}
