import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Striate

/// The HTTP side of a studio: it listens, finds the endpoint of each request, and ends gracefully.
final class WebService: Sendable {
    private let options: StudioOptions
    private let group: ServiceGroup

    /// - Parameters:
    ///   - api: What programs ask for; the document that describes it and `/healthz` are added.
    ///   - page: The files of the page for people; the first is the page itself.
    ///   - isVerbose: Whether each request is logged, on standard error.
    ///   - onListening: Called once it listens, with where: `http://127.0.0.1:8080/`.
    /// - Throws: ``StudioError`` for TLS files that cannot be used.
    init(
        api: [Endpoint], page: [PageFile], options: StudioOptions, metrics: Metrics, isVerbose: Bool,
        onListening: @escaping @Sendable (_ address: String) -> Void
    ) throws(StudioError) {
        var logger = Logger(label: "striate") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        // Apart from what the packages below would have to say.
        var requestLog = logger
        requestLog.logLevel = isVerbose ? .debug : .warning
        let described = api + [HealthRoutes.liveness]
        let endpoints = described + DocumentRoutes(describing: described, needsToken: options.token != nil).endpoints + PageRoutes(files: page).endpoints
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: Answering(metrics: metrics, log: requestLog))
        router.add(middleware: Access(options, openPaths: Set(endpoints.filter(\.isOpen).map(\.path))))
        router.add(endpoints)
        let application = Application(
            router: router, server: try Listener.server(options), configuration: Listener.configuration(options, logger),
            onServerRunning: { channel in onListening(Listener.address(options, port: channel.localAddress?.port)) }, logger: logger)
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        // A request that is still arriving, and then its answer.
        configuration.maximumGracefulShutdownDuration = options.patience * 3
        group = ServiceGroup(configuration: configuration)
        self.options = options
    }

    /// Serves until ``stop()`` is called and what was accepted till then is answered. Once only.
    ///
    /// - Throws: ``StudioError`` where the address cannot be listened on.
    func run() async throws {
        do { try await group.run() } catch { throw Listener.explained(error, options) }
    }

    /// Takes no more connections or requests, and lets ``run()`` return when those that were accepted are answered.
    func stop() async { await group.triggerGracefulShutdown() }
}
