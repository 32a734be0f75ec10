public import StriateGraph

/// How a ``Studio`` listens, what it accepts, and how it computes. The defaults serve one user on this machine.
public struct StudioOptions: Sendable {
    /// Files in PEM format; the certificate's file may hold the chain up to its issuer.
    public struct TLS: Sendable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// The address to listen on: a name or a number. Loopback, so that no other machine gets in, unless told.
    public var host = "127.0.0.1"
    /// 0 takes a free one.
    public var port = 8080
    /// What requests have to show as `Authorization: Bearer …`; nil for no such need. Visible ASCII without spaces.
    public var token: String?
    /// Encrypts all connections; nil for none of that.
    public var tls: TLS?
    /// More names that requests may call this server by where it listens on loopback without a token: that of a proxy in front of it.
    public var allowedHosts: [String] = []

    /// The most pictures that run together.
    public var batch = 16
    /// The most pictures that wait; what comes beyond them is refused at once, with 503.
    public var queue = 256
    /// Threads that compute; nil for as many as the network is worth.
    public var threads: Int?
    public var precision = Precision.float32

    /// The most bytes of a request's body.
    public var mostBodyBytes = 16 << 20
    /// The most pixels of a picture, as its header claims them.
    public var mostPixels = 1 << 25
    /// The most pictures of a request; never more than may wait.
    public var mostPictures = 64
    /// The most connections at a time; others wait until one closes. Never more than the process may have files open.
    public var mostConnections = 1024
    /// How long a request may take to arrive, a client to take an answer, and a connection to do nothing.
    public var patience = Duration.seconds(30)

    public init() {}

    /// Whether no other machine gets in.
    public var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
}
