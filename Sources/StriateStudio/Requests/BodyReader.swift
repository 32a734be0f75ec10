import Hummingbird
import NIOHTTP1
import Synchronization

/// Reads the bodies of requests, each up to a limit and all together within a budget of memory.
final class BodyReader: Sendable {
    /// The most bytes of one body.
    let limit: Int
    private let budget: Int
    private let taken = Atomic<Int>(0)

    /// All bodies together may hold so many bytes, or as many as one may.
    private static let budget = 256 << 20

    init(limit: Int) {
        self.limit = limit
        budget = max(limit, BodyReader.budget)
    }

    /// Reads a body and calls `use` with it; its memory counts until that returns.
    ///
    /// - Throws: ``ServiceError`` for a body that is too large, ends early, or finds no memory now; what `use` throws.
    func withBody<Answer>(of request: Request, _ use: ([UInt8]) async throws -> Answer) async throws -> Answer {
        let claimed = request.headers[.contentLength].flatMap(Int.init)
        if let claimed, claimed > limit { throw tooLarge }
        var held = 0, pieces = Pieces(request.body.makeAsyncIterator())
        defer { taken.subtract(held, ordering: .relaxed) }
        var body = ByteBuffer()
        while let piece = try await pieces.next() {
            let count = piece.readableBytes
            guard body.readableBytes + count <= limit else { throw tooLarge }
            held += count
            guard taken.add(count, ordering: .relaxed).newValue <= budget else {
                throw ServiceError.overloaded("too many requests are being read; try again in a second")
            }
            if body.readableBytes == 0 { body = piece } else { body.writeImmutableBuffer(piece) }
        }
        // A connection that was closed looks like the end of a body.
        if let claimed, body.readableBytes < claimed { throw BodyReader.brokenOff }
        return try await use(Array(body.readableBytesView))
    }

    private var tooLarge: ServiceError { ServiceError(.tooLarge, "the body is larger than \(limit) bytes, the most that are taken (--max-body)") }
    private static let brokenOff = ServiceError(.badRequest, "the body broke off")

    /// A body's pieces, with an error of ours where the connection breaks: nobody is left to be answered, and no log needs to know.
    private struct Pieces {
        private var iterator: RequestBody.AsyncIterator
        init(_ iterator: RequestBody.AsyncIterator) { self.iterator = iterator }

        mutating func next() async throws -> ByteBuffer? {
            do { return try await iterator.next() } catch {
                throw error is HTTPParserError ? error : BodyReader.brokenOff
            }
        }
    }
}
