import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Striate

/// A server on HTTP that classifies pictures with one model: an API for programs and a page for people.
///
///     let studio = try Studio(model) { print("listening at \($0)") }
///     try await studio.run()      // until stop() is called
public final class Studio: Sendable {
    private let options: StudioOptions
    private let group: ServiceGroup
    private let queue: PredictionQueue
    private let decoders: NIOThreadPool
    private let desk: ExplanationDesk
    private let gallery: GalleryService

    /// Threads that decode large pictures: so many of them are in memory at a time.
    private static let decodingThreads = 2

    /// - Parameters:
    ///   - isVerbose: Whether each request is logged, on standard error.
    ///   - onListening: Called once the server listens, with where: `http://127.0.0.1:8080/`.
    /// - Throws: ``StudioError`` for TLS files that cannot be used, ``NetworkError`` or ``EngineError`` where the model cannot be run.
    public init(
        _ model: ServedModel, options: StudioOptions = StudioOptions(), isVerbose: Bool = false,
        onListening: @escaping @Sendable (_ address: String) -> Void = { _ in }
    ) throws {
        var logger = Logger(label: "striate") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        // Apart from what the packages below would have to say.
        var requestLog = logger
        requestLog.logLevel = isVerbose ? .debug : .warning
        let server = try Listener.server(options)
        let engine = try model.engine(threads: options.threads, batch: options.batch)
        let classifier = try BatchedClassifier(model, batch: options.batch, precision: options.precision, engine: engine)
        let metrics = Metrics(batch: options.batch)
        self.options = options
        queue = PredictionQueue(classifier, capacity: options.queue, metrics: metrics)
        decoders = NIOThreadPool(numberOfThreads: Studio.decodingThreads)
        let pictures = PictureReader(
            preprocessing: model.description.preprocessing, bodies: BodyReader(limit: options.mostBodyBytes), mostPixels: options.mostPixels,
            mostPictures: min(options.mostPictures, options.queue), threads: decoders)
        desk = try ExplanationDesk(model, engine: engine)
        gallery = try GalleryService(model, threads: options.threads)
        let explanations = ExplanationRoutes(model: model, pictures: pictures, desk: desk)
        let endpoints = try Studio.endpoints(of: model, options, PredictionRoutes(model: model, pictures: pictures, queue: queue), explanations, gallery, metrics)
        let application = Application(
            router: Studio.router(for: endpoints, options, Answering(metrics: metrics, log: requestLog)), server: server, configuration: Listener.configuration(options, logger),
            onServerRunning: { channel in onListening(Listener.address(options, port: channel.localAddress?.port)) }, logger: logger)
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        // A request that is still arriving, and then its answer.
        configuration.maximumGracefulShutdownDuration = options.patience * 3
        group = ServiceGroup(configuration: configuration)
    }

    deinit { queue.close() }

    /// Serves until ``stop()`` is called and what was accepted till then is answered. Once only.
    ///
    /// - Throws: ``StudioError`` where the address cannot be listened on.
    public func run() async throws {
        decoders.start()
        desk.start()
        gallery.start()
        let result: Result<Void, any Error>
        do { result = .success(try await group.run()) } catch { result = .failure(Listener.explained(error, options)) }
        queue.close()
        try? await decoders.shutdownGracefully()
        await desk.close()
        await gallery.close()
        try result.get()
    }

    /// Takes no more connections or requests, and lets ``run()`` return when those that were accepted are answered.
    public func stop() async { await group.triggerGracefulShutdown() }

    private static func endpoints(
        of model: ServedModel, _ options: StudioOptions, _ predictions: PredictionRoutes, _ explanations: ExplanationRoutes,
        _ gallery: GalleryService, _ metrics: Metrics
    ) throws -> [Endpoint] {
        let health = HealthRoutes(network: model.description.network, queue: predictions.queue, metrics: metrics)
        let api = try predictions.endpoints + explanations.endpoints + ModelRoutes(model).endpoints + gallery.endpoints() + health.endpoints
        return api + DocumentRoutes(describing: api, needsToken: options.token != nil).endpoints + PageRoutes().endpoints
    }

    private static func router(for endpoints: [Endpoint], _ options: StudioOptions, _ answering: Answering) -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: answering)
        router.add(middleware: Access(options, openPaths: Set(endpoints.filter(\.isOpen).map(\.path))))
        router.add(endpoints)
        return router
    }
}
