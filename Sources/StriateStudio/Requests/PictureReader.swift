import HTTPTypes
import Hummingbird
import NIOPosix
import Striate

/// A picture as a request brings it.
struct PictureUpload {
    /// The file's name, or the form field's; `body` where the picture is the whole body.
    let name: String
    let bytes: [UInt8]
}

/// What requests with pictures have in common: which types they may have, how many pictures, how large.
struct PictureReader: Sendable {
    let preprocessing: Preprocessing
    let bodies: BodyReader
    let mostPixels: Int
    let mostPictures: Int
    /// Decodes what takes long, so that small requests do not wait for it.
    let threads: NIOThreadPool

    /// Pictures of more pixels than this take a thread of their own: some milliseconds.
    private static let fewPixels = 1 << 18
    /// The most characters of a name that are told back.
    private static let longestName = 200

    /// What requests with pictures may hold, for the API's document.
    static var contents: [Endpoint.Content] {
        let file: JSON = ["type": "string", "format": "binary"]
        let form: JSON = ["type": "object", "properties": ["image": ["type": "array", "items": file]]]
        return [
            .init(type: "image/*", schema: file), .init(type: "application/octet-stream", schema: file),
            .init(type: "multipart/form-data", schema: form),
        ]
    }

    /// The pictures of a request, as the model sees them.
    ///
    /// - Throws: ``ServiceError`` for a body that is too large or of another type, and for pictures that cannot be read.
    func pictures(in request: Request) async throws -> [(name: String, picture: Picture)] {
        let type = HeaderValue(request.headers[.contentType] ?? "application/octet-stream")
        // Before anything is read: a body that is not wanted need not be sent.
        guard type.value == "multipart/form-data" || type.value == "application/octet-stream" || type.value.hasPrefix("image/") else {
            throw ServiceError(
                .unsupportedType, "a body of type \(type.value.prefix(PictureReader.longestName)) is not taken; send a picture as image/png or the like, "
                    + "or several as multipart/form-data")
        }
        return try await bodies.withBody(of: request) { body in
            var pictures: [(String, Picture)] = []
            for upload in try uploads(type, body) { pictures.append((upload.name, try await decode(upload))) }
            return pictures
        }
    }

    private func uploads(_ type: HeaderValue, _ body: [UInt8]) throws -> [PictureUpload] {
        guard type.value == "multipart/form-data" else { return [PictureUpload(name: "body", bytes: body)] }
        guard let boundary = type.parameters["boundary"] else { throw ServiceError(.badRequest, "the multipart body's type names no boundary") }
        let files = try Multipart(body, boundary: boundary, mostParts: 2 * mostPictures).parts.filter(\.isFile)
        guard !files.isEmpty else { throw ServiceError(.badRequest, "the form holds no file; send pictures as files") }
        guard files.count <= mostPictures else {
            throw ServiceError(.tooLarge, "a request has at most \(mostPictures) pictures, not \(files.count); send several requests")
        }
        return files.map { file in
            let name = file.fileName.flatMap { $0.isEmpty ? nil : $0 } ?? file.name
            return PictureUpload(name: String(name.prefix(PictureReader.longestName)), bytes: Array(file.content))
        }
    }

    private func decode(_ upload: PictureUpload) async throws -> Picture {
        guard !upload.bytes.isEmpty else { throw ServiceError(.badRequest, "\(upload.name): is empty; send a picture") }
        guard PictureFormat(upload.bytes) != nil else {
            throw ServiceError(.unsupportedType, "\(upload.name): is no picture that can be read (\(PictureFormat.names))")
        }
        do {
            let size = try Picture.size(of: upload.bytes, file: upload.name)
            guard size.rows <= 0 || size.columns <= mostPixels / size.rows else {
                throw ServiceError(.tooLarge, "\(upload.name): is \(size.columns)×\(size.rows); at most \(mostPixels) pixels are taken (--max-pixels)")
            }
            guard size.count > PictureReader.fewPixels else { return try decodeHere(upload) }
            return try await threads.runIfActive { try decodeHere(upload) }
        } catch let error as DataError {
            throw ServiceError(.unreadablePicture, error.description)
        }
    }

    private func decodeHere(_ upload: PictureUpload) throws -> Picture {
        try Picture.decode(upload.bytes, file: upload.name, for: preprocessing, pixelLimit: mostPixels)
    }
}
