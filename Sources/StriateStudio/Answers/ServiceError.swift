import HTTPTypes
import Hummingbird
import StriateFormats

/// Why a request is not served, as the client is told: `{"error": {"code": "too_large", "message": "…"}}`.
struct ServiceError: Error {
    /// What programs tell errors apart by. Each has one HTTP status.
    enum Code: String, CaseIterable {
        case badRequest = "bad_request"
        case unreadablePicture = "unreadable_picture"
        case unauthorized
        case forbidden
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case requestTimeout = "request_timeout"
        case tooLarge = "too_large"
        case unsupportedType = "unsupported_type"
        case `internal`
        case overloaded

        var status: HTTPResponse.Status {
            switch self {
            case .badRequest, .unreadablePicture: .badRequest
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .requestTimeout: .requestTimeout
            case .tooLarge: .contentTooLarge
            case .unsupportedType: .unsupportedMediaType
            case .internal: .internalServerError
            case .overloaded: .serviceUnavailable
            }
        }
    }

    let code: Code
    /// One line: what is wrong and what to do.
    let message: String
    var headers: HTTPFields = [:]

    init(_ code: Code, _ message: String, headers: HTTPFields = [:]) {
        self.code = code
        self.message = message
        self.headers = headers
    }

    /// More work than may wait: the client is to come back.
    static func overloaded(_ message: String) -> ServiceError { ServiceError(.overloaded, message, headers: [.retryAfter: "1"]) }

    var json: JSON { ["error": ["code": .string(code.rawValue), "message": .string(message)]] }

    var response: Response {
        var response = Response.json(json, status: code.status)
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension Response {
    /// An answer in JSON, on one line.
    static func json(_ document: JSON, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: MediaTypes.json],
            body: ResponseBody(byteBuffer: ByteBuffer(string: document.text + "\n")))
    }
}

/// The types of what is sent.
enum MediaTypes {
    static let json = "application/json"
    static let events = "text/event-stream"
    static let bytes = "application/octet-stream"
    static let metrics = "text/plain; version=0.0.4; charset=utf-8"
}
