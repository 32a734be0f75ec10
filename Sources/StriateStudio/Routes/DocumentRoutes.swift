import HTTPTypes
import Hummingbird
import StriateFormats

/// `/openapi.json`: the API described for programs.
struct DocumentRoutes: Sendable {
    private let document: JSON

    /// - Parameter endpoints: All others.
    init(describing endpoints: [Endpoint], needsToken: Bool) {
        let own = DocumentRoutes.endpoint { _ in Response(status: .ok) }
        document = OpenAPI.document(of: endpoints + [own], needsToken: needsToken)
    }

    var endpoints: [Endpoint] { [DocumentRoutes.endpoint { _ in .json(document) }] }

    private static func endpoint(_ handle: @escaping Endpoint.Handler) -> Endpoint {
        Endpoint(
            method: .get, path: "/openapi.json", summary: "This document.", isOpen: true,
            answer: .init(type: MediaTypes.json, schema: ["type": "object"]), handle: handle)
    }
}

/// The API in the terms of OpenAPI 3.1.
enum OpenAPI {
    static func document(of endpoints: [Endpoint], needsToken: Bool) -> JSON {
        let paths = Dictionary(grouping: endpoints, by: \.path).sorted { $0.key < $1.key }.map { path, endpoints in
            (path, JSON.object(endpoints.map { ($0.method.rawValue.lowercased(), operation($0, needsToken: needsToken)) }))
        }
        var components: [(String, JSON)] = [("schemas", .object(Schemas.Name.allCases.map { ($0.rawValue, Schemas.schema(of: $0)) }))]
        if needsToken { components.append(("securitySchemes", ["token": ["type": "http", "scheme": "bearer"]])) }
        return [
            "openapi": "3.1.0",
            "info": ["title": "Striate", "summary": "Classifies pictures with a convolutional network.", "version": "1"],
            "paths": .object(paths), "components": .object(components),
        ]
    }

    private static func operation(_ endpoint: Endpoint, needsToken: Bool) -> JSON {
        var members: [(String, JSON)] = [("summary", .string(endpoint.summary))]
        if !endpoint.parameters.isEmpty {
            members.append(("parameters", .array(endpoint.parameters.map { parameter in
                ["name": .string(parameter.name), "in": "query", "description": .string(parameter.help), "schema": parameter.schema]
            })))
        }
        if !endpoint.takes.isEmpty { members.append(("requestBody", ["required": .boolean(true), "content": content(endpoint.takes)])) }
        var responses: [(String, JSON)] = [("200", ["description": .string(endpoint.summary), "content": content([endpoint.answer])])]
        let refusals = endpoint.refusals + (needsToken && !endpoint.isOpen ? [.unauthorized] : [])
        for status in Set(refusals.map(\.status.code)).sorted() {
            let codes = refusals.filter { $0.status.code == status }.map(\.rawValue).joined(separator: ", ")
            responses.append((String(status), ["description": .string(codes), "content": content([.json(.error)])]))
        }
        responses.append(("default", ["description": "Any other refusal.", "content": content([.json(.error)])]))
        members.append(("responses", .object(responses)))
        if needsToken { members.append(("security", endpoint.isOpen ? [] : [["token": []]])) }
        return .object(members)
    }

    private static func content(_ contents: [Endpoint.Content]) -> JSON {
        .object(contents.map { ($0.type, ["schema": $0.schema]) })
    }
}
