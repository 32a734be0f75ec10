import HTTPTypes
import Hummingbird
import Striate

/// `/v1/explain`: what in a picture speaks for a class.
struct ExplanationRoutes: Sendable {
    let model: ServedModel
    let pictures: PictureReader
    let desk: ExplanationDesk

    /// What one request may cost.
    private static let mostSteps = 256
    private static let mostSquares = 4096

    var endpoints: [Endpoint] {
        func choice(_ name: String, _ help: String, _ names: [String]) -> Endpoint.Parameter {
            .init(name: name, help: help, schema: ["type": "string", "enum": JSON(names)])
        }
        func text(_ name: String, _ help: String) -> Endpoint.Parameter { .init(name: name, help: help, schema: ["type": "string"]) }
        func whole(_ name: String, _ help: String) -> Endpoint.Parameter {
            .init(name: name, help: help, schema: ["type": "integer", "minimum": 1])
        }
        let colours = Baseline.allCases.map(\.rawValue)
        return [
            Endpoint(
                method: .post, path: "/v1/explain", summary: "Shows where a picture speaks for a class (above 0) or against it (below).",
                parameters: [
                    choice("method", "How to find out (grad-cam).", ExplanationMethod.all.map(\.name)),
                    text("class", "The class, by name or number (the most probable)."),
                    text("layer", "The layer that grad-cam looks at (the last convolution's)."),
                    whole("steps", "Steps of integrated-gradients (64); at most \(ExplanationRoutes.mostSteps)."),
                    choice("baseline", "Where integrated-gradients begin (black).", colours),
                    whole("window", "The side of the square that covers the picture in occlusion (a sixth of the picture's)."),
                    whole("stride", "From one square to the next (half the square's side)."),
                    choice("fill", "What the square is filled with.", colours),
                ],
                takes: PictureReader.contents, answer: .json(.explanation),
                refusals: [.badRequest, .unreadablePicture, .tooLarge, .unsupportedType, .overloaded]
            ) { try await explain($0) }
        ]
    }

    private func explain(_ request: Request) async throws -> Response {
        let query = Query(request), method = try method(query), target = try query["class"].map(number(ofClass:))
        let pictures = try await pictures.pictures(in: request)
        guard pictures.count == 1 else { throw ServiceError(.badRequest, "one picture is explained at a time, not \(pictures.count)") }
        let (explanation, probabilities) = try await desk.explain(pictures[0].picture, by: method, target: target)
        let heatmap = explanation.heatmap
        var members: [(String, JSON)] = [
            ("image", .string(pictures[0].name)), ("method", .string(method.name)),
            ("class", .string(model.description.classes[explanation.target])),
            ("probability", .number(shortest(probabilities[explanation.target]))), ("score", .number(shortest(explanation.score))),
            ("rows", .integer(heatmap.rows)), ("columns", .integer(heatmap.columns)),
            ("values", .array(heatmap.values.map { .number(shortest($0)) })),
        ]
        if case .gradCAM(let layer?) = explanation.method { members.append(("layer", .string(layer))) }
        return .json(.object(members))
    }

    private func method(_ query: Query) throws -> ExplanationMethod {
        let methods: [ExplanationMethod] = [
            .gradCAM(layer: query["layer"]), .saliency,
            .integratedGradients(
                steps: try query.whole("steps", in: 1...ExplanationRoutes.mostSteps) ?? 64, baseline: try query.choice("baseline") ?? .black),
            try occlusion(query),
        ]
        guard let name = query["method"] else { return methods[0] }
        guard let method = methods.first(where: { $0.name == name }) else {
            throw ServiceError(.badRequest, "method is one of \(methods.map(\.name).joined(separator: ", ")), not \"\(name.prefix(40))\"")
        }
        return method
    }

    private func occlusion(_ query: Query) throws -> ExplanationMethod {
        let (rows, columns) = (model.description.preprocessing.rows, model.description.preprocessing.columns)
        let sides = 1...max(rows, columns), window = try query.whole("window", in: sides), stride = try query.whole("stride", in: sides)
        if let step = stride ?? window.map({ max(1, $0 / 2) }) {
            let squares = (rows / step + 1) * (columns / step + 1)
            guard squares <= ExplanationRoutes.mostSquares else {
                throw ServiceError(.badRequest, "that makes \(squares) squares; at most \(ExplanationRoutes.mostSquares) are tried: choose a larger stride")
            }
        }
        return .occlusion(window: window, stride: stride, fill: try query.choice("fill"))
    }

    private func number(ofClass text: String) throws -> Int {
        let classes = model.description.classes
        if let place = classes.firstIndex(of: text) { return place }
        if let place = Int(text), classes.indices.contains(place) { return place }
        throw ServiceError(.badRequest, "there is no class \"\(text.prefix(80))\"; /v1/model names them all")
    }
}
