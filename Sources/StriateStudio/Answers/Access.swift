import HTTPTypes
import Hummingbird
import Striate

/// Who may ask: holders of the token where there is one; on loopback without one, nobody that a foreign web page sends.
struct Access: RouterMiddleware {
    typealias Context = BasicRequestContext

    /// SHA-256 of the token, so that comparing takes the same time whatever was sent.
    private let tokenSum: String?
    private let openPaths: Set<String>
    /// The names by which requests may call this server; nil for any.
    private let hosts: Set<String>?

    init(_ options: StudioOptions, openPaths: Set<String>) {
        tokenSum = options.token.map { Checksum.sha256(of: Array($0.utf8)) }
        self.openPaths = openPaths
        hosts = options.isLoopback && options.token == nil
            ? Set(["127.0.0.1", "[::1]", "localhost", options.host] + options.allowedHosts.map { $0.lowercased() }) : nil
    }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        try checkHost(request)
        if let tokenSum, !openPaths.contains(context.endpointPath ?? "") { try checkToken(request, tokenSum) }
        return try await next(request, context)
    }

    /// A page of another host may send requests here, also under a name of its own that it lets lead here (DNS rebinding).
    private func checkHost(_ request: Request) throws {
        guard let hosts else { return }
        let authority = request.head.authority ?? "", host = Access.name(authority)
        guard hosts.contains(host) else {
            throw ServiceError(.forbidden, "this server does not answer as \"\(host.prefix(80))\"; allow that name with --allow-host")
        }
        guard let origin = request.headers[.origin] else { return }
        guard origin.split(separator: "/").last.map(Access.name).map(hosts.contains) == true else {
            throw ServiceError(.forbidden, "this server does not answer pages of \(origin.prefix(80))")
        }
    }

    /// A host without its port.
    private static func name(_ authority: some StringProtocol) -> String {
        let digits = authority.reversed().prefix { $0.isNumber }
        let rest = authority.dropLast(digits.count)
        return (rest.hasSuffix(":") && !digits.isEmpty ? String(rest.dropLast()) : String(authority)).lowercased()
    }

    private func checkToken(_ request: Request, _ expected: String) throws {
        let words = (request.headers[.authorization] ?? "").split(separator: " ")
        let given = words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : ""
        let sum = Checksum.sha256(of: Array(given.utf8))
        let difference = zip(sum.utf8, expected.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0, sum.utf8.count == expected.utf8.count else {
            throw ServiceError(.unauthorized, "this server wants its token: Authorization: Bearer …", headers: [.wwwAuthenticate: "Bearer"])
        }
    }
}
