import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// What all answers have in common: they are counted, errors are in JSON, and browsers are told to trust nothing else.
struct Answering: RouterMiddleware {
    typealias Context = BasicRequestContext

    let metrics: Metrics
    let log: Logger

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        let clock = ContinuousClock(), start = clock.now
        var response: Response
        do { response = try await next(request, context) } catch { response = try answer(to: error) }
        for field in Answering.security where !response.headers.contains(field.name) { response.headers.append(field) }
        let duration = clock.now - start
        metrics.answered(path: context.endpointPath ?? "none", method: request.method.rawValue, status: response.status.code, after: duration)
        log.debug("\(request.method.rawValue) \(request.uri.path) \(response.status.code) in \(duration)")
        return response
    }

    private func answer(to error: any Error) throws -> Response {
        switch error {
        case let error as ServiceError: return error.response
        case let error as any HTTPResponseError:
            let code = error.status == .notFound ? ServiceError.Code.notFound : .badRequest
            return ServiceError(code, code == .notFound ? "there is nothing here; / is the page, /openapi.json the API" : "\(error)").response
        // No HTTP: the server below answers that itself, and closes the connection.
        case is HTTPParserError: throw error
        default:
            log.error("a request failed: \(error)")
            return ServiceError(.internal, "the server failed at this request; its log says why").response
        }
    }

    /// The page is this server's own files and asks nobody else: no script, style, font, frame or request from another host.
    private static let security: HTTPFields = [
        .contentSecurityPolicy: [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:",
            "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; "),
        .xContentTypeOptions: "nosniff", .cacheControl: "no-store",
        .referrerPolicy: "no-referrer", .crossOriginResourcePolicy: "same-origin",
    ]
}

extension HTTPField.Name {
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
