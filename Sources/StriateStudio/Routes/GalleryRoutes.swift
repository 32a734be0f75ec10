import HTTPTypes
import Hummingbird
import Striate

/// `/v1/data`: how the model does on the data it was given, and pictures of these to look at.
struct GalleryRoutes: Sendable {
    let model: ServedModel
    let desk: GalleryDesk
    private let firstLayer: String

    /// Pictures of an answer, and their bytes.
    private static let mostPictures = 100
    private static let mostBytes = 4 << 20

    private enum Kind: String, CaseIterable { case samples, mistakes, cell }

    /// - Throws: ``NetworkError`` where the model cannot be traced.
    init(model: ServedModel, desk: GalleryDesk) throws(NetworkError) {
        self.model = model
        self.desk = desk
        firstLayer = try model.description.traced().visibleLayers.first?.path ?? ""
    }

    var endpoints: [Endpoint] {
        func whole(_ name: String, _ help: String, from least: Int = 0) -> Endpoint.Parameter {
            .init(name: name, help: help, schema: ["type": "integer", "minimum": .integer(least)])
        }
        let saved = whole("saved", "Which of the models that /v1/saved lists, from 0 (the one that is served).")
        let kinds = JSON(Kind.allCases.map(\.rawValue))
        return [
            Endpoint(
                method: .get, path: "/v1/data", summary: "How the model does on the test pictures, as far as they are classified.", parameters: [saved],
                answer: .json(.test), refusals: [.badRequest, .overloaded]
            ) { try test($0) },
            Endpoint(
                method: .get, path: "/v1/data/pictures", summary: "Test pictures, as the network sees them, and what the model took them for.",
                parameters: [
                    .init(
                        name: "kind", help: "Some of each class, the worst mistakes, or those of a class that were given an answer (samples).",
                        schema: ["type": "string", "enum": kinds]),
                    whole("class", "The number of the class, for kind=cell."), whole("answer", "The number of the answer, for kind=cell."),
                    whole("from", "How many to pass over (0)."), whole("count", "How many to send at most (24).", from: 1), saved,
                ],
                answer: .json(.gallery), refusals: [.badRequest, .overloaded]
            ) { try await pictures($0) },
            Endpoint(
                method: .get, path: "/v1/data/exciting", summary: "The training pictures that excite a map of a layer most.",
                parameters: [
                    .init(name: "layer", help: "The layer's name (\(firstLayer)).", schema: ["type": "string"]),
                    whole("map", "The map's number, or the unit's (0)."), saved,
                ],
                answer: .json(.exciting), refusals: [.badRequest, .notFound, .overloaded]
            ) { try await exciting($0) },
        ]
    }

    // MARK: - Answers

    private func test(_ request: Request) throws -> Response {
        var members: [(String, JSON)] = [
            ("data", .string(desk.data.name)), ("pictures", .integer(desk.data.test.count)), ("training_pictures", .integer(desk.data.training?.count ?? 0)),
        ]
        switch try desk.test(saved(Query(request))) {
        case .running(let done): members += [("tested", .integer(done)), ("finished", .boolean(false))]
        case .failed(let message): throw ServiceError(.internal, message)
        case .finished(let gallery):
            let evaluation = gallery.evaluation
            var cells = [JSON]()
            for (label, row) in evaluation.confusion.enumerated() {
                for (answer, count) in row.enumerated() where count > 0 { cells.append(JSON([label, answer, count])) }
            }
            members += [
                ("tested", .integer(evaluation.samples)), ("finished", .boolean(true)), ("accuracy", .number(evaluation.accuracy)),
                ("loss", .number(evaluation.loss)), ("errors", .integer(evaluation.errors)), ("cells", .array(cells)),
            ]
        }
        return .json(.object(members))
    }

    private func pictures(_ request: Request) async throws -> Response {
        let query = Query(request), selection = try selection(query), count = try query.whole("count", in: 1...GalleryRoutes.mostPictures) ?? 24
        let from = try query.whole("from", in: 0...Int(Int32.max)) ?? 0, shape = desk.data.test.shape
        let gallery: Gallery
        switch try desk.test(saved(query)) {
        case .finished(let known): gallery = known
        case .failed(let message): throw ServiceError(.internal, message)
        case .running: throw ServiceError.overloaded("the test pictures are still being classified; try again in a second")
        }
        let room = max(1, GalleryRoutes.mostBytes / max(1, shape.count)), classes = model.description.classes
        let page = try await desk.page(of: gallery, selection, from: from, count: min(count, room))
        return .json([
            "total": .integer(page.total), "from": .integer(from), "next": .integer(page.next), "shape": JSON(shape.extents),
            "pictures": .array(page.pictures.map { GalleryDocument.json($0.entry, $0.picture, classes: classes) }),
        ])
    }

    private func exciting(_ request: Request) async throws -> Response {
        let query = Query(request), layer = query["layer"] ?? firstLayer, saved = try saved(query)
        guard let training = desk.data.training else { throw ServiceError(.notFound, "\(desk.data.name) has no training pictures") }
        let map = try query.whole("map", in: 0...Int(Int32.max)) ?? 0
        let found = try await desk.exciting(layer: layer, saved: saved, in: training)
        guard found.maps.indices.contains(map) else {
            throw ServiceError(.badRequest, "\(layer) has \(found.maps.count) maps, from 0; there is none with the number \(map)")
        }
        let pictures = try await desk.pictures(found.maps[map].map(\.number), of: training), classes = model.description.classes
        let list = found.maps[map].compactMap { exciter -> JSON? in
            guard let picture = pictures[exciter.number] else { return nil }
            return [
                "number": .integer(exciter.number), "class": .string(classes[exciter.label]), "value": .number(shortest(exciter.value)),
                "row": .integer(exciter.row), "column": .integer(exciter.column), "pixels": GalleryDocument.pixels(of: picture),
            ]
        }
        return .json([
            "layer": .string(layer), "map": .integer(map), "maps": .integer(found.maps.count), "looked": .integer(found.looked),
            "of": .integer(training.count), "shape": JSON(training.shape.extents), "pictures": .array(list),
        ])
    }

    // MARK: - Questions

    private func selection(_ query: Query) throws -> Gallery.Selection {
        let kind: Kind = try query.choice("kind") ?? .samples
        switch kind {
        case .samples: return .samples
        case .mistakes: return .mistakes
        case .cell:
            let classes = 0...(model.description.classes.count - 1)
            guard let label = try query.whole("class", in: classes), let answer = try query.whole("answer", in: classes) else {
                throw ServiceError(.badRequest, "kind=cell takes a class and an answer by their numbers, from 0")
            }
            return .cell(label: label, answer: answer)
        }
    }

    /// The place of a saved model; nil for the one that is served.
    private func saved(_ query: Query) throws -> Int? {
        guard !model.saved.isEmpty else {
            guard query["saved"] == nil else { throw ServiceError(.badRequest, "no other models were saved beside the one that is served; leave saved out") }
            return nil
        }
        let place = try query.whole("saved", in: 0...(model.saved.count - 1))
        return place == model.servedPlace ? nil : place
    }
}
