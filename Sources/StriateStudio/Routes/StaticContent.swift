import HTTPTypes
import Hummingbird
import Striate

/// What is the same in every answer for as long as the server runs. A browser asks each time, and is told where nothing has changed.
struct StaticContent: Sendable {
    private let type: String
    private let body: ByteBuffer
    private let tag: String

    init(type: String, _ bytes: [UInt8]) {
        self.type = type
        body = ByteBuffer(bytes: bytes)
        tag = "\"\(Checksum.sha256(of: bytes).prefix(32))\""
    }

    func response(to request: Request) -> Response {
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
        guard request.headers[.ifNoneMatch] != tag else { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = type
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
