import HTTPTypes
import Hummingbird
import StriateFormats

/// One operation of the API: how it is asked for, what it answers, and what does it. The router and the OpenAPI document are both made of
/// these, so that neither can say what the other does not.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Request) async throws -> Response

    /// A parameter in the query.
    struct Parameter: Sendable {
        let name: String
        let help: String
        /// A JSON schema.
        let schema: JSON
    }

    /// What a body holds, in a request or in an answer.
    struct Content: Sendable {
        let type: String
        /// A JSON schema.
        let schema: JSON

        static func json(_ name: Schemas.Name) -> Content { Content(type: MediaTypes.json, schema: Schemas.reference(to: name)) }
        /// Bytes that are no JSON.
        static func text(_ type: String) -> Content { Content(type: type, schema: ["type": "string"]) }
    }

    let method: HTTPRequest.Method
    let path: String
    /// One line.
    let summary: String
    /// Whether it answers without a token where there is one.
    var isOpen = false
    var parameters: [Parameter] = []
    /// The types of body it takes; none where it takes no body.
    var takes: [Content] = []
    let answer: Content
    /// Why it may refuse, besides what any request may be refused for.
    var refusals: [ServiceError.Code] = []
    let handle: Handler
}

extension Router<BasicRequestContext> {
    /// Routes requests to `endpoints`, and those of other methods to a refusal.
    func add(_ endpoints: [Endpoint]) {
        let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .options]
        for (path, endpoints) in Dictionary(grouping: endpoints, by: \.path) {
            for endpoint in endpoints { on(RouterPath(path), method: endpoint.method) { request, _ in try await endpoint.handle(request) } }
            let known = endpoints.map(\.method)
            let allowed = known.map(\.rawValue) + (known.contains(.get) ? [HTTPRequest.Method.head.rawValue] : [])
            for method in methods where !known.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in
                    throw ServiceError(
                        .methodNotAllowed, "\(path) takes \(allowed.joined(separator: " or ")), not \(method.rawValue)",
                        headers: [.allow: allowed.joined(separator: ", ")])
                }
            }
        }
    }
}
